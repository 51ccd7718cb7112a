"""Types of texts and numbers that go from the fleet into objects, inventories, DNS and Envoy.

Each is as narrow as the narrowest of its readers: Kubernetes, Envoy, Argo CD, git and the generator. The compiler takes
no value that one of them refuses.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import AnyName, RuleError

__all__ = [
    "Api",
    "Arn",
    "Branch",
    "CaData",
    "Cidr",
    "Count",
    "Day",
    "DnsName",
    "GitUrl",
    "GitUrls",
    "Groups",
    "HttpUrl",
    "Image",
    "Login",
    "Logins",
    "Priority",
    "PriorityClassName",
    "Region",
    "Scheme",
    "Server",
    "Text",
    "TokenReference",
    "TreePath",
]

MAX_PORT = 65535
MAX_CA = 64 << 10  # characters: a Secret has it
MAX_CERTIFICATES = 100  # in a bundle: the inventory of the cluster has a digest of each


def _port_exists(url: str) -> str:
    port = re.match(r"[a-z]+://[^/]*:([0-9]+)(/|$)", url)
    if port and not 1 <= int(port[1]) <= MAX_PORT:
        raise RuleError("names a port that does not exist", f"write a port from 1 to {MAX_PORT}")
    return url


def _branch_for_git(name: str) -> str:
    if any(part.endswith(".lock") for part in name.split("/")):
        raise RuleError(f"is {name!r}, and git has no branch with a part that ends in .lock", "choose another branch")
    return name


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        message = f"is {text!r}, which is not a day of the calendar"
        raise RuleError(message, "write an existing day as YYYY-MM-DD") from None
    return text


def _network(text: str) -> str:
    try:
        network = None if "%" in text else ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None or str(network) != text.lower():
        try:
            meant = f"did you mean {str(ipaddress.ip_network(text, strict=False))!r}?"
        except ValueError:
            meant = "write an address and the length of its prefix, such as 10.0.0.0/8 or fd00::/8"
        raise RuleError(f"is {text!r}, which is not a network", meant)
    if network.prefixlen == 0:
        raise RuleError("is every address, so that nothing outside could be reached", "name the private networks")
    return text


def _not_of_kubernetes(name: str) -> str:
    if name.startswith("system-"):
        raise RuleError(f"is {name!r}, and Kubernetes reserves system- for its own", "choose another name")
    return name


def _group_of_people(name: str) -> str:
    if name.startswith("system:"):
        text = f"is {name!r}, a group of Kubernetes: everybody whom it holds would have the rights of owners"
        raise RuleError(text, "name a group of people at the identity provider")
    return name


def _each_once(names: list[str]) -> list[str]:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise RuleError(f"has {name!r} twice", "remove one of the two")
    return names


def _certificates(text: str) -> str:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RuleError(
            "is not text in base64", "write certificateAuthority.data of the cluster, in one line"
        ) from None
    if data.count(b"BEGIN CERTIFICATE") > MAX_CERTIFICATES:
        raise RuleError(f"has more than {MAX_CERTIFICATES} certificates", "keep those that sign the cluster's own")
    return text


Api = Annotated[str, Field(pattern=patterns.API, max_length=300)]
Arn = Annotated[str, Field(pattern=patterns.ARN, max_length=2048)]
Branch = Annotated[str, Field(pattern=patterns.BRANCH, max_length=255), AfterValidator(_branch_for_git)]
CaData = Annotated[str, Field(pattern=patterns.BASE64, max_length=MAX_CA), AfterValidator(_certificates)]
Cidr = Annotated[str, Field(max_length=64), AfterValidator(_network)]
# A number of pods or nodes: what Kubernetes counts, within the 32 bits of its integers.
Count = Annotated[int, Field(ge=1, le=100_000_000)]
Day = Annotated[str, Field(pattern=patterns.DATE), AfterValidator(_day)]
Group = Annotated[str, Field(pattern=patterns.GROUP, max_length=253), AfterValidator(_group_of_people)]
DnsName = Annotated[str, Field(pattern=patterns.DNS_NAME, max_length=253)]
GitUrl = Annotated[str, Field(pattern=patterns.REPOSITORY, max_length=512), AfterValidator(_port_exists)]
GitUrls = Annotated[list[GitUrl], AfterValidator(_each_once)]
# Groups, each of them once.
Groups = Annotated[list[Group], Field(min_length=1), AfterValidator(_each_once)]
HttpUrl = Annotated[str, Field(pattern=patterns.HTTP_URL, max_length=512), AfterValidator(_port_exists)]
Image = Annotated[str, Field(pattern=patterns.IMAGE, max_length=512)]
Login = Annotated[str, Field(pattern=patterns.LOGIN, max_length=255)]
Logins = Annotated[list[Login], AfterValidator(_each_once)]
Priority = Annotated[int, Field(ge=-(2**31), le=1_000_000_000)]
PriorityClassName = Annotated[AnyName, AfterValidator(_not_of_kubernetes)]
Region = Annotated[str, Field(pattern=patterns.REGION, max_length=63)]
Scheme = Annotated[str, Field(pattern=patterns.SCHEME, max_length=253)]
Server = Annotated[str, Field(pattern=patterns.HTTPS_URL, max_length=512), AfterValidator(_port_exists)]
Text = Annotated[str, Field(pattern=patterns.TEXT, max_length=253)]
TokenReference = Annotated[str, Field(pattern=patterns.TOKEN_REFERENCE, max_length=317)]
TreePath = Annotated[str, Field(pattern=patterns.TREE_PATH, max_length=512)]
