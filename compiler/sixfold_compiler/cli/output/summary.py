"""What a compile did, in the sentences that stand at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.pipeline.plan import Plan, Summary
    from sixfold_compiler.tree.writer import Change

__all__ = ["changed_files", "named", "summarized"]

NAMED = 5  # apps or teams that a line names
SAMPLE = 10  # files that are named before the rest is counted
_KINDS = {"create": "created", "update": "updated", "delete": "deleted"}


def summarized(made: Plan, out: str, *, written: bool) -> str:
    """What a run did, in a line or three: apps, clusters, overlays, objects, and the files of `out` that changed."""
    summary = made.summary
    kinds = [(sum(c.kind == kind for c in made.changes), word) for kind, word in _KINDS.items()]
    told = ", ".join(f"{number:,} {word}" for number, word in kinds if number) or "nothing changed"
    lead = f"{counted(summary.apps, 'app')} on {counted(summary.targets, 'cluster')}"
    objects = f"{counted(summary.overlays, 'overlay')}, {counted(summary.objects, 'object')}"
    parts = [f"{lead}: {objects} ({counted(summary.evaluated, 'app')} evaluated)."]
    parts += _left(summary)
    parts.append(f"{out}/: {told}." if written else f"{out}/ would get: {told}.")
    return "\n".join(parts)


def _left(summary: Summary) -> list[str]:
    """Who stays as it was: the apps that failed, five by name, and the teams that are held back."""
    parts = []
    if failed := summary.failed:
        bare = sum(key in summary.bare for key in failed)
        it = "it" if len(failed) == 1 else "they"
        if not bare:
            kept = f"{it} {'keeps' if len(failed) == 1 else 'keep'} the old overlays"
        elif bare == len(failed):
            kept = f"{it} {'has' if len(failed) == 1 else 'have'} no overlays yet"
        else:
            kept = f"{bare:,} of them {'has' if bare == 1 else 'have'} no overlays yet, the others keep the old ones"
        parts.append(f"{counted(len(failed), 'app')} failed: {named([str(key) for key in failed])} ({kept}).")
    if held := summary.held:
        teams, they = ("Team", "it stays as it was") if len(held) == 1 else ("Teams", "they stay as they were")
        parts.append(f"{teams} {named(held)} would lose too much; {they}.")
    return parts


def named(names: Sequence[str]) -> str:
    """Apps or teams in a sentence, five at most."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def changed_files(changes: Sequence[Change], out: str) -> str:
    """The files of `out` that are not current, ten at most, and what to do."""
    lines = [f"  {change.kind:6} {out}/{change.path}" for change in changes[:SAMPLE]]
    if len(changes) > SAMPLE:
        lines.append(f"  and {len(changes) - SAMPLE:,} more")
    return "\n".join(["The tree is not current; run `sixfold compile`:", *lines])
