"""Output of `sixfold retire`: the deletions that will follow, and the next steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sixfold_compiler.guard import Drop

__all__ = ["deletions_text", "next_text"]


def next_text(steps: Sequence[str]) -> str:
    """Return the next steps as text: one step as a sentence, several as a numbered list."""
    if len(steps) == 1:
        return f"Next: {steps[0]}."
    return "\n".join(["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])


def deletions_text(name: str, drops: Collection[Drop], deleted: int, others: int) -> str:
    """Return the deletions that follow once a retirement is compiled and adopted.

    Args:
        name: The retired thing, such as `app ads/banner`.
        drops: The deletions of teams; empty for an empty cluster.
        deleted: The number of files that are deleted from the tree.
        others: The number of files of the tree that change.
    """
    counts = (
        (sum(drop.applications for drop in drops), "Application"),
        (sum(drop.overlays for drop in drops), "overlay"),
        (sum(drop.objects for drop in drops), "object"),
    )
    clusters = len({drop.cluster_key for drop in drops if drop.cluster})
    if kinds := ", ".join(counted(number, noun) for number, noun in counts if number):
        place = counted(clusters, "cluster")
        return f"{name}: {kinds} will be deleted from {place} when this is compiled and adopted."
    files = counted(deleted, "platform file") if deleted else "no file"
    change = f"deletes {files} from the tree, and changes {others:,} others"
    return f"{name}: no team has anything there any more; compiling this {change}."
