"""Every single loss: does one of them break a P0?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, counted
from sixfold_compiler.whatif.data_centers import centers_of
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

__all__ = ["WORDS", "Broken", "Loss", "already", "broken", "every_loss", "loss_problems", "singles"]

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

    @property
    def missing(self) -> Fraction:
        """How many pods' worth are not carried, for whatever reason."""
        return sum(self.refused.values(), NONE)

    @property
    def told(self) -> str:
        """`1.4 of 100 pods' worth of load is not carried (1.4 without room)`."""
        parts = ", ".join(f"{_pods(amount)} {WORDS[reason]}" for reason, amount in self.refused.items())
        return f"{_pods(self.missing)} of {_pods(self.pods)} pods' worth of load is not carried ({parts})"


@dataclass(frozen=True, slots=True)
class Loss:
    """One single loss: its name (`env/dc/cluster` or `env/dc`), its outcome, and the P0 apps that are broken then.

    `without` are those that the scenario breaks without the loss: the same for every loss of a scenario.
    """

    name: str
    outcome: Outcome
    broken: tuple[Broken, ...]
    without: tuple[Broken, ...] = ()

    @property
    def caused(self) -> tuple[Broken, ...]:
        """What the loss itself breaks: apps of which more is missing than without it."""
        missing = {(b.cell, b.team, b.app): b.missing for b in self.without}
        return tuple(b for b in self.broken if b.missing > missing.get((b.cell, b.team, b.app), NONE))


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
    without = tuple(item for items in known.values() for item in items)
    for name, lost in losses.items():
        mine = replace(scenario, lost=scenario.lost | lost)
        touched = {t.cell for t in lost}
        if scenario.lost or any(mine.lost >= members[cell] for cell in touched):
            touched = {cell for cell in made if cell.environment in {t.environment for t in mine.lost}}
        again = run_cells(made, mine, touched)
        outcome = Outcome(mine, base | again, loads | cluster_loads(made, again))
        hurt = known | {cell: tuple(_broken(one, "P0")) for cell, one in again.items()}
        yield Loss(name, outcome, tuple(item for items in hurt.values() for item in items), without)


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


def already(losses: Sequence[Loss], at: str = "") -> list[Broken]:
    """The P0 apps that the scenario breaks without any of these losses; below `at` (`env[/dc]`) only."""
    start = f"{at.strip('/')}/"
    return [b for b in (losses[0].without if losses else ()) if not at or f"{b.cell}/".startswith(start)]


def loss_problems(
    losses: Sequence[Loss], span: Callable[[Broken], Span | None], scenario: Scenario, at: str = ""
) -> list[Diagnostic]:
    """What breaks a P0: SF461 for every app that losses break, with the worst of them, and SF462 for every other one.

    Args:
        losses: The losses that were tried.
        span: Where to look at what is broken.
        scenario: What there is beside them: what it breaks alone is told as its own, once (SF462).
        at: `env[/dc]`, where that is told of.
    """
    asked = _options(scenario)
    found: dict[tuple[str, str], list[tuple[Loss, Broken]]] = {}
    for loss in losses:
        for item in loss.caused:
            found.setdefault((item.team, item.app), []).append((loss, item))
    problems = []
    before = already(losses, at)
    short = {(b.cell, b.team, b.app): b.missing for b in already(losses)}

    def more(hit: tuple[Loss, Broken]) -> Fraction:
        return hit[1].missing - short.get((hit[1].cell, hit[1].team, hit[1].app), NONE)

    for hits in found.values():
        loss, worst = max(hits, key=more)
        text = f"losing {loss.name} breaks {worst.team}/{worst.app} (P0) in {worst.cell}: {worst.told}"
        if own := short.get((worst.cell, worst.team, worst.app)):
            text += f", {_pods(own)} of it without this loss"
        if others := len({hit[0].name for hit in hits}) - 1:
            text += f"; and with {counted(others, 'other loss', 'other losses')}"
        problems.append(Diagnostic("SF461", text, span(worst), _help(worst, f"--lose {loss.name}{asked}")))
    cause = "losing " + ", ".join(sorted(map(str, scenario.lost))) if scenario.lost else "the load alone"
    apps: dict[tuple[str, str], list[Broken]] = {}
    for item in before:
        apps.setdefault((item.team, item.app), []).append(item)
    for places in apps.values():
        worst = max(places, key=lambda b: b.missing)
        text = f"{cause} breaks {worst.team}/{worst.app} (P0) in {worst.cell}, whatever else is lost: {worst.told}"
        if len(places) > 1:
            text += f"; and in {', '.join(str(b.cell) for b in places if b is not worst)}"
        lost = "".join(f" --lose {target}" for target in sorted(scenario.lost))
        question = f"{lost}{asked} --at {worst.cell}".strip()
        problems.append(Diagnostic("SF462", text, span(worst), _help(worst, question)))
    return sorted(problems, key=lambda d: d.sort_key)


def _help(item: Broken, question: str) -> str:
    fix = "; ".join(dict.fromkeys(_FIXES[reason] for reason in item.refused))
    return f"{fix}; `sixfold whatif {question}` shows all"


def _options(scenario: Scenario) -> str:
    """The load of a scenario, as options of the command."""
    load = "" if scenario.load == 1 else f" --load {_decimal(scenario.load)}"
    return load + "".join(f" --team-load {team}={_decimal(f)}" for team, f in sorted(scenario.teams.items()))


def _decimal(factor: Fraction) -> str:
    return f"{float(factor):.9f}".rstrip("0").rstrip(".")


def _pods(amount: Fraction) -> str:
    return f"{float(amount):,.0f}" if amount.denominator == 1 or amount >= 100 else f"{float(amount):,.1f}"
