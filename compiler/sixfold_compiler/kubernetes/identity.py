"""Names of Kubernetes objects that stay the same over API versions: for inventories, and for claims in a namespace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import JsonObject

__all__ = ["holds", "identity", "lost", "names_of"]

# A ConfigMap whose name ends with a digest is replaced when its content changes, which is not a deletion.
_BY_CONTENT = re.compile(r"-[0-9a-f]{10}\Z")


def holds(objects: Iterable[JsonObject], file: str) -> str:
    """Return the objects of a file as a line of the inventory: sorted, each once, separated by spaces.

    An object is `Kind/name`, or `Kind` alone when its name is that of the file (`match` of `match.yaml`). A kind that
    is not built into Kubernetes has its group, `Kind.group`. Versions are omitted: another version is the same object.
    """
    return " ".join(sorted({_entry(item, file) for item in objects}))


def lost(before: str, after: str) -> tuple[str, ...]:
    """Return the objects of the inventory line `before` that the line `after` does not have, sorted."""
    return () if before == after else tuple(sorted(set(before.split()) - set(after.split())))


def _entry(item: JsonObject, file: str) -> str:
    kind, api = str(item.get("kind", "")), str(item.get("apiVersion", ""))
    metadata = item.get("metadata")
    name = str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
    group = api.rpartition("/")[0]
    if "." in group and not group.endswith(".k8s.io"):
        kind = f"{kind}.{group}"
    if kind == "ConfigMap":
        name = _BY_CONTENT.sub("", name)
    return kind if name == file else f"{kind}/{name}".replace(" ", "%20")


def identity(item: JsonObject) -> str:
    """Return `Kind.group/name` (`Kind/name` in the core group): an object's name in its namespace, of any version.

    The object must have passed the checks: apiVersion, kind and metadata.name are text.
    """
    group = str(item["apiVersion"]).rpartition("/")[0]
    kind = f"{item['kind']}.{group}" if group else item["kind"]
    metadata = item["metadata"]
    return f"{kind}/{metadata['name'] if isinstance(metadata, dict) else ''}"


def names_of(objects: Iterable[JsonObject]) -> frozenset[str]:
    """Return the identities of objects that have passed the checks."""
    return frozenset(identity(item) for item in objects)
