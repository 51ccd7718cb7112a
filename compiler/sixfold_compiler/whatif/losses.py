"""Simulate every single loss, to find the losses that break P0 apps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, counted
from sixfold_compiler.model.addresses import is_within
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.whatif.data_centers import data_centers_of
from sixfold_compiler.whatif.outcome import NONE, REASONS, Outcome
from sixfold_compiler.whatif.simulate import cluster_loads, run_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from sixfold_compiler.diagnostics import Span
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.whatif.outcome import CellOutcome
    from sixfold_compiler.whatif.scenario import Scenario

__all__ = [
    "WORDS",
    "Broken",
    "Loss",
    "broken_apps",
    "broken_without_loss",
    "every_loss",
    "loss_problems",
    "single_losses",
]

WORDS = {
    "maximum": "over the autoscaler's maximum",
    "quota": "over the team's quota",
    "preempted": "preempted",
    "pending": "without room",
    "stopped": "stopped, because its only cluster is lost",
}
_FIXES = {
    "maximum": "raise autoscaling.max",
    "quota": "raise the quota of the team",
    "preempted": "add capacity or a cluster, or lower the demand",
    "pending": "add capacity or a cluster, or lower the demand",
    "stopped": "let it run on more than one cluster (more replicas, or spread: every), or give the team more hosts",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A P0 app that cannot carry all of its load in a data center.

    `pods` is its load in pods, and `refused` the part that is not carried, by reason (see `WORDS`).
    """

    cell: Cell
    team: str
    app: str
    pods: Fraction
    refused: Mapping[str, Fraction]

    @property
    def missing(self) -> Fraction:
        """The load that is not carried, over all reasons, in pods."""
        return sum(self.refused.values(), NONE)

    @property
    def text(self) -> str:
        """A sentence such as `1.4 of 100 pods' worth of load is not carried (1.4 without room)`."""
        parts = ", ".join(f"{_pods(amount)} {WORDS[reason]}" for reason, amount in self.refused.items())
        return f"{_pods(self.missing)} of {_pods(self.pods)} pods' worth of load is not carried ({parts})"


@dataclass(frozen=True, slots=True)
class Loss:
    """A lost cluster (`env/dc/cluster`) or data center (`env/dc`), the outcome, and the P0 apps that are broken then.

    `without` are the P0 apps that the scenario breaks even without the loss; they are equal for all losses.
    """

    name: str
    outcome: Outcome
    broken: tuple[Broken, ...]
    without: tuple[Broken, ...]

    @property
    def caused(self) -> tuple[Broken, ...]:
        """The apps that carry less load than without the loss."""
        missing = {(b.cell, b.team, b.app): b.missing for b in self.without}
        return tuple(b for b in self.broken if b.missing > missing.get((b.cell, b.team, b.app), NONE))


def single_losses(fleet: FleetInput, *, centers: bool = False, at: str = "") -> dict[str, frozenset[Target]]:
    """Return the single losses in `at` (`env[/dc]`): each cluster that is not retired or, with `centers`, each cell."""
    targets = [target for target, cluster in fleet.targets() if cluster.state != "retired"]
    losses = {str(t): frozenset({t}) for t in targets}
    if centers:
        losses = {str(cell): frozenset(t for t in targets if t.cell == cell) for cell, _ in fleet.cells()}
    return {name: lost for name, lost in losses.items() if is_within(name, at)}


def every_loss(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    scenario: Scenario,
    losses: Mapping[str, frozenset[Target]],
    live: Mapping[Target, Resources] | None = None,
) -> Iterator[Loss]:
    """Yield the outcome of each loss on top of a scenario. Only the parts that a loss changes are simulated again.

    A loss affects only its environment; the loss of some clusters of a data center affects only that data center.
    """
    data_centers = data_centers_of(fleet, demands, lock, live)
    members = {cell: frozenset(t for t, _ in fleet.targets() if t.cell == cell) for cell in data_centers}
    base = run_cells(data_centers, scenario, data_centers)
    loads = cluster_loads(data_centers, base)
    broken = {cell: tuple(_broken(outcome)) for cell, outcome in base.items()}
    without = tuple(item for items in broken.values() for item in items)
    for name, lost in losses.items():
        mine = replace(scenario, lost=scenario.lost | lost)
        touched = {t.cell for t in lost}
        if scenario.lost or any(mine.lost >= members[cell] for cell in touched):
            touched = {cell for cell in data_centers if cell.environment in {t.environment for t in mine.lost}}
        again = run_cells(data_centers, mine, touched)
        outcome = Outcome(mine, base | again, loads | cluster_loads(data_centers, again))
        combined = broken | {cell: tuple(_broken(changed)) for cell, changed in again.items()}
        yield Loss(name, outcome, tuple(item for items in combined.values() for item in items), without)


def broken_apps(outcome: Outcome) -> Iterator[Broken]:
    """Yield the apps of the highest tier that cannot carry all of their load, by data center."""
    for center in outcome.cells.values():
        yield from _broken(center)


def _broken(center: CellOutcome) -> Iterator[Broken]:
    sums: dict[tuple[str, str], dict[str, Fraction]] = {}
    asked: dict[tuple[str, str], Fraction] = {}
    for piece in center.pieces:
        if piece.tier == TIERS[0]:
            key = (piece.team, piece.app)
            asked[key] = asked.get(key, NONE) + piece.asked
            if piece.refused:
                into = sums.setdefault(key, {})
                for reason in REASONS[1:]:
                    if amount := getattr(piece, reason):
                        into[reason] = into.get(reason, NONE) + amount
    for stop in center.stops:
        if stop.tier == TIERS[0]:
            key = (stop.team, stop.app)
            asked[key] = asked.get(key, NONE) + stop.pods
            sums.setdefault(key, {})["stopped"] = stop.pods
    for (team, app), refused in sorted(sums.items()):
        yield Broken(center.cell, team, app, asked[team, app], refused)


def broken_without_loss(losses: Sequence[Loss], at: str = "") -> list[Broken]:
    """Return the P0 apps in `at` (`env[/dc]`) that the scenario breaks even without any of these losses."""
    start = f"{at.strip('/')}/"
    return [b for b in (losses[0].without if losses else ()) if not at or f"{b.cell}/".startswith(start)]


def loss_problems(
    losses: Sequence[Loss], span: Callable[[Broken], Span | None], scenario: Scenario, at: str = ""
) -> list[Diagnostic]:
    """Return an SF461 for each P0 app that a loss breaks, with its worst loss, and an SF462 for each other broken one.

    Args:
        losses: The simulated losses.
        span: Returns the source position for a finding about an app.
        scenario: The scenario on which the losses were simulated; SF462 reports apps that it breaks alone.
        at: `env[/dc]`: SF462 reports only apps in it; empty: all.
    """
    options = _options(scenario)
    hits_by_app: dict[tuple[str, str], list[tuple[Loss, Broken]]] = {}
    for loss in losses:
        for item in loss.caused:
            hits_by_app.setdefault((item.team, item.app), []).append((loss, item))
    problems = []
    before = broken_without_loss(losses, at)
    short = {(b.cell, b.team, b.app): b.missing for b in broken_without_loss(losses)}

    def caused(hit: tuple[Loss, Broken]) -> Fraction:
        return hit[1].missing - short.get((hit[1].cell, hit[1].team, hit[1].app), NONE)

    for hits in hits_by_app.values():
        loss, worst = max(hits, key=caused)
        text = f"the loss of {loss.name} breaks {worst.team}/{worst.app} (P0) in {worst.cell}: {worst.text}"
        if own := short.get((worst.cell, worst.team, worst.app)):
            text += f", {_pods(own)} of them even without this loss"
        if others := len({hit[0].name for hit in hits}) - 1:
            text += f"; {counted(others, 'other loss', 'other losses')} would break it too"
        problems.append(Diagnostic("SF461", text, span(worst), _help(worst, f"--lose {loss.name}{options}")))
    cause = "the loss of " + ", ".join(sorted(map(str, scenario.lost))) if scenario.lost else "the load alone"
    apps: dict[tuple[str, str], list[Broken]] = {}
    for item in before:
        apps.setdefault((item.team, item.app), []).append(item)
    for places in apps.values():
        worst = max(places, key=lambda b: b.missing)
        text = f"{cause} breaks {worst.team}/{worst.app} (P0) in {worst.cell}, without any further loss: {worst.text}"
        if len(places) > 1:
            text += f"; and in {', '.join(str(b.cell) for b in places if b is not worst)}"
        lost = "".join(f" --lose {target}" for target in sorted(scenario.lost))
        question = f"{lost}{options} --at {worst.cell}".strip()
        problems.append(Diagnostic("SF462", text, span(worst), _help(worst, question)))
    return sorted(problems, key=lambda d: d.sort_key)


def _help(item: Broken, question: str) -> str:
    fix = "; ".join(dict.fromkeys(_FIXES[reason] for reason in item.refused))
    return f"{fix}; `sixfold whatif {question}` shows all figures"


def _options(scenario: Scenario) -> str:
    """Return the options of `sixfold whatif` that give the load of a scenario."""
    load = "" if scenario.load == 1 else f" --load {_decimal(scenario.load)}"
    return load + "".join(f" --team-load {team}={_decimal(f)}" for team, f in sorted(scenario.teams.items()))


def _decimal(factor: Fraction) -> str:
    return f"{float(factor):.9f}".rstrip("0").rstrip(".")


def _pods(amount: Fraction) -> str:
    return f"{float(amount):,.0f}" if amount.denominator == 1 or amount >= 100 else f"{float(amount):,.1f}"
