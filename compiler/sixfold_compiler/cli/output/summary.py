"""The summary that a compile prints at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.cli.output.tables import remainder
from sixfold_compiler.diagnostics import counted, listed
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.tree.layout import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.pipeline.plan import Plan, Summary
    from sixfold_compiler.pipeline.verify import Verification
    from sixfold_compiler.tree.writer import Change

__all__ = ["changed_files", "changed_names", "signed", "summarized", "unsigned", "verified"]

NAMED = 5  # apps or teams that a sentence names
MAX_FILES = 10  # files that are listed before the others are counted
_KINDS = {"create": "created", "update": "updated", "delete": "deleted"}


def summarized(plan: Plan, out: str, *, written: bool) -> str:
    """Return the figures of a compile: apps, clusters, overlays, objects, and the changed files of the tree.

    Args:
        plan: The plan of the compile.
        out: The name of the tree.
        written: The changes have been written.
    """
    summary = plan.summary
    kinds = [(sum(c.kind == kind for c in plan.changes), word) for kind, word in _KINDS.items()]
    changes = ", ".join(f"{number:,} {word}" for number, word in kinds if number) or "nothing changed"
    lead = f"{counted(summary.apps, 'app')} on {counted(summary.targets, 'cluster')}"
    objects = f"{counted(summary.overlays, 'overlay')}, {counted(summary.objects, 'object')}"
    return "\n".join(
        [
            f"{lead}: {objects} ({counted(summary.evaluated, 'app')} evaluated).",
            *_unchanged(summary),
            f"{out}/: {changes}." if written else f"{out}/ would get: {changes}.",
        ]
    )


def verified(result: Verification, out: str, base: str) -> str:
    """Return the figures of a verification without findings.

    Args:
        result: The verification.
        out: The name of the tree.
        base: The revision that it was compared with; empty for none.
    """
    files, summary = counted(result.files, "file"), result.summary
    if result.unchanged:
        return f"Verified: {out}/ is the tree of {base} ({files}). A compile may still change it."
    verb = "compiles" if summary.apps == 1 else "compile"
    keep = "keeps" if len(summary.failed) == 1 else "keep"
    held = "Team" if len(summary.held) == 1 else "Teams"
    return "\n".join(
        [
            f"Verified: {files} of {out}/ are what {counted(summary.apps, 'app')} {verb} to.",
            *([f"{listed(map(str, summary.failed), NAMED)} {keep} the files of {base}."] if summary.failed else ()),
            *([f"{held} {listed(summary.held, NAMED)} had to keep the files of {base}."] if summary.held else ()),
        ]
    )


def signed(out: str, fingerprint: str) -> str:
    """Return the sentence about a signature that was written; `fingerprint` is that of its key."""
    return f"Signed: {out}/{SIGNATURE} is by the key {fingerprint}."


def unsigned(out: str) -> str:
    """Return the sentence about a signature that was removed."""
    return f"Removed {out}/{SIGNATURE}: it does not sign this tree. `sixfold compile --sign` signs it, in CI."


def changed_files(changes: Sequence[Change], out: str) -> str:
    """Return the list of outdated files of the tree, and the command that updates them."""
    lines = [f"  {change.kind:6} {out}/{change.path}" for change in changes[:MAX_FILES]]
    if others := remainder(len(changes), MAX_FILES):
        lines.append(f"  {others.rstrip()}")
    return "\n".join(["The tree is not current; run `sixfold compile`:", *lines])


def changed_names(fleet: str, *, written: bool) -> str:
    """Return a sentence about the names lock in the folder `fleet`, which has changed."""
    file = f"{fleet}/{NAMES_FILE}"
    if written:
        return f"{file} has changed: commit it with the tree."
    return f"{file} is not current; run `sixfold compile`, which writes the owners of names."


def _unchanged(summary: Summary) -> list[str]:
    """Return sentences about the apps that failed and about the teams that are held, if any."""
    parts = []
    if failed := summary.failed:
        bare = sum(key in summary.bare for key in failed)
        it = "it" if len(failed) == 1 else "they"
        if not bare:
            state = f"{it} {'keeps' if len(failed) == 1 else 'keep'} the old overlays"
        elif bare == len(failed):
            state = f"{it} {'has' if len(failed) == 1 else 'have'} no overlays yet"
        else:
            state = f"{bare:,} of them {'has' if bare == 1 else 'have'} no overlays yet, the others keep the old ones"
        parts.append(f"{counted(len(failed), 'app')} failed: {listed(map(str, failed), NAMED)} ({state}).")
    if held := summary.held:
        teams, they = ("Team", "it stays as it was") if len(held) == 1 else ("Teams", "they stay as they were")
        parts.append(f"{teams} {listed(held, NAMED)} would lose too much; {they}.")
    return parts
