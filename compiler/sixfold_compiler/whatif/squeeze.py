"""Preemption on clusters without enough room: lower priorities lose first, as with PriorityClasses."""

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
    """Fit the admitted load into each cluster's full capacity, including headroom.

    Priorities are served from the highest down: running pods stay if higher priorities leave room, else they are
    preempted; then new pods get the remaining room, else they are pending, because they never preempt pods of their own
    priority. If a priority does not fit, all of its apps lose the same fraction, by the scarcest resource. Lower
    priorities get no room that a higher one waits for.
    """
    fitted = list(pieces)
    levels: dict[str, dict[int, list[int]]] = {}
    for index, piece in enumerate(fitted):
        if piece.asked is not NONE and piece.admitted:
            levels.setdefault(piece.cluster, {}).setdefault(priority.get(piece.tier, 0), []).append(index)
    for cluster, by_level in levels.items():
        taken = Resources()
        for level in sorted(by_level, reverse=True):
            own = by_level[level]
            moving = [fitted[i] for i in own if not fitted[i].settled]
            kept = amount_of(
                (p.before if p.settled else min(p.admitted, p.before), p.pod) for p in map(fitted.__getitem__, own)
            )
            extra = amount_of((max(p.admitted - p.before, NONE), p.pod) for p in moving)
            left = capacity[cluster] - taken
            stays, grows = part_of(left, kept), part_of(left - kept, extra)
            taken += kept + extra
            if stays < 1 or grows < 1:
                for i in own:
                    piece = fitted[i]
                    running = min(piece.admitted, piece.before)
                    preempted, pending = running * (1 - stays), (piece.admitted - running) * (1 - grows)
                    fitted[i] = replace(piece, preempted=preempted, pending=pending)
    return fitted
