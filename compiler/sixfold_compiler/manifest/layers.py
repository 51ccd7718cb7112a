"""Layers of a spec: merging them, and finding the values and source positions in them.

The layers of a cell, from weakest to strongest: fleet defaults, team defaults, the manifest, its overrides (by
environment, then by data center, then by both; in file order within each), and the release file, which sets only the
image version. Merging follows RFC 7386 with three additions: lists of named items merge by name, `calls` merge by app
or host, and a field replaces the fields of weaker layers that exclude it (such as `value` and `valueFrom`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject, Span, ValuePath
    from sixfold_compiler.model.addresses import Cell

__all__ = [
    "Layer",
    "apply_version",
    "find",
    "identities",
    "image_version",
    "locate",
    "matching_overrides",
    "merge",
    "merge_layers",
    "repeated",
    "runs_in",
]

_EXCLUSIVE = (
    frozenset({"replicas", "autoscaling"}),
    frozenset({"value", "valueFrom"}),
    frozenset({"value", "averageValue"}),
    frozenset({"secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef", "callRef"}),
    frozenset({"httpGet", "grpc", "tcpSocket", "exec", "sleep"}),
    frozenset({"minAvailable", "maxUnavailable"}),
    frozenset({"emptyDir", "configMap", "secret", "claim", "persistentVolumeClaim"}),
)
_EXCLUSIVE_KEYS = frozenset().union(*_EXCLUSIVE)
# Maps whose keys people choose: a key named `value` or `secret` has no meaning in them.
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
    """One layer: its name, its partial spec, and a function that returns the source position of a path in the spec."""

    name: str
    spec: JsonObject
    span: Callable[[ValuePath], Span]


def merge(base: Json, patch: Json, field: str = "") -> Json:
    """Merge `patch` over `base`, and return the result. The inputs are not changed; the result shares parts with them.

    Args:
        base: Any JSON value, or None for no value.
        patch: Any JSON value; a null in a mapping removes the field.
        field: The name of the field that has these values.
    """
    if isinstance(patch, dict):
        return _merge_objects(base if isinstance(base, dict) else {}, patch, field)
    if isinstance(patch, list) and patch and isinstance(base, list):
        ours, theirs = identities(patch, field), identities(base, field)
        if ours and theirs:
            merged = dict(zip(theirs, base, strict=True))
            for name, item in zip(ours, patch, strict=True):
                merged[name] = merge(merged.get(name), item)
            return list(merged.values())
    if isinstance(patch, list):
        return [merge(None, item) if isinstance(item, dict) else item for item in patch]
    return patch


def _merge_objects(base: JsonObject, patch: JsonObject, field: str = "") -> dict[str, Json]:
    result = dict(base)
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


def merge_layers(layers: Sequence[Layer]) -> dict[str, Json]:
    """Merge layers, weakest first, into one spec."""
    spec: dict[str, Json] = {}
    for layer in layers:
        spec = _merge_objects(spec, layer.spec)
    return spec


def matching_overrides(overrides: Sequence[JsonObject], cell: Cell) -> list[int]:
    """Return the indices of the overrides that apply to a cell, weakest first."""
    chosen = []
    for index, override in enumerate(overrides):
        environment = value_at(override, ("match", "environment"))
        data_center = value_at(override, ("match", "dataCenter"))
        if environment not in (None, cell.environment) or data_center not in (None, cell.data_center):
            continue
        chosen.append(((environment is not None) + 2 * (data_center is not None), index))
    return [index for _, index in sorted(chosen)]


def runs_in(spec: JsonObject, cell: Cell) -> bool:
    """Return whether the `dataCenters` of a merged spec, which may be incomplete, include a cell."""
    wanted = spec.get("dataCenters")
    if not isinstance(wanted, dict):
        return True
    names = wanted.get(cell.environment)
    return isinstance(names, list) and cell.data_center in names


def find(spec: Json, path: Sequence[str], field: str = "") -> tuple[Json, ValuePath] | None:
    """Return the value at a path of names (`env`, `LOG_LEVEL`, `value`), and its path with list indices; else None.

    A key that contains dots matches several parts of the path.
    """
    if not path:
        return spec, ()
    if isinstance(spec, dict):
        for length in range(len(path), 0, -1):
            key = ".".join(path[:length])
            if key in spec and (hit := find(spec[key], path[length:], key)) is not None:
                return hit[0], (key, *hit[1])
    if isinstance(spec, list):
        for index, item in enumerate(spec):
            for length in range(len(path), 0, -1):
                name = ".".join(path[:length])
                if name in (_identity(item, field), str(index)) and (hit := find(item, path[length:])) is not None:
                    return hit[0], (index, *hit[1])
    return None


def locate(layers: Sequence[Layer], merged: Json, path: ValuePath) -> Span | None:
    """Return the source position of a path of the merged spec, in the strongest layer that has most of the path."""
    names = []
    field = ""
    for part in path:
        if isinstance(part, int) and isinstance(merged, list) and part < len(merged):
            names.append(_identity(merged[part], field) or str(part))
            merged = merged[part]
        else:
            names.append(field := str(part))
            merged = merged.get(part) if isinstance(merged, dict) else None
    for length in range(len(names), 0, -1):
        for layer in reversed(layers):
            if (hit := find(layer.spec, names[:length])) is not None:
                return layer.span(hit[1])
    return None


def image_version(image: str) -> tuple[str, str]:
    """Split an image into its name and its version: a tag, a digest, `tag@digest`, or "" if it has neither."""
    name, _, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        name = head
    else:
        tag = ""
    return name, f"{tag}@{digest}" if tag and digest else tag or digest


def apply_version(image: str, version: str) -> str:
    """Return `image` with its version replaced by a tag, a `sha256:` digest, or `tag@sha256:…`."""
    name, _ = image_version(image)
    return f"{name}@{version}" if version.startswith("sha256:") else f"{name}:{version.removeprefix('@')}"


def under(span: Callable[[ValuePath], Span], *prefix: str | int) -> Callable[[ValuePath], Span]:
    """Return a function like `span` that accepts paths relative to `prefix`."""
    return lambda path: span((*prefix, *path))


def constant(span: Span) -> Callable[[ValuePath], Span]:
    """Return a function that returns the position `span` for every path."""
    return lambda _path: span


def identities(items: Sequence[Json], field: str) -> list[str] | None:
    """Return the names by which the items of a list merge; None if an item has no name, or a name is repeated."""
    names = [name for item in items if (name := _identity(item, field)) is not None]
    return names if len(names) == len(items) == len(set(names)) else None


def repeated(items: Sequence[Json], field: str) -> str | None:
    """Return the first name that two items of a list share; None if all differ. Items without a name never repeat."""
    names = [name for item in items if (name := _identity(item, field)) is not None]
    return next((name for index, name in enumerate(names) if name in names[:index]), None)


def _identity(item: Json, field: str) -> str | None:
    """Return the name by which a list item merges; None if it has none."""
    if not isinstance(item, dict):
        return None
    if field == "calls":
        app = item.get("app")  # APP and TEAM/APP are one call: a name has one owner
        called = app.rpartition("/")[2] if isinstance(app, str) else app
        key = called or (f"{item['host']}:{item.get('port')}" if item.get("host") else None)
        name = f"{key}@{item['dataCenter']}" if key and item.get("dataCenter") else key
    else:
        name = item.get("mountPath" if field == "volumeMounts" else "name")
    return name if isinstance(name, str) else None
