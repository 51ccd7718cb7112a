"""Regular expressions of the texts in models, each with a description that findings show instead."""

from __future__ import annotations

__all__ = [
    "ANY_NAME",
    "APP_KEY",
    "ARN",
    "CALLER",
    "CONFIG_KEY",
    "DATE",
    "DURATION",
    "EKS_NAME",
    "ENV_NAME",
    "HOST",
    "HTTPS_URL",
    "HTTP_URL",
    "KIND",
    "KUBERNETES_VERSION",
    "LABEL",
    "MOUNT_PATH",
    "PATH",
    "PERCENT",
    "QUANTITY",
    "REGION",
    "ROLE_ARN",
    "TOKEN_REFERENCE",
    "VERSION",
    "WORDS",
]  # fmt: skip

_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# Segments that every server, cache and proxy reads alike: no escapes, no `.` or `..`, no empty ones.
_SEGMENT = r"\.?[A-Za-z0-9_~-][A-Za-z0-9._~-]*"

LABEL = rf"^{_NAME}$"
ANY_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
APP_KEY = rf"^{_NAME}/{_NAME}$"
ARN = r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:.+$"
CALLER = rf"^(\*|{_NAME}(/{_NAME})?)$"
CONFIG_KEY = r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DURATION = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$"
EKS_NAME = r"^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$"
ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
# A DNS name, or a wildcard for all names below one. ASCII only: another script is written as `xn--`, so that no two
# names look alike.
HOST = rf"^(\*\.)?({_DNS_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?$"
HTTPS_URL = r"^https://[^\s/]+(/.*)?$"
HTTP_URL = r"^https?://[^\s]+$"
KIND = r"^[A-Z][A-Za-z0-9]*(\.[a-z0-9][-a-z0-9.]*)?$"
KUBERNETES_VERSION = r"^1\.[0-9]{2}$"
MOUNT_PATH = r"^/"
PATH = rf"^/({_SEGMENT}(/{_SEGMENT})*/?)?$"
PERCENT = r"^(100|[0-9]{1,2})%$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$"
REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
ROLE_ARN = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"
TOKEN_REFERENCE = r"^\$[-a-zA-Z0-9._]+(:[-a-zA-Z0-9._]+)?$"  # noqa: S105 - it is the shape of a reference
VERSION = r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@?sha256:[0-9a-f]{64})?$"

WORDS = {
    LABEL: "must be a name of lower-case letters, digits and -, with a letter or digit at both ends",
    ANY_NAME: "must be a name of lower-case letters, digits, - and ., with a letter or digit at both ends",
    APP_KEY: "must be team/app, in lower-case letters, digits and -",
    ARN: "must be an AWS ARN, such as arn:aws:iam::123456789012:role/name",
    CALLER: "must be a team, an app as team/app, or *",
    CONFIG_KEY: "must be a key of letters, digits and . _ -, and not begin with two dots",
    DATE: "must be a date, YYYY-MM-DD",
    DURATION: "must be a number with a unit: ms, s, m or h",
    EKS_NAME: "must be a name of up to 100 letters, digits, - and _, with a letter or digit first",
    ENV_NAME: "must be a name of letters, digits and . _ -, without a digit first",
    HOST: "must be a host name: lower-case ASCII labels with dots, the last one beginning with a letter; or *. and one",
    HTTPS_URL: "must be a URL that begins with https://",
    HTTP_URL: "must be a URL that begins with http:// or https://",
    KIND: "must be a kind, such as Service, with the API group for custom kinds: Kind.group",
    KUBERNETES_VERSION: "must be a Kubernetes minor version, such as 1.35",
    MOUNT_PATH: "must be an absolute path, which begins with /",
    PATH: "must be a path of plain segments: letters, digits and . _ ~ -, no escapes, none empty, none of dots alone",
    PERCENT: "must be a percentage from 0% to 100%",
    QUANTITY: "must be a Kubernetes quantity, such as 250m or 64Mi",
    REGION: "must be an AWS region, such as eu-central-1",
    ROLE_ARN: "must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/name",
    TOKEN_REFERENCE: "must be a reference to a Secret's key, such as $secret:key",
    VERSION: "must be a tag, a digest (sha256: and 64 hexadecimal digits), or tag@digest",
}
