"""Who gives way when a cluster is too small: lower priorities first, as the scheduler does by PriorityClass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif.outcome import NONE, amount_of
from sixfold_compiler.whatif.traffic import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.whatif.outcome import Piece

__all__ = ["squeeze"]


def squeeze(capacity: Mapping[str, Resources], priority: Mapping[str, int], pieces: Iterable[Piece]) -> list[Piece]:
    """Fit what is admitted into each cluster's whole capacity; the headroom is for such days.

    From the highest priority down: what runs already stays where higher priorities leave room for it, else it is
    preempted; then new pods get what is left, else they are pending: they preempt no equals. A level that does not fit
    loses the same part of everything, by the scarcest resource. Which pods it hits is the scheduler's choice.

    A level counts with all that it wants, so lower ones get nothing that a higher one waits for.
    """
    made = list(pieces)
    levels: dict[str, dict[int, list[int]]] = {}
    for index, piece in enumerate(made):
        if piece.asked is not NONE and piece.admitted:
            levels.setdefault(piece.cluster, {}).setdefault(priority.get(piece.tier, 0), []).append(index)
    for cluster, by_level in levels.items():
        taken = Resources()
        for level in sorted(by_level, reverse=True):
            own = by_level[level]
            moving = [made[i] for i in own if not made[i].settled]
            kept = amount_of(
                (p.before if p.settled else min(p.admitted, p.before), p.pod) for p in map(made.__getitem__, own)
            )
            more = amount_of((max(p.admitted - p.before, NONE), p.pod) for p in moving)
            left = capacity[cluster] - taken
            stays, grows = part_of(left, kept), part_of(left - kept, more)
            taken += kept + more
            if stays < 1 or grows < 1:
                for i in own:
                    piece = made[i]
                    running = min(piece.admitted, piece.before)
                    preempted, pending = running * (1 - stays), (piece.admitted - running) * (1 - grows)
                    made[i] = replace(piece, preempted=preempted, pending=pending)
    return made
