"""What `sixfold retire` tells: what will go, and what is to be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import counted
from sixfold_compiler.guard import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sixfold_compiler.guard import Drop

__all__ = ["going_text", "next_text"]


def next_text(steps: Sequence[str]) -> str:
    """What is to be done next, in its order."""
    if len(steps) == 1:
        return f"Next: {steps[0]}."
    return "\n".join(["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])


def going_text(what: str, going: Collection[Drop], deleted: int, others: int) -> str:
    """What goes once it is compiled: of teams by kind, else (a cluster that is empty) the platform's files."""
    counts = [(sum(getattr(drop, kind) for drop in going), kind[:-1]) for kind in KINDS]
    clusters = len({drop.cluster_key for drop in going if drop.cluster})
    told = ", ".join(
        counted(number, word if word != "application" else "Application") for number, word in counts if number
    )
    if told:
        return f"{what}: {told} will go from {counted(clusters, 'cluster')} once this is compiled and adopted."
    files = f"{counted(deleted, 'platform file')} will go from the tree" if deleted else "no file will go from the tree"
    return f"{what}: nothing of a team is there any more; {files} once this is compiled, and {others:,} others change."
