"""Checks of the files that many apps share: what the library makes for a cluster or an Argo CD instance.

One value in them that Kubernetes or Envoy rejects would stop the changes of every team, so they are checked before
anything is written, as an app's own objects are.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.checks.context import Finding
from sixfold_compiler.checks.envoy import envoy_files, envoy_resources
from sixfold_compiler.checks.exposure import config_size
from sixfold_compiler.checks.metadata import check_labels, check_name, check_shape
from sixfold_compiler.diagnostics import path_text, printable
from sixfold_compiler.kubernetes.objects import KubernetesObject, at, entries
from sixfold_compiler.kubernetes.schemas import built_in_kinds, problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["LARGEST", "check_shared"]

# Bytes of one object: Kubernetes takes 1 MiB of data, and the cluster adds managed fields.
LARGEST = 1024 * 1024 - 64 * 1024
MOST = 10  # problems of one unit that are worth reading


def check_shared(files: Mapping[str, Sequence[JsonObject]]) -> list[str]:
    """Return the problems of the objects of a cluster or an Argo CD instance, given by file, each as one sentence."""
    return [printable(text) for text in islice(_problems(files), MOST)]


def _problems(files: Mapping[str, Sequence[JsonObject]]) -> Iterator[str]:
    keys: Counter[tuple[str, str, str, str]] = Counter()
    for file, objects in files.items():
        for value in objects:
            item = check_shape(value)
            if isinstance(item, list):
                yield from (f"{file}: an object{_text(finding)}" for finding in item)
                continue
            keys[(*item.key, str(item.metadata.get("namespace") or ""))] += 1
            for finding in _object(item):
                yield f"{file}: {item.kind}/{item.name}{_text(finding)}"
    for (_, kind, name, _), count in keys.items():
        if count > 1:
            yield f"{kind}/{name} exists {count} times"


def _text(finding: Finding) -> str:
    field = path_text(finding.path)
    return f": {field} {finding.message}" if field else f" {finding.message}"


def _object(item: KubernetesObject) -> Iterator[Finding]:
    if item.kind == "Service":  # thousands, equal on every cluster of a data center but for a few
        return iter(_service(orjson.dumps(item.value)))
    if item.kind == "ConfigMap":
        return chain(_alone(item), _size(item), envoy_files(item))
    return chain(_alone(item), _size(item))


@lru_cache(maxsize=20_000)
def _service(text: bytes) -> tuple[Finding, ...]:
    """Return the problems of a Service, remembered by its JSON."""
    item = check_shape(orjson.loads(text))
    return (*_alone(item), *_ports(item)) if not isinstance(item, list) else ()


def _alone(item: KubernetesObject) -> Iterator[Finding]:
    """Yield the problems that each object may have, by its name and by the schema of its kind."""
    yield from check_name(item)
    if (item.api, item.kind) not in built_in_kinds():
        yield from check_labels(item)
        return
    value = item.value
    if item.kind == "ConfigMap":  # the emitter writes structured values as text
        value = {**value, "data": {key: _as_text(text) for key, text in at(item.value, "data").items()}}
    for problem in problems(value):
        yield Finding("SF616", problem.path, problem.message, problem.help)


def _ports(item: KubernetesObject) -> Iterator[Finding]:
    """Yield the ports of a Service that have one number or one name."""
    ports = [port for _, port in entries(item.spec, "ports")]
    numbers = Counter((port.get("port"), port.get("protocol", "TCP")) for port in ports)
    for (number, protocol), count in numbers.items():
        if count > 1:
            yield Finding("SF616", ("spec", "ports"), f"has the port {number}/{protocol} {count} times")
    for name, count in Counter(str(port.get("name")) for port in ports).items():
        if count > 1:
            yield Finding("SF616", ("spec", "ports"), f"has the name {name} {count} times")


def _size(item: KubernetesObject) -> Iterator[Finding]:
    size = config_size(item.value) if item.kind == "ConfigMap" else len(orjson.dumps(item.value))
    if size > LARGEST:
        text = f"has {size:,} bytes, but an object that teams share may have at most {LARGEST:,}"
        yield Finding("SF611", (), f"{text}{_authors(item)}")


def _authors(item: KubernetesObject) -> str:
    """Return whose services take the space of a gateway's file, the largest parts first."""
    sizes: Counter[str] = Counter()
    for resource in chain.from_iterable(envoy_resources(item)):
        parts = [host for _, host in entries(resource, "virtual_hosts")] or [resource]
        for part in parts:
            name = str(part.get("name", "")).removeprefix("s/").removeprefix("k/")
            team, slash, app = name.rpartition("/")[0].rpartition("/")
            if slash:
                sizes[f"{app} in {team}"] += len(orjson.dumps(part))
    largest = ", ".join(f"{name} {size:,}" for name, size in sizes.most_common(3))
    return f"; the largest parts: {largest}" if largest else ""


def _as_text(value: Json) -> Json:
    return "" if isinstance(value, (dict, list)) else value
