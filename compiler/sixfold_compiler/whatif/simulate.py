"""One scenario over the whole fleet."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.whatif.data_centers import centers_of
from sixfold_compiler.whatif.outcome import NONE, CellOutcome, ClusterLoad, Outcome, amount_of
from sixfold_compiler.whatif.squeeze import squeeze
from sixfold_compiler.whatif.traffic import admit, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.whatif.data_centers import Center
    from sixfold_compiler.whatif.outcome import Piece
    from sixfold_compiler.whatif.scenario import Scenario

__all__ = ["cluster_loads", "run_cell", "run_cells", "simulate"]

Extra = dict[tuple[str, str], Fraction]  # load by team and app, in pods


def simulate(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    scenario: Scenario,
    live: Mapping[Target, Resources] | None = None,
) -> Outcome:
    """What would happen. A pure function: the same arguments, the same outcome.

    What a surviving host carries is its weight's share of the whole, up to the app's maximum and the team's quota
    there. When a whole data center is lost, what it carried goes to the environment's other data centers that run the
    app, in proportion to what they have of it; elsewhere traffic stays in its data center.

    Args:
        fleet: The fleet.
        demands: What the apps ask for at load 1: requested replicas, or the most that an autoscaler may make.
        lock: Where everything is, and with what weight.
        scenario: What is lost, and the factors on the load.
        live: Capacity as it was read from clusters, in place of the fleet's.
    """
    centers = centers_of(fleet, demands, lock, live)
    cells = run_cells(centers, scenario, centers)
    return Outcome(scenario, cells, cluster_loads(centers, cells))


def run_cells(centers: Mapping[Cell, Center], scenario: Scenario, which: Iterable[Cell]) -> dict[Cell, CellOutcome]:
    """Some of the data centers under a scenario, together with those that lost ones hand on to."""
    lost: dict[Cell, set[str]] = {}
    for target in scenario.lost:
        lost.setdefault(target.cell, set()).add(target.cluster)
    done = {}
    extra: dict[Cell, Extra] = {}
    chosen = sorted(which)
    for cell in chosen:
        gone = frozenset(lost.get(cell, ()))
        if gone.issuperset(centers[cell].capacity):
            done[cell] = _handed_on(run_cell(centers[cell], gone, scenario.factor, {}), centers, lost, extra)
    for cell in chosen:
        if cell not in done:
            gone = frozenset(lost.get(cell, ()))
            done[cell] = run_cell(centers[cell], gone, scenario.factor, extra.get(cell, {}))
    return {cell: done[cell] for cell in chosen}


def run_cell(
    center: Center, lost: frozenset[str], factor: Callable[[str], Fraction], extra: Mapping[tuple[str, str], Fraction]
) -> CellOutcome:
    """One data center: where its traffic goes, what may grow, what finds room."""
    pieces, stops = asked(center, lost, factor, extra)
    fitted = squeeze(center.capacity, center.priority, admit(center, pieces))
    return CellOutcome(center.cell, lost, tuple(fitted), tuple(stops))


def _handed_on(
    outcome: CellOutcome, centers: Mapping[Cell, Center], lost: Mapping[Cell, set[str]], extra: dict[Cell, Extra]
) -> CellOutcome:
    """A lost data center without the stops whose load others take over, which is added to `extra`."""
    takers: dict[tuple[str, str], list[tuple[Cell, int]]] = {}
    copies: set[tuple[str, str]] = set()
    for cell, center in centers.items():
        if cell.environment != outcome.cell.environment or cell == outcome.cell:
            continue
        gone = lost.get(cell, ())
        copies |= {
            (m.team, m.app.app)
            for m in center.members
            if m.app.spread in ("every", "node") and any(h.cluster not in gone for h in m.hosts)
        }
        for m in center.members:
            if m.app.spread == "share" and m.app.pods and any(h.weight and h.cluster not in gone for h in m.hosts):
                takers.setdefault((m.team, m.app.app), []).append((cell, m.app.pods))
    stops = []
    for stop in outcome.stops:
        key = (stop.team, stop.app)
        if stop.spread in ("every", "node") and key in copies:
            continue  # a full copy serves its own cluster: the others have theirs
        if stop.spread != "share" or key not in takers:
            stops.append(stop)
            continue
        whole = sum(pods for _, pods in takers[key])
        for cell, pods in takers[key]:
            into = extra.setdefault(cell, {})
            into[key] = into.get(key, Fraction(0)) + stop.pods * pods / whole
    return CellOutcome(outcome.cell, outcome.lost, outcome.pieces, tuple(stops))


def cluster_loads(centers: Mapping[Cell, Center], cells: Mapping[Cell, CellOutcome]) -> dict[Target, ClusterLoad]:
    """The load of every cluster of these data centers."""
    loads = {}
    for cell, outcome in cells.items():
        center = centers[cell]
        own: dict[str, list[Piece]] = {}
        for piece in outcome.pieces:
            own.setdefault(piece.cluster, []).append(piece)
        for name, capacity in center.capacity.items():
            there = own.get(name, [])
            loads[Target(cell.environment, cell.data_center, name)] = ClusterLoad(
                capacity,
                center.room[name],
                name in outcome.lost,
                _by_tier(there, lambda p: p.before),
                _by_tier(there, lambda p: p.running),
                _by_tier(there, lambda p: p.preempted),
                _by_tier(there, lambda p: p.pending),
                _by_tier(there, lambda p: p.quota if p.maximum is NONE else p.maximum + p.quota),
                _by_tier(there, lambda p: p.fixed),
            )
    return loads


def _by_tier(pieces: Iterable[Piece], pods: Callable[[Piece], Fraction]) -> dict[str, Resources]:
    parts: dict[str, list[tuple[Fraction, Resources]]] = {}
    for piece in pieces:
        if (amount := pods(piece)) is not NONE and amount:
            parts.setdefault(piece.tier, []).append((amount, piece.pod))
    return {tier: amount_of(parts[tier]) for tier in sorted(parts)}
