"""What would happen: every app's part on every cluster, and the sums that people look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from sixfold_compiler.model.quantities import Resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.whatif.scenario import Scenario

__all__ = ["REASONS", "CellOutcome", "ClusterLoad", "Outcome", "Piece", "Stop", "TeamLoad", "amount_of"]

NONE = Fraction(0)
# Why load is not carried where its traffic goes, in the order in which it is taken off.
REASONS = ("fixed", "maximum", "quota", "preempted", "pending")
_RESOURCES = ("cpu", "memory", "pods")


@dataclass(frozen=True, slots=True)
class Piece:
    """An app on one cluster. Numbers are pods, exactly; part of a pod is load for a part of a pod.

    Attributes:
        before: What it has there without a loss, at load 1.
        asked: What the traffic that comes there asks for; nothing on a lost cluster.
        fixed: Over a number of replicas that does not grow: the pods that are there carry more each.
        maximum: Over the autoscaler's maximum there.
        quota: Over what the team's quota there admits.
        preempted: Ran there before, and makes room for a higher tier.
        pending: Would be new there, and finds no room.
    """

    team: str
    app: str
    tier: str
    spread: str
    cluster: str
    pod: Resources
    before: Fraction
    asked: Fraction
    fixed: Fraction = NONE
    maximum: Fraction = NONE
    quota: Fraction = NONE
    preempted: Fraction = NONE
    pending: Fraction = NONE

    @property
    def admitted(self) -> Fraction:
        """What is left for the scheduler to find room for."""
        total = self.asked
        for part in (self.fixed, self.maximum, self.quota):
            if part is not NONE:  # nearly always it is: arithmetic with fractions is slow
                total -= part
        return total

    @property
    def running(self) -> Fraction:
        """What is carried there."""
        total = self.admitted
        for part in (self.preempted, self.pending):
            if part is not NONE:
                total -= part
        return total

    @property
    def refused(self) -> Fraction:
        """What is not carried although its pods would be needed; pods of a fixed number just carry more each."""
        return sum((p for p in (self.maximum, self.quota, self.preempted, self.pending) if p is not NONE), NONE)

    @property
    def settled(self) -> bool:
        """Whether just what ran before is asked, and nothing stands in its way so far."""
        return self.asked is self.before and self.fixed is self.maximum is self.quota is NONE


@dataclass(frozen=True, slots=True)
class Stop:
    """An app that no cluster of the data center runs any more.

    `pods` is the load that is left without a pod; `claims` when its data was on the lost cluster.
    """

    team: str
    app: str
    tier: str
    spread: str
    cluster: str
    pod: Resources
    pods: Fraction
    claims: bool = False


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """One data center. What other data centers take over of a lost one is in their pieces, and not among its stops."""

    cell: Cell
    lost: frozenset[str]
    pieces: tuple[Piece, ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class ClusterLoad:
    """One cluster before and after. Amounts go by tier of the app.

    `before` is at load 1 without a loss; `after` runs. `preempted`, `pending`, `over` (maximum and quota) are not
    carried there; `fixed` is carried by the pods that are there.
    """

    capacity: Resources
    room: Resources
    lost: bool
    before: Mapping[str, Resources]
    after: Mapping[str, Resources]
    preempted: Mapping[str, Resources] = field(default_factory=dict)
    pending: Mapping[str, Resources] = field(default_factory=dict)
    over: Mapping[str, Resources] = field(default_factory=dict)
    fixed: Mapping[str, Resources] = field(default_factory=dict)

    def total(self, which: str) -> Resources:
        """All tiers of one of the amounts, by its name."""
        return sum(getattr(self, which).values(), Resources())

    def fullness(self, which: str = "after") -> float:
        """The fullest resource's part of the capacity (1.0: all of it)."""
        total = self.total(which)
        return max(
            used / most if most else float(bool(used))
            for used, most in ((getattr(total, r), getattr(self.capacity, r)) for r in _RESOURCES)
        )


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """A team in a data center, summed over its clusters: what it had, what is asked, what runs, what does not and why.

    `refused` goes by the names of `REASONS`, and `stopped`; in exact pods.
    """

    cell: Cell
    team: str
    tier: str
    before: Resources
    asked: Resources
    running: Resources
    refused: Mapping[str, Fraction]
    pods: Fraction  # asked, exactly


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole fleet under one scenario."""

    scenario: Scenario
    cells: Mapping[Cell, CellOutcome]
    clusters: Mapping[Target, ClusterLoad]

    @property
    def changed(self) -> set[Cell]:
        """The data centers where something is lost, stops, is refused or carries more or less than before."""
        return {
            cell
            for cell, one in self.cells.items()
            if one.lost or one.stops or any(p.asked != p.before or p.refused for p in one.pieces)
        }

    def within(self, place: str) -> Outcome:
        """Only what is at a place: `env` or `env/dc`."""
        start = f"{place.strip('/')}/"
        return Outcome(
            self.scenario,
            {cell: one for cell, one in self.cells.items() if f"{cell}/".startswith(start)},
            {target: load for target, load in self.clusters.items() if f"{target.cell}/".startswith(start)},
        )

    def stops(self) -> Iterator[tuple[Cell, Stop]]:
        """Every app that stops in a data center."""
        for cell, outcome in self.cells.items():
            for stop in outcome.stops:
                yield cell, stop

    def teams(self) -> list[TeamLoad]:
        """Every team in every data center."""
        return [load for outcome in self.cells.values() for load in _teams(outcome)]


def amount_of(parts: Iterable[tuple[Fraction, Resources]]) -> Resources:
    """The sum of (pods, a pod), rounded up once at the end: exact sums do not depend on order."""
    sums: dict[int, list[int]] = {}  # by denominator, of which there are few: adding fractions one by one is slow
    for pods, pod in parts:
        number = pods.numerator
        if number:
            into = sums.setdefault(pods.denominator, [0, 0, 0])
            into[0] += number * pod.cpu
            into[1] += number * pod.memory
            into[2] += number * pod.pods
    cpu, memory, count = (sum((Fraction(v[i], d) for d, v in sums.items()), NONE) for i in range(3))
    return Resources(-(-cpu // 1), -(-memory // 1), -(-count // 1))


def _teams(outcome: CellOutcome) -> Iterator[TeamLoad]:
    pieces: dict[str, list[Piece]] = {}
    stops: dict[str, list[Stop]] = {}
    for piece in outcome.pieces:
        pieces.setdefault(piece.team, []).append(piece)
    for stop in outcome.stops:
        stops.setdefault(stop.team, []).append(stop)
    for team in sorted({*pieces, *stops}):
        own, gone = pieces.get(team, []), stops.get(team, [])
        refused = {name: total for name in REASONS if (total := sum((getattr(p, name) for p in own), NONE))}
        if stopped := sum((s.pods for s in gone), NONE):
            refused["stopped"] = stopped
        yield TeamLoad(
            outcome.cell,
            team,
            min([*(p.tier for p in own), *(s.tier for s in gone)]),
            amount_of((p.before, p.pod) for p in own),
            amount_of([*((p.asked, p.pod) for p in own), *((s.pods, s.pod) for s in gone)]),
            amount_of((p.running, p.pod) for p in own),
            refused,
            sum((p.asked for p in own), NONE) + stopped,
        )
