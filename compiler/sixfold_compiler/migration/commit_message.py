"""The commit message of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import listed

if TYPE_CHECKING:
    from sixfold_compiler.migration.step import Step

__all__ = ["commit_message"]

NAMED = 3  # teams in the subject


def commit_message(step: Step, title: str, tombstones: str) -> str:
    """Return the commit message of a step: its stage and teams, the hosts before and after each move, and the reasons.

    Args:
        step: The step.
        title: The title of the drain or evacuation, such as `Drain prod/dc1/dc1-a`.
        tombstones: The path of the file with the tombstones that the step needs.
    """
    lines = [f"{title}: {step.stage} {listed(step.teams, NAMED)}", ""]
    for move in step.moves:
        before, after = (" ".join(f"{h.cluster}:{h.weight}" for h in row) or "-" for row in (move.before, move.after))
        lines.append(f"{move.cell} {move.team}: {before} > {after} ({move.why})")
        lines += [f"  {move.team}/{app}: {old or 'nowhere'} > {new or 'stopped'}" for app, old, new in move.homes]
    if step.tombstones:
        lines += ["", f"{tombstones} approves the deletions of this step."]
    return "\n".join(lines)
