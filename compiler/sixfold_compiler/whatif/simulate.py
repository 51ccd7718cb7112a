"""Simulate one scenario for a fleet."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.whatif.data_centers import data_centers_of
from sixfold_compiler.whatif.outcome import NONE, CellOutcome, ClusterLoad, Outcome, amount_of
from sixfold_compiler.whatif.squeeze import squeeze
from sixfold_compiler.whatif.traffic import admit, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.whatif.data_centers import DataCenterCapacity
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
    """Simulate a scenario. The same arguments give the same outcome.

    A surviving host carries load in proportion to its weight, up to the app's maximum and the team's quota there. The
    load of a completely lost data center goes to the environment's other data centers that run the app, in proportion
    to their pods; any other load stays in its data center.

    Args:
        fleet: The fleet.
        demands: The demands of apps at load 1: replicas, or the autoscaler's maximum.
        lock: The placements.
        scenario: The lost clusters and the factors on the load.
        live: Capacities that were read from live clusters; they replace the fleet's.
    """
    data_centers = data_centers_of(fleet, demands, lock, live)
    cells = run_cells(data_centers, scenario, data_centers)
    return Outcome(scenario, cells, cluster_loads(data_centers, cells))


def run_cells(
    data_centers: Mapping[Cell, DataCenterCapacity], scenario: Scenario, which: Iterable[Cell]
) -> dict[Cell, CellOutcome]:
    """Simulate some data centers under a scenario. The load of lost data centers goes to the others among them."""
    lost: dict[Cell, set[str]] = {}
    for target in scenario.lost:
        lost.setdefault(target.cell, set()).add(target.cluster)
    done = {}
    extra: dict[Cell, Extra] = {}
    chosen = sorted(which)
    for cell in chosen:
        gone = frozenset(lost.get(cell, ()))
        if gone.issuperset(data_centers[cell].capacity):
            done[cell] = _handed_on(run_cell(data_centers[cell], gone, scenario.factor, {}), data_centers, lost, extra)
    for cell in chosen:
        if cell not in done:
            gone = frozenset(lost.get(cell, ()))
            done[cell] = run_cell(data_centers[cell], gone, scenario.factor, extra.get(cell, {}))
    return {cell: done[cell] for cell in chosen}


def run_cell(
    data_center: DataCenterCapacity,
    lost: frozenset[str],
    factor: Callable[[str], Fraction],
    extra: Mapping[tuple[str, str], Fraction],
) -> CellOutcome:
    """Simulate one data center: route its traffic, apply limits, and fit the pods into its clusters."""
    pieces, stops = asked(data_center, lost, factor, extra)
    fitted = squeeze(data_center.capacity, data_center.priority, admit(data_center, pieces))
    return CellOutcome(data_center.cell, lost, tuple(fitted), tuple(stops))


def _handed_on(
    outcome: CellOutcome,
    data_centers: Mapping[Cell, DataCenterCapacity],
    lost: Mapping[Cell, set[str]],
    extra: dict[Cell, Extra],
) -> CellOutcome:
    """Return a lost data center's outcome without the stops whose load others take over; add that load to `extra`."""
    takers: dict[tuple[str, str], list[tuple[Cell, int]]] = {}
    copies: set[tuple[str, str]] = set()
    for cell, data_center in data_centers.items():
        if cell.environment != outcome.cell.environment or cell == outcome.cell:
            continue
        gone = lost.get(cell, ())
        copies |= {
            (m.team, m.app.app)
            for m in data_center.members
            if m.app.spread in ("every", "node") and any(h.cluster not in gone for h in m.hosts)
        }
        for m in data_center.members:
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
        total = sum(pods for _, pods in takers[key])
        for cell, pods in takers[key]:
            into = extra.setdefault(cell, {})
            into[key] = into.get(key, Fraction(0)) + stop.pods * pods / total
    return CellOutcome(outcome.cell, outcome.lost, outcome.pieces, tuple(stops))


def cluster_loads(
    data_centers: Mapping[Cell, DataCenterCapacity], cells: Mapping[Cell, CellOutcome]
) -> dict[Target, ClusterLoad]:
    """Return the load of each cluster of these data centers."""
    loads = {}
    for cell, outcome in cells.items():
        data_center = data_centers[cell]
        own: dict[str, list[Piece]] = {}
        for piece in outcome.pieces:
            own.setdefault(piece.cluster, []).append(piece)
        for name, capacity in data_center.capacity.items():
            pieces = own.get(name, [])
            loads[Target(cell.environment, cell.data_center, name)] = ClusterLoad(
                capacity,
                data_center.room[name],
                name in outcome.lost,
                _by_tier(pieces, lambda p: p.before),
                _by_tier(pieces, lambda p: p.running),
                _by_tier(pieces, lambda p: p.preempted),
                _by_tier(pieces, lambda p: p.pending),
                _by_tier(pieces, lambda p: p.quota if p.maximum is NONE else p.maximum + p.quota),
                _by_tier(pieces, lambda p: p.fixed),
            )
    return loads


def _by_tier(pieces: Iterable[Piece], pods: Callable[[Piece], Fraction]) -> dict[str, Resources]:
    parts: dict[str, list[tuple[Fraction, Resources]]] = {}
    for piece in pieces:
        if (amount := pods(piece)) is not NONE and amount:
            parts.setdefault(piece.tier, []).append((amount, piece.pod))
    return {tier: amount_of(parts[tier]) for tier in sorted(parts)}
