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
    "INTERVAL",
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
# No leading zeros, at most three digits after the point: Jsonnet and Envoy read neither.
DURATION = r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,3})?(ms|s|m|h)$"
EKS_NAME = r"^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$"
ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
# A DNS name, or a wildcard for all names below one. ASCII only: another script is written as `xn--`, so that no two
# names look alike.
HOST = rf"^(\*\.)?({_DNS_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?$"
HTTPS_URL = r"^https://[^\s/]+(/.*)?$"
HTTP_URL = r"^https?://[^\s]+$"
INTERVAL = r"^[1-9][0-9]{0,7}(ms|s|m|h)$"
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

# For each pattern, what a text must be, and how to write one.
WORDS = {
    LABEL: ("a valid name", "use lower-case letters, digits and '-', with a letter or digit at both ends"),
    ANY_NAME: ("a valid name", "use lower-case letters, digits, '-' and '.', with a letter or digit at both ends"),
    APP_KEY: ("the name of an app with its team", "write team/app, such as playback/match-service"),
    ARN: ("an AWS ARN", "write an ARN such as arn:aws:iam::123456789012:role/name"),
    CALLER: ("a team, an app with its team, or *", "write a team, team/app, or * for every app"),
    CONFIG_KEY: ("a valid file name", "use letters, digits, '.', '_' and '-', and do not begin with '..'"),
    DATE: ("a date", "write it as YYYY-MM-DD, such as 2027-01-31"),
    DURATION: (
        "a duration",
        "write a number and a unit (ms, s, m or h), such as 30s or 1.5s: no zeros in front, at most three decimals",
    ),
    EKS_NAME: (
        "a valid name of an EKS cluster",
        "use at most 100 letters, digits, '-' and '_', with a letter or digit at the beginning",
    ),
    ENV_NAME: (
        "a valid name of a variable",
        "use letters, digits, '.', '_' and '-', without a digit at the beginning",
    ),
    HOST: (
        "a valid host name",
        "use lower-case letters, digits, '-' and '.', such as www.example.com or *.example.com",
    ),
    HTTPS_URL: ("an https URL", "write a URL that begins with https://"),
    HTTP_URL: ("an http or https URL", "write a URL that begins with http:// or https://"),
    INTERVAL: ("an interval", "write a whole number and a unit (ms, s, m or h), such as 30s"),
    KIND: ("a valid kind", "write a kind such as Service, or Kind.group for a custom kind"),
    KUBERNETES_VERSION: ("a minor version of Kubernetes", "write a version such as 1.35, in quotes"),
    MOUNT_PATH: ("an absolute path", "begin the path with '/'"),
    PATH: (
        "a valid path of a URL",
        "begin with '/', and use letters, digits, '.', '_', '~' and '-' between single slashes, without . or .. alone",
    ),
    PERCENT: ("a percentage", "write a percentage from 0% to 100%"),
    QUANTITY: ("a quantity", "write a number with a unit that Kubernetes knows, such as 250m or 64Mi"),
    REGION: ("an AWS region", "write a region such as eu-central-1"),
    ROLE_ARN: ("the ARN of an IAM role", "write an ARN such as arn:aws:iam::123456789012:role/name"),
    TOKEN_REFERENCE: (
        "a reference to a key of a Secret",
        "write a reference such as $secret:key; the token itself belongs in the Secret",
    ),
    VERSION: (
        "an image version",
        "write a tag such as 1.4.2, a digest (sha256: and 64 hexadecimal digits), or tag@digest",
    ),
}
