"""Checks of the files that the gateways' Envoy reads while it runs. Envoy rejects such a file as a whole."""

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

_FILES = frozenset({"clusters.json", "routes.json"})
_DURATION = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?s")  # as Envoy reads one
_LONGEST = 315_576_000_000  # seconds, the largest duration of protobuf
_LARGEST_PORT, _LARGEST_WEIGHT = 65_535, 2**32 - 1


def envoy_resources(item: KubernetesObject) -> Iterator[list[JsonObject]]:
    """Yield the resources (route tables or upstreams) of each file of a ConfigMap that Envoy reads."""
    for name, text in at(item.value, "data").items():
        if name in _FILES and isinstance(text, str):
            yield [resource for _, resource in entries(orjson.loads(text), "resources")]


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
    yield from _twice("the domain", Counter(domain for host in hosts for domain in _texts(host.get("domains"))))
    for host in hosts:
        for _, route in entries(host, "routes"):
            yield from _timeout(at(route, "route").get("timeout"), str(host.get("name")))


def _twice(what: str, names: Counter[str]) -> Iterator[Finding]:
    if several := [name for name, count in names.items() if count > 1]:
        yield Finding("SF616", (), f"has {what} {sample(several)} more than once")


def _timeout(timeout: Json, host: str) -> Iterator[Finding]:
    text = "0s" if timeout is None else str(timeout)
    if not _DURATION.fullmatch(text) or float(text[:-1]) > _LONGEST:
        yield Finding("SF616", (), f"has the timeout {text!r} for {host}, which Envoy cannot read")


def _places(upstream: JsonObject) -> Iterator[Finding]:
    """Yield the numbers of an upstream that Envoy does not take: weights of localities, and ports."""
    places = [place for _, place in entries(at(upstream, "load_assignment"), "endpoints")]
    weights = [_number(place.get("load_balancing_weight", 1)) for place in places]
    if min(weights, default=1) < 1 or sum(weights) > _LARGEST_WEIGHT:
        yield Finding("SF616", (), f"has weights for {upstream.get('name')} that Envoy does not take")
    for place in places:
        for _, endpoint in entries(place, "lb_endpoints"):
            port = at(endpoint, "endpoint", "address", "socket_address").get("port_value")
            if not 0 < _number(port) <= _LARGEST_PORT:
                yield Finding("SF616", (), f"has the port {port} for {upstream.get('name')}, which does not exist")


def _number(value: Json) -> int:
    return value if isinstance(value, int) else -1


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []
