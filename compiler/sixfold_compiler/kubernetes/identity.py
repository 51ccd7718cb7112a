"""The identity of a Kubernetes object in its namespace: its kind, API group and name, without the API version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import JsonObject

__all__ = ["holds", "identity", "kind_and_name", "lost", "names_of"]

# A ConfigMap whose name ends in a digest of its content is replaced when the content changes; nothing is deleted then.
_BY_CONTENT = re.compile(r"-[0-9a-f]{10}\Z")


def identity(item: JsonObject) -> str:
    """Return the identity of an object as `Kind.group/name`, or `Kind/name` for the core group."""
    kind, group, name = _parts(item)
    return f"{kind}.{group}/{name}" if group else f"{kind}/{name}"


def kind_and_name(item: JsonObject) -> tuple[str, str]:
    """Return the kind and the name of an object, by which people refer to it; "" for a part that it lacks."""
    kind, _, name = _parts(item)
    return kind, name


def names_of(objects: Iterable[JsonObject]) -> frozenset[str]:
    """Return the identities of Kubernetes objects."""
    return frozenset(identity(item) for item in objects)


def holds(objects: Iterable[JsonObject], file: str) -> str:
    """Return the identities of a file's objects in the short form of inventories: sorted, separated by spaces.

    The short form omits the groups of Kubernetes' own kinds, the digest in the name of a ConfigMap, and a name that
    equals the file's name (`Deployment` alone for the Deployment `match` of `match.yaml`).
    """
    return " ".join(sorted({_short(*_parts(item), file) for item in objects}))


def lost(before: str, after: str) -> tuple[str, ...]:
    """Return the identities that are in the short form `before` and not in `after`."""
    return () if before == after else tuple(sorted(set(before.split()) - set(after.split())))


def _parts(item: JsonObject) -> tuple[str, str, str]:
    """Return the kind, group and name of an object; a part is empty if the object lacks it."""
    metadata = item.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, dict) else ""
    return str(item.get("kind", "")), str(item.get("apiVersion", "")).rpartition("/")[0], str(name)


def _short(kind: str, group: str, name: str, file: str) -> str:
    if "." in group and not group.endswith(".k8s.io"):
        kind = f"{kind}.{group}"
    if kind == "ConfigMap":
        name = _BY_CONTENT.sub("", name)
    return kind if name == file else f"{kind}/{name}".replace(" ", "%20")
