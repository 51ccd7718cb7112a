"""Layers: how fleet defaults, team defaults, a manifest and its overrides become one spec per environment and DC.

From weakest to strongest: fleet defaults, team defaults, the manifest, its overrides (environment, then data center,
then both; equal ones in file order), the release file (image version only). Merging follows RFC 7386, with three
additions: lists of named things merge by name, `calls` merge by app or host, and of fields that exclude each other
(such as `value` and `valueFrom`) the stronger layer's replaces the weaker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compiler.diagnostics import Span
    from compiler.fleet import Cell
    from compiler.loader import Path

__all__ = ["Layer", "apply_version", "find", "image_version", "matching_overrides", "merge", "merge_layers"]

_EXCLUSIVE = (
    frozenset({"value", "valueFrom"}),
    frozenset({"value", "averageValue"}),
    frozenset({"secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef", "callRef"}),
    frozenset({"httpGet", "grpc", "tcpSocket", "exec", "sleep"}),
    frozenset({"minAvailable", "maxUnavailable"}),
    frozenset({"emptyDir", "configMap", "secret", "claim", "persistentVolumeClaim"}),
)
_EXCLUSIVE_KEYS = frozenset().union(*_EXCLUSIVE)
# Maps whose keys people choose: a key named `value` or `secret` there means nothing to us.
_FREE = frozenset(
    {
        "data",
        "files",
        "labels",
        "annotations",
        "nodeSelector",
        "selector",
        "requests",
        "limits",
        "dataCenters",
        "behavior",
    }
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: what it is called, its partial spec, and where a path of that spec stands."""

    name: str
    spec: dict[str, Any]
    span: Callable[[Path], Span]


def merge(base: Any, patch: Any, field: str = "") -> Any:
    """`patch` over `base`; neither is changed, and parts that stay are shared.

    Args:
        base: Any JSON value, or None for nothing.
        patch: Any JSON value; a null in a mapping removes the field.
        field: The name of the field that both are the value of.
    """
    if isinstance(patch, dict):
        result = dict(base) if isinstance(base, dict) else {}
        if field not in _FREE and not _EXCLUSIVE_KEYS.isdisjoint(patch):
            for group in _EXCLUSIVE:
                if any(patch.get(key) is not None for key in group):
                    for key in group - patch.keys():
                        result.pop(key, None)
        for key, value in patch.items():
            if value is None:
                result.pop(key, None)
            else:
                result[key] = merge(result.get(key), value, key)
        return result
    if isinstance(patch, list) and patch and isinstance(base, list):
        ours = [_identity(item, field) for item in patch]
        theirs = [_identity(item, field) for item in base]
        if None not in ours and None not in theirs:
            merged = dict(zip(theirs, base, strict=True))
            for name, item in zip(ours, patch, strict=True):
                merged[name] = merge(merged.get(name), item)
            return list(merged.values())
    if isinstance(patch, list):
        return [merge(None, item) if isinstance(item, dict) else item for item in patch]
    return patch


def merge_layers(layers: Sequence[Layer]) -> dict[str, Any]:
    """The spec that the layers, weakest first, add up to."""
    spec: dict[str, Any] = {}
    for layer in layers:
        spec = merge(spec, layer.spec)
    return spec


def matching_overrides(overrides: Sequence[dict[str, Any]], cell: Cell) -> list[int]:
    """The overrides that apply to a cell, by index, weakest first."""
    chosen = []
    for index, override in enumerate(overrides):
        match = override.get("match") or {}
        environment, data_center = match.get("environment"), match.get("dataCenter")
        if environment not in (None, cell.environment) or data_center not in (None, cell.data_center):
            continue
        chosen.append(((environment is not None) + 2 * (data_center is not None), index))
    return [index for _, index in sorted(chosen)]


def find(spec: Any, path: Sequence[str]) -> tuple[Any, Path] | None:
    """The value at a path written with names (`env.LOG_LEVEL.value`), and the path with indices, or None."""
    real: list[str | int] = []
    field = ""
    for part in path:
        if isinstance(spec, dict) and part in spec:
            field, spec = part, spec[part]
            real.append(part)
        elif isinstance(spec, list):
            index = next((i for i, item in enumerate(spec) if _identity(item, field) == part or str(i) == part), None)
            if index is None:
                return None
            spec = spec[index]
            real.append(index)
        else:
            return None
    return spec, tuple(real)


def image_version(image: str) -> tuple[str, str]:
    """An image's name, and its tag or digest (`tag@digest` with both; empty without)."""
    name, _, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        name = head
    else:
        tag = ""
    return name, f"{tag}@{digest}" if tag and digest else tag or digest


def apply_version(image: str, version: str) -> str:
    """`image` at `version` (a tag, a `sha256:` digest, or `tag@sha256:…`)."""
    name, _ = image_version(image)
    return f"{name}@{version}" if version.startswith("sha256:") else f"{name}:{version.removeprefix('@')}"


def under(span: Callable[[Path], Span], *prefix: str | int) -> Callable[[Path], Span]:
    """`span` for the part of a document that stands at `prefix`."""
    return lambda path: span((*prefix, *path))


def constant(span: Span) -> Callable[[Path], Span]:
    """The same place for every path."""
    return lambda _path: span


def _identity(item: Any, field: str) -> str | None:
    if not isinstance(item, dict):
        return None
    if field == "calls":
        key = item.get("app") or (f"{item['host']}:{item.get('port')}" if item.get("host") else None)
        return f"{key}@{item['dataCenter']}" if key and item.get("dataCenter") else key
    if field == "volumeMounts":
        return item.get("mountPath")
    name = item.get("name")
    return name if isinstance(name, str) and field not in ("configMap", "secret") else None
