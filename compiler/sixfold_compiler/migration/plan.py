"""Plan a drain or an evacuation: the function that computes its next step, and the reasons not to begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.migration import drain, evacuate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.choices import Choices
    from sixfold_compiler.migration.step import Step
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.placement import Demands, Lock

__all__ = ["MigrationPlan", "plan_drain", "plan_evacuation"]


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """A planned drain of a cluster, or evacuation of a data center.

    Attributes:
        title: The title, such as `Drain prod/dc1/dc1-a`.
        cell: The data center.
        only: The part of the tree that the steps change, as for `--only`.
        next_step: Returns the step that follows a lock, or None at the end.
        staying: Returns the teams that stay when a lock is reached, each with the reason.
        refusals: The findings that prevent the first step.
    """

    title: str
    cell: Cell
    only: str
    next_step: Callable[[Lock], Step | None]
    staying: Callable[[Lock], dict[str, str]]
    refusals: tuple[Diagnostic, ...]


def plan_drain(fleet: FleetInput, demands: Demands, target: Target, choices: Choices, today: date) -> MigrationPlan:
    """Plan the drain of a cluster, with an SF448 in the plan if the cluster is not draining in the fleet."""
    cell = target.cell
    cluster = fleet.model.cluster(target)
    refusals: tuple[Diagnostic, ...] = ()
    if cluster.state != "draining":
        text = f"{target} is {cluster.state}, so `sixfold place` would assign teams to it again"
        hint = "set its state to draining in the fleet, and commit that first"
        refusals = (Diagnostic("SF448", text, fleet.span(target.value_path), hint),)
    return MigrationPlan(
        f"Drain {target}",
        cell,
        str(cell),
        lambda lock: drain.next_step(fleet, demands, lock, target, choices, today),
        lambda lock: dict.fromkeys(drain.staying(demands, lock, target, choices), "its volumes are there"),
        refusals,
    )


def plan_evacuation(fleet: FleetInput, demands: Demands, cell: Cell, choices: Choices, today: date) -> MigrationPlan:
    """Plan the evacuation of a data center, with an SF448 in the plan if a cluster there accepts teams."""
    refusals: tuple[Diagnostic, ...] = ()
    if not fleet.takes_nobody(cell):
        text = f"{cell} has clusters that accept teams, so `sixfold place` would assign teams to them again"
        hint = "set the state of each to draining in the fleet, and commit that first"
        refusals = (Diagnostic("SF448", text, fleet.span(cell.value_path), hint),)
    return MigrationPlan(
        f"Evacuate {cell}",
        cell,
        cell.environment,
        lambda lock: evacuate.next_evacuation(fleet, demands, lock, cell, choices, today),
        lambda lock: evacuate.staying(fleet, demands, lock, cell, choices, today),
        refusals,
    )
