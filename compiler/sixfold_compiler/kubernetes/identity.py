"""What a file of the tree holds, as one line of its inventory that tells which objects a change takes away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["holds", "identity", "lost", "names_of"]

# A ConfigMap named by its content is replaced when the content changes; that takes nothing away.
_BY_CONTENT = re.compile(r"-[0-9a-f]{10}\Z")


def holds(objects: Iterable[Mapping[str, Any]], file: str) -> str:
    """The objects of a file, sorted, each once, with spaces between them.

    An object is `Kind/name`, or `Kind` alone where its name is that of the file (`match` of `match.yaml`); a kind that
    is not Kubernetes' own has its group, `Kind.group`. The version is left out: another one is the same object.
    """
    return " ".join(sorted({_identity(item, file) for item in objects}))


def lost(before: str, after: str) -> tuple[str, ...]:
    """What the line `before` names and `after` does not."""
    return () if before == after else tuple(sorted(set(before.split()) - set(after.split())))


def _identity(item: Mapping[str, Any], file: str) -> str:
    kind, api = str(item.get("kind", "")), str(item.get("apiVersion", ""))
    metadata = item.get("metadata")
    name = str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
    group = api.rpartition("/")[0]
    if "." in group and not group.endswith(".k8s.io"):
        kind = f"{kind}.{group}"
    if kind == "ConfigMap":
        name = _BY_CONTENT.sub("", name)
    return kind if name == file else f"{kind}/{name}".replace(" ", "%20")


def identity(item: Mapping[str, Any]) -> str:
    """What an object is in its namespace, as `Kind.group/name`, whatever its version."""
    group = item["apiVersion"].rpartition("/")[0]
    kind = f"{item['kind']}.{group}" if group else item["kind"]
    return f"{kind}/{item['metadata']['name']}"


def names_of(objects: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The identities of some objects."""
    return frozenset(identity(item) for item in objects)
