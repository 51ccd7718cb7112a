"""Checks of the files that the gateways' Envoy reads while it runs. Envoy rejects such a file as a whole.

The library writes YAML whose lines are JSON but for bare keys, anchors and aliases: without these it is read as JSON,
at a twentieth of the time.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.checks.context import Finding, sample
from sixfold_compiler.kubernetes.objects import at, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.kubernetes.objects import KubernetesObject

__all__ = ["envoy_files", "envoy_resources"]

_FILE = re.compile(r"upstreams\.yaml|routes-[0-9]+\.yaml")
_ANCHOR = re.compile(r"(?<=[\[ ])&[a-z0-9]+ ")
_ALIAS = re.compile(r"(?<=[\[ ])\*[a-z0-9]+")
_KEY = re.compile(r"(?<=[{ ])[a-z_]+(?=: )")
_DURATION = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?s")  # as Envoy reads one
_LONGEST = 315_576_000_000  # seconds, the largest duration of protobuf
_LARGEST_PORT, _LARGEST_WEIGHT = 65_535, 2**32 - 1


def envoy_resources(item: KubernetesObject) -> Iterator[list[JsonObject]]:
    """Yield the resources (route tables or upstreams) of each file of a ConfigMap that Envoy reads."""
    for name, text in at(item.value, "data").items():
        if _FILE.fullmatch(name) and isinstance(text, str):
            yield [resource for _, resource in entries(_value(text), "resources")]


def _value(text: str) -> JsonObject:
    """Return the value of a file; aliases are texts. An extension of the library may write any YAML."""
    plain = _KEY.sub(r'"\g<0>"', _ALIAS.sub(r'"\g<0>"', _ANCHOR.sub("", text)))
    try:
        value: Json = orjson.loads(plain)
    except orjson.JSONDecodeError:
        import yaml  # noqa: PLC0415 - needed for the files of an extension only

        try:
            value = yaml.load(text, yaml.CSafeLoader)
        except yaml.YAMLError:
            return {}
    return value if isinstance(value, dict) else {}


def envoy_files(item: KubernetesObject) -> Iterator[Finding]:
    """Yield what Envoy would reject in the files of a ConfigMap."""
    for resources in envoy_resources(item):
        yield from _twice("the upstream or route table", Counter(str(resource.get("name")) for resource in resources))
        for resource in resources:
            yield from _routes(resource)
            yield from _places(resource)


def _routes(table: JsonObject) -> Iterator[Finding]:
    hosts = [host for _, host in entries(table, "virtual_hosts")]
    yield from _twice("the virtual host", Counter(str(host.get("name")) for host in hosts))
    domains = Counter(domain.lower() for host in hosts for domain in _texts(host.get("domains")))
    yield from _twice("the domain", domains)
    for host in hosts:
        for _, route in entries(host, "routes"):
            action = at(route, "route")
            yield from _timeout(action.get("timeout"), str(host.get("name")))
            clusters = [cluster for _, cluster in entries(at(action, "weighted_clusters"), "clusters")]
            if (
                clusters
                and not 0 < sum(max(_number(cluster.get("weight")), 0) for cluster in clusters) <= _LARGEST_WEIGHT
            ):
                yield Finding("SF616", (), f"has weights for {host.get('name')} that Envoy does not take")


def _twice(what: str, names: Counter[str]) -> Iterator[Finding]:
    if several := [name for name, count in names.items() if count > 1]:
        yield Finding("SF616", (), f"has {what} {sample(several)} more than once")


def _timeout(timeout: Json, host: str) -> Iterator[Finding]:
    text = "0s" if timeout is None else str(timeout)
    if not _DURATION.fullmatch(text) or float(text[:-1]) > _LONGEST:
        yield Finding("SF616", (), f"has the timeout {text!r} for {host}, which Envoy cannot read")


def _places(upstream: JsonObject) -> Iterator[Finding]:
    """Yield the ports of an upstream that do not exist."""
    for _, place in entries(at(upstream, "load_assignment"), "endpoints"):
        for _, endpoint in entries(place, "lb_endpoints"):
            port = at(endpoint, "endpoint", "address", "socket_address").get("port_value")
            if not 0 < _number(port) <= _LARGEST_PORT:
                yield Finding("SF616", (), f"has the port {port} for {upstream.get('name')}, which does not exist")


def _number(value: Json) -> int:
    return value if isinstance(value, int) else -1


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []
