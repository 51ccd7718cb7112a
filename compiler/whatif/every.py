"""Every single loss: does one of them break a P0?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic
from compiler.whatif.outcome import NONE, REASONS, Outcome
from compiler.whatif.simulate import cluster_loads, run_cells
from compiler.whatif.site import centers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from fractions import Fraction

    from compiler.fleet import Cell, FleetInput, Target
    from compiler.placement import Demands, Lock, Resources
    from compiler.whatif.outcome import CellOutcome
    from compiler.whatif.scenario import Scenario

__all__ = ["WORDS", "Broken", "Loss", "broken", "every_loss", "loss_problems", "singles"]

WORDS = {
    "maximum": "over the autoscaler's maximum",
    "quota": "over the team's quota",
    "preempted": "preempted",
    "pending": "without room",
    "stopped": "stopped: the only place it ran is lost",
}
_FIXES = {
    "maximum": "raise autoscaling.max",
    "quota": "raise the team's quota",
    "preempted": "add capacity or a cluster, or lower the demand",
    "pending": "add capacity or a cluster, or lower the demand",
    "stopped": "let it run on more than one cluster (more replicas, or spread: every), or give the team more hosts",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A P0 app in a data center that carries less than is asked: by how many pods' worth, and why (see `WORDS`)."""

    cell: Cell
    team: str
    app: str
    pods: Fraction
    refused: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Loss:
    """One single loss: its name (`env/dc/cluster` or `env/dc`), its outcome, and the P0 apps that it breaks."""

    name: str
    outcome: Outcome
    broken: tuple[Broken, ...]


def singles(fleet: FleetInput, *, centers: bool = False, at: str = "") -> dict[str, frozenset[Target]]:
    """What can be lost: each cluster that is not retired, or each data center; below `at` (`env[/dc]`) only."""
    targets = [target for target, cluster in fleet.targets() if cluster.state != "retired"]
    found = {str(t): frozenset({t}) for t in targets}
    if centers:
        found = {str(cell): frozenset(t for t in targets if t.cell == cell) for cell, _ in fleet.cells()}
    return {name: lost for name, lost in found.items() if not at or f"{name}/".startswith(f"{at.strip('/')}/")}


def every_loss(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    scenario: Scenario,
    losses: Mapping[str, frozenset[Target]],
    live: Mapping[Target, Resources] | None = None,
) -> Iterator[Loss]:
    """The outcome of each loss on top of a scenario; the same as `simulate` says of each, without doing all again.

    A loss reaches no further than its environment, and the loss of some clusters of a data center no further than that.
    """
    made = centers_of(fleet, demands, lock, live)
    members = {cell: frozenset(t for t, _ in fleet.targets() if t.cell == cell) for cell in made}
    base = run_cells(made, scenario, made)
    loads = cluster_loads(made, base)
    known = {cell: tuple(_broken(one, "P0")) for cell, one in base.items()}
    for name, lost in losses.items():
        mine = replace(scenario, lost=scenario.lost | lost)
        touched = {t.cell for t in lost}
        if scenario.lost or any(mine.lost >= members[cell] for cell in touched):
            touched = {cell for cell in made if cell.environment in {t.environment for t in mine.lost}}
        again = run_cells(made, mine, touched)
        outcome = Outcome(mine, base | again, loads | cluster_loads(made, again))
        hurt = known | {cell: tuple(_broken(one, "P0")) for cell, one in again.items()}
        yield Loss(name, outcome, tuple(item for items in hurt.values() for item in items))


def broken(outcome: Outcome, tier: str = "P0") -> Iterator[Broken]:
    """The apps of a tier of which a part is not carried, by data center."""
    for center in outcome.cells.values():
        yield from _broken(center, tier)


def _broken(center: CellOutcome, tier: str) -> Iterator[Broken]:
    sums: dict[tuple[str, str], dict[str, Fraction]] = {}
    whole: dict[tuple[str, str], Fraction] = {}
    for piece in center.pieces:
        if piece.tier == tier:
            key = (piece.team, piece.app)
            whole[key] = whole.get(key, NONE) + piece.asked
            if piece.refused:
                into = sums.setdefault(key, {})
                for reason in REASONS[1:]:
                    if amount := getattr(piece, reason):
                        into[reason] = into.get(reason, NONE) + amount
    for stop in center.stops:
        if stop.tier == tier:
            key = (stop.team, stop.app)
            whole[key] = whole.get(key, NONE) + stop.pods
            sums.setdefault(key, {})["stopped"] = stop.pods
    for (team, app), refused in sorted(sums.items()):
        yield Broken(center.cell, team, app, whole[team, app], refused)


def loss_problems(fleet: FleetInput, losses: Iterable[Loss]) -> list[Diagnostic]:
    """SF461 for every P0 app that a loss breaks, with figures."""
    found = []
    for loss in losses:
        for item in loss.broken:
            missing = sum(item.refused.values(), NONE)
            parts = ", ".join(f"{_pods(amount)} {WORDS[reason]}" for reason, amount in item.refused.items())
            text = (
                f"losing {loss.name} breaks {item.team}/{item.app} (P0) in {item.cell}:"
                f" {_pods(missing)} of {_pods(item.pods)} pods' worth of load is not carried ({parts})"
            )
            fix = "; ".join(dict.fromkeys(_FIXES[reason] for reason in item.refused))
            help_text = f"{fix}; `sixfold whatif --lose {loss.name}` shows all"
            found.append(Diagnostic("SF461", text, fleet.span(("teams", item.team)), help_text))
    return sorted(found, key=lambda d: d.sort_key)


def _pods(amount: Fraction) -> str:
    return f"{float(amount):,.0f}" if amount.denominator == 1 or amount >= 100 else f"{float(amount):,.1f}"
