"""The message of a step's commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_compiler.migration.step import Step

__all__ = ["message_of"]


def message_of(step: Step, what: str, stones: str) -> str:
    """A commit message: what moves, from which weights to which, and why.

    Args:
        step: The step.
        what: The walk, as its first words.
        stones: The path of the file with the tombstones that the step needs.
    """
    names = ", ".join(step.teams[:3]) + (f" and {len(step.teams) - 3} more" if len(step.teams) > 3 else "")
    lines = [f"{what}: {step.stage} {names}", ""]
    for move in step.moves:
        before, after = (" ".join(f"{h.cluster}:{h.weight}" for h in row) or "-" for row in (move.before, move.after))
        lines.append(f"{move.cell} {move.team}: {before} > {after} ({move.why})")
        lines += [f"  {move.team}/{app}: {was or 'nowhere'} > {now or 'stopped'}" for app, was, now in move.homes]
    if step.stones:
        lines += ["", f"{stones} approves what vanishes by this."]
    return "\n".join(lines)
