"""The schedule of a drain or an evacuation: all steps in order, computed without writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.step import Step
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.placement.utilization import Utilization

__all__ = ["MoveSchedule", "compute_schedule", "headroom_of"]

MAX_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class MoveSchedule:
    """All steps that follow a lock, the loads of the clusters after each step, and the findings that stop it early."""

    steps: tuple[Step, ...]
    loads: tuple[Mapping[Target, Utilization], ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def compute_schedule(
    fleet: FleetInput, demands: Demands, lock: Lock, next_step: Callable[[Lock], Step | None]
) -> MoveSchedule:
    """Compute all steps that follow a lock.

    Args:
        fleet: The fleet.
        demands: The pods that the apps request.
        lock: The lock before the first step.
        next_step: Returns the step that follows a lock, or None at the end.
    """
    steps: list[Step] = []
    loads: list[Mapping[Target, Utilization]] = []
    try:
        while len(steps) < MAX_STEPS and (step := next_step(lock)) is not None:
            steps.append(step)
            lock = step.lock
            loads.append(utilization_of(fleet, demands, lock))
    except DiagnosticError as error:
        return MoveSchedule(tuple(steps), tuple(loads), tuple(error.diagnostics))
    return MoveSchedule(tuple(steps), tuple(loads))


def headroom_of(loads: Mapping[Target, Utilization]) -> tuple[float, Target | None]:
    """Return the smallest headroom of the clusters that run P0, and the cluster that has it.

    Headroom is the free fraction of the cluster's room in its scarcest resource: 1.0 if empty, negative if overfilled.
    If no cluster runs P0, return 1.0 and None.
    """
    headrooms: list[tuple[float, Target | None]] = [(1.0, None)]
    for target, load in loads.items():
        if load.used.get(TIERS[0]):
            pairs = (
                (load.free.cpu, load.room.cpu),
                (load.free.memory, load.room.memory),
                (load.free.pods, load.room.pods),
            )
            headrooms.append((min(free / room if room else 0.0 for free, room in pairs), target))
    return min(headrooms, key=lambda pair: (pair[0], str(pair[1])))
