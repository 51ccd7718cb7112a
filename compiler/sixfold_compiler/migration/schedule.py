"""A whole walk, step by step, as a plan: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.placement import utilization_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.step import Step
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.placement import Demands, Lock, Utilization

__all__ = ["Walk", "headroom_of", "walk"]

LONGEST = 100_000  # steps


@dataclass(frozen=True, slots=True)
class Walk:
    """Every step from a lock on, the loads after each, and what stops it before its end, if anything does."""

    steps: tuple[Step, ...]
    loads: tuple[Mapping[Target, Utilization], ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def walk(fleet: FleetInput, demands: Demands, lock: Lock, following: Callable[[Lock], Step | None]) -> Walk:
    """Follow `following`, which gives the step after a lock, to the end."""
    steps: list[Step] = []
    loads: list[Mapping[Target, Utilization]] = []
    try:
        while len(steps) < LONGEST and (step := following(lock)) is not None:
            steps.append(step)
            lock = step.lock
            loads.append(utilization_of(fleet, demands, lock))
    except DiagnosticError as error:
        return Walk(tuple(steps), tuple(loads), tuple(error.diagnostics))
    return Walk(tuple(steps), tuple(loads))


def headroom_of(loads: Mapping[Target, Utilization]) -> tuple[float, Target | None]:
    """The smallest part of its room that a cluster with P0 has left, and that cluster; 1.0 and None without P0."""
    found: list[tuple[float, Target | None]] = [(1.0, None)]
    for target, load in loads.items():
        if load.used.get("P0"):
            pairs = (
                (load.free.cpu, load.room.cpu),
                (load.free.memory, load.room.memory),
                (load.free.pods, load.room.pods),
            )
            found.append((min(free / room if room else 0.0 for free, room in pairs), target))
    return min(found, key=lambda pair: (pair[0], str(pair[1])))
