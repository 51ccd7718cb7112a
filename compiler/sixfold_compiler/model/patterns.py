"""Regular expressions of the texts in models, each with a description that findings show instead."""

from __future__ import annotations

__all__ = [
    "ANY_NAME",
    "API",
    "APP_KEY",
    "ARN",
    "BASE64",
    "BRANCH",
    "CALLEE",
    "CALLER",
    "CONFIG_KEY",
    "DATE",
    "DNS_NAME",
    "DURATION",
    "EKS_NAME",
    "ENV_NAME",
    "GROUP",
    "HOST",
    "HTTPS_URL",
    "HTTP_URL",
    "IMAGE",
    "INTERVAL",
    "KIND",
    "KUBERNETES_VERSION",
    "LABEL",
    "LABEL_KEY",
    "LABEL_VALUE",
    "LOGIN",
    "MAX_BRANCH",
    "MAX_URL",
    "MOUNT_PATH",
    "PATH",
    "PERCENT",
    "QUANTITY",
    "REGION",
    "REPOSITORY",
    "ROLE_ARN",
    "SCHEME",
    "SECRETS",
    "TEXT",
    "TOKEN_REFERENCE",
    "TREE_PATH",
    "URLS",
    "VERSION",
    "WORDS",
]  # fmt: skip

MAX_BRANCH = 255  # characters
MAX_URL = 512  # characters, also of a path in a repository
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# Segments that every server, cache and proxy reads alike: no escapes, no `.` or `..`, no empty ones.
_SEGMENT = r"\.?[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
# No braces: these reach Argo CD's templates. No white space or controls: they reach URLs and logs.
_URL = r"([!#$&'()*+,./0-9:;=?@A-Z_a-z~-]|%[0-9A-Fa-f]{2})"
# No user and password: what is committed is read by many.
_SERVER = r"([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_USER = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"  # ssh would read a leading `-` as an option
# Every name of a file but `.` and `..`. No lookahead: pydantic's regular expressions have none.
_PART = r"([A-Za-z0-9_-][A-Za-z0-9._-]*|\.[A-Za-z0-9_-][A-Za-z0-9._-]*|\.\.[A-Za-z0-9._-]+)"
_IMAGE_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*"  # no `..` and no dot at the end, which git refuses

LABEL = rf"^{_NAME}$"
ANY_NAME = rf"^{_NAME}(\.{_NAME})*$"
API = rf"^({_NAME}(\.{_NAME})*/)?v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$"
APP_KEY = rf"^{_NAME}/{_NAME}$"
ARN = rf"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{{0,12}}:{_URL}+$"
BASE64 = r"^[A-Za-z0-9+/]+={0,2}$"
BRANCH = rf"^{_WORD}(/{_WORD})*$"
CALLEE = rf"^{_NAME}(/{_NAME})?$"
CALLER = rf"^(\*|{_NAME}(/{_NAME})?)$"
CONFIG_KEY = r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DNS_NAME = rf"^{_DNS_LABEL}(\.{_DNS_LABEL})*$"
# No leading zeros, at most three digits after the point: Jsonnet and Envoy read neither.
DURATION = r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,3})?(ms|s|m|h)$"
EKS_NAME = r"^[0-9A-Za-z][-0-9A-Za-z_]{0,99}$"
ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
GROUP = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
# A DNS name, or a wildcard for all names below one. ASCII only: another script is written as `xn--`, so that no two
# names look alike.
HOST = rf"^(\*\.)?({_DNS_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?$"
HTTPS_URL = rf"^https://{_SERVER}(/{_URL}*)?$"
HTTP_URL = rf"^https?://{_SERVER}(/{_URL}*)?$"
IMAGE = (
    rf"^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?/)?{_IMAGE_PART}(/{_IMAGE_PART})*"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
)
INTERVAL = r"^[1-9][0-9]{0,7}(ms|s|m|h)$"
KIND = r"^[A-Z][A-Za-z0-9]*(\.[a-z0-9][-a-z0-9.]*)?$"
KUBERNETES_VERSION = r"^1\.[0-9]{2}$"
LABEL_KEY = rf"^({_NAME}(\.{_NAME})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?$"
LABEL_VALUE = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
LOGIN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(\[bot\])?$"
MOUNT_PATH = r"^/"
PATH = rf"^/({_SEGMENT}(/{_SEGMENT})*/?)?$"
PERCENT = r"^(100|[0-9]{1,2})%$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$"
REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
REPOSITORY = (
    rf"^(https?://{_SERVER}/{_URL}+|(ssh|git)://({_USER}@)?{_SERVER}/{_URL}+|file:///{_URL}+"
    rf"|{_USER}@[A-Za-z0-9][A-Za-z0-9.-]*:{_URL}+)$"
)
ROLE_ARN = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"
SCHEME = r"^[!-~]+$"
TEXT = r"^[^\x00-\x1f\x7f-\x9f]+$"
TOKEN_REFERENCE = r"^\$[-a-zA-Z0-9._]+(:[-a-zA-Z0-9._]+)?$"  # noqa: S105 - it is the shape of a reference
TREE_PATH = rf"^({_PART}(/{_PART})*)?$"
VERSION = r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@?sha256:[0-9a-f]{64})?$"

# For each pattern, what a text must be, and how to write one.
WORDS = {
    LABEL: ("a valid name", "use lower-case letters, digits and '-', with a letter or digit at both ends"),
    ANY_NAME: ("a valid name", "use lower-case letters, digits, '-' and '.', with a letter or digit at both ends"),
    API: ("a version of an API", "write group/version, such as monitoring.coreos.com/v1"),
    APP_KEY: ("the name of an app with its team", "write team/app, such as playback/match-service"),
    ARN: ("an AWS ARN", "write an ARN such as arn:aws:iam::123456789012:role/name"),
    BASE64: ("text in base64", "write the certificates as `base64 -w0` prints them, on one line"),
    BRANCH: ("the name of a branch", "write a branch such as main or release/1.0"),
    CALLEE: ("an app, or an app with its team", "write app or team/app, such as identity/auth"),
    CALLER: ("a team, an app with its team, or *", "write a team, team/app, or * for every app"),
    CONFIG_KEY: ("a valid file name", "use letters, digits, '.', '_' and '-', and do not begin with '..'"),
    DATE: ("a date", "write it as YYYY-MM-DD, such as 2027-01-31"),
    DNS_NAME: (
        "a DNS name",
        "use labels of at most 63 lower-case letters, digits and '-' with dots between them, such as example.com",
    ),
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
    GROUP: (
        "the name of a group",
        "write the group as the identity provider names it, without control characters and without spaces at the ends",
    ),
    HOST: (
        "a valid host name",
        "use lower-case letters, digits, '-' and '.', such as www.example.com or *.example.com",
    ),
    HTTPS_URL: ("an https URL", "write https://host or https://host:port/path, without a user, spaces and braces"),
    HTTP_URL: (
        "an http or https URL",
        "write http://host:port or https://host/path, without a user, spaces and braces",
    ),
    IMAGE: ("an image with a version", "write host/repository:tag, or host/repository@sha256:digest"),
    INTERVAL: ("an interval", "write a whole number and a unit (ms, s, m or h), such as 30s"),
    KIND: ("a valid kind", "write a kind such as Service, or Kind.group for a custom kind"),
    KUBERNETES_VERSION: ("a minor version of Kubernetes", "write a version such as 1.35, in quotes"),
    LOGIN: ("a login", "write the login of a person or a bot at the forge, such as playback-ci or playback[bot]"),
    LABEL_KEY: (
        "the key of a label",
        "write at most 63 letters, digits, '-', '_' and '.', such as generation or example.com/generation",
    ),
    LABEL_VALUE: (
        "the value of a label",
        "write at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends",
    ),
    MOUNT_PATH: ("an absolute path", "begin the path with '/'"),
    PATH: (
        "a valid path of a URL",
        "begin with '/', and use letters, digits, '.', '_', '~' and '-' between single slashes, without . or .. alone",
    ),
    PERCENT: ("a percentage", "write a percentage from 0% to 100%"),
    QUANTITY: ("a quantity", "write a number with a unit that Kubernetes knows, such as 250m or 64Mi"),
    REGION: ("an AWS region", "write a region such as eu-central-1"),
    REPOSITORY: (
        "the URL of a git repository",
        "write https://host/path, ssh://user@host/path or user@host:path, without a password, spaces and braces",
    ),
    ROLE_ARN: ("the ARN of an IAM role", "write an ARN such as arn:aws:iam::123456789012:role/name"),
    SCHEME: ("a name with placeholders", "write a name such as {app}.{dc}.{domain}"),
    TEXT: ("a line of text", "write it without line breaks and control characters"),
    TOKEN_REFERENCE: (
        "a reference to a key of a Secret",
        "write a reference such as $secret:key; the token itself belongs in the Secret",
    ),
    TREE_PATH: ("a path inside the repository", "write folders with '/' between them, such as overlays"),
    VERSION: (
        "an image version",
        "write a tag such as 1.4.2, a digest (sha256: and 64 hexadecimal digits), or tag@digest",
    ),
}

# Patterns of texts that may hold a password by mistake: no finding shows such a value, or a URL with an `@`.
SECRETS = frozenset({TOKEN_REFERENCE})
URLS = frozenset({HTTPS_URL, HTTP_URL, REPOSITORY})
