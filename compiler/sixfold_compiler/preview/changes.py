"""From changed files to changed objects, the same change on several clusters told once."""

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
    """One object that appears or goes, or one hunk of an object that changes.

    `diff` has the lines of the hunk, or the whole of a new object where that is wanted. Hunks are told apart so that
    a change that is the same everywhere is not repeated for a cluster where the object changes elsewhere too.
    """

    kind: Kind
    title: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are the same on all of `targets` (`env/dc/cluster`, or an Argo CD instance)."""

    targets: tuple[str, ...]
    changes: tuple[ObjectChange, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """An app (`namespace/app`), or a part of the platform, and what happens to it."""

    name: str
    groups: tuple[Group, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Every target that is touched, sorted."""
        return tuple(sorted({target for group in self.groups for target in group.targets}))

    def count(self, kind: Kind) -> int:
        """How many objects, over all targets, are created, updated or deleted."""
        return len({(t, c.title) for g in self.groups for c in g.changes if c.kind == kind for t in g.targets})


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything a compile would change.

    `records` counts inventories and facts, which follow from the rest. `withheld` is what it would not remove; with
    `refused`, it would write nothing at all.
    """

    subjects: tuple[Subject, ...]
    records: int = 0
    withheld: tuple[Withheld, ...] = ()
    refused: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """Every target that is touched, sorted."""
        return tuple(sorted({target for subject in self.subjects for target in subject.targets}))

    def count(self, kind: Kind) -> int:
        """How many objects, over all targets, are created, updated or deleted."""
        return sum(subject.count(kind) for subject in self.subjects)


def build(changes: Iterable[Change], out: Path, *, full: bool = False) -> Preview:
    """The preview of `changes` (staged files) against the tree in `out`; with `full`, new objects have their lines.

    Raises:
        OSError: A file of the tree or the staged one cannot be read.
    """
    found: dict[str, dict[ObjectChange, list[str]]] = {}
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
            found.setdefault(subject, {}).setdefault(item, []).append(target)
    return Preview(tuple(Subject(name, _grouped(items)) for name, items in sorted(found.items(), key=_order)), records)


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
    """Which subject a file of the tree belongs to, and on which target; None for inventories and facts."""
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
    """Apps first: they are what a reviewer came for."""
    return ("/" not in item[0], item[0])
