"""Derive changed objects from changed files; a change that is equal on several clusters appears once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sixfold_compiler.preview.objects import compare, objects, pair

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sixfold_compiler.preview.withheld import Withheld
    from sixfold_compiler.tree.writer import Change

__all__ = ["Group", "Kind", "ObjectChange", "Preview", "Subject", "build"]

Kind = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """A created or deleted object, or one hunk of an updated object.

    `diff` has the lines of the hunk or, in a full preview, of a created object. Each hunk is a separate change, so that
    a hunk that is equal everywhere is not repeated for a cluster on which another hunk differs.
    """

    kind: Kind
    title: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are equal on all `targets`: clusters as `env/dc/cluster`, or names of Argo CD instances."""

    targets: tuple[str, ...]
    changes: tuple[ObjectChange, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """An app (`namespace/app`) or a part of the platform, with its grouped changes."""

    name: str
    groups: tuple[Group, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """The clusters and Argo CD instances with a change, sorted."""
        return tuple(sorted({target for group in self.groups for target in group.targets}))

    def count(self, kind: Kind) -> int:
        """Return the number of objects, over all targets, that are created, updated or deleted, as `kind` says."""
        return len({(t, c.title) for g in self.groups for c in g.changes if c.kind == kind for t in g.targets})


@dataclass(frozen=True, slots=True)
class Preview:
    """The changes that a compile would make.

    `records` counts the changed inventories and facts files, which follow from the other changes. `withheld` are the
    deletions that the guard rejects. `failed` counts the apps that keep their files because of an error. If `refused`
    is true, the compile fails and writes nothing.
    """

    subjects: tuple[Subject, ...]
    records: int = 0
    withheld: tuple[Withheld, ...] = ()
    failed: int = 0
    refused: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """The clusters and Argo CD instances with a change, sorted."""
        return tuple(sorted({target for subject in self.subjects for target in subject.targets}))

    def count(self, kind: Kind) -> int:
        """Return the number of objects, over all targets, that are created, updated or deleted, as `kind` says."""
        return sum(subject.count(kind) for subject in self.subjects)


def build(changes: Iterable[Change], out: Path, *, full: bool = False) -> Preview:
    """Build the preview of staged changes to the tree in `out`. A full preview includes the lines of new objects.

    Raises:
        OSError: A file of the tree or a staged file cannot be read.
    """
    changed: dict[str, dict[ObjectChange, list[str]]] = {}
    records = 0
    for change in sorted(changes, key=lambda c: c.path):
        place = _place(change.path)
        if place is None:
            records += 1
            continue
        subject, target = place
        old = "" if change.kind == "create" else (out / change.path).read_text("utf-8", "replace")
        new = change.new.read_text("utf-8", "replace") if change.new is not None else ""
        for item in _object_changes(old, new, full=full):
            changed.setdefault(subject, {}).setdefault(item, []).append(target)
    return Preview(
        tuple(Subject(name, _grouped(items)) for name, items in sorted(changed.items(), key=_order)), records
    )


def _object_changes(old: str, new: str, *, full: bool) -> list[ObjectChange]:
    out = []
    for before, after in pair(objects(old), objects(new)):
        if after is None:
            assert before is not None  # noqa: S101 - a pair is of something
            out.append(ObjectChange("delete", before.title))
        elif before is None:
            out.append(ObjectChange("create", after.title, after.lines if full else ()))
        else:
            title = after.title if after.name == before.name else f"{before.title} -> {after.name}"
            out += [ObjectChange("update", title, hunk) for hunk in compare(before, after)]
    return out


def _grouped(items: dict[ObjectChange, list[str]]) -> tuple[Group, ...]:
    groups: dict[tuple[str, ...], list[ObjectChange]] = {}
    for item, targets in items.items():
        groups.setdefault(tuple(sorted(targets)), []).append(item)
    return tuple(Group(targets, tuple(changes)) for targets, changes in groups.items())


def _place(path: str) -> tuple[str, str] | None:
    """Return the subject and the target of a file of the tree; None for inventories and facts files."""
    parts = path.split("/")
    if not parts[-1].endswith(".yaml"):
        return None
    name = parts[-1].removesuffix(".yaml")
    match parts:
        case ["argocd", instance, _]:
            return f"Argo CD: {name}", instance
        case [environment, dc, cluster, "_tenancy", _]:
            return f"namespace {name}", f"{environment}/{dc}/{cluster}"
        case [environment, dc, cluster, "_platform", _]:
            return f"platform: {name}", f"{environment}/{dc}/{cluster}"
        case [environment, dc, cluster, namespace, _]:
            return f"{namespace}/{name}", f"{environment}/{dc}/{cluster}"
        case _:
            return path, ""


def _order(item: tuple[str, object]) -> tuple[bool, str]:
    """Return the sort key of a subject: apps before the platform, then by name."""
    return ("/" not in item[0], item[0])
