"""Simulate a match day on the example fleet: 61 million viewers, and a cluster lost at the peak.

`python3 dev.py bench match_day [--lose CLUSTER] [--svg FILE]`. The placement is proposed from nothing, replicas are
divided by it, and the capacities are those of `environments/`. Two policies of scaling are compared: autoscalers alone,
and autoscalers whose minima a schedule raises before the viewers arrive. README.md has the assumptions.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from crowd import MINUTE, App, Assumptions, Cluster, Tick, run
from match_plot import plot

from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.releases import versions_of
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.manifest.load import read_manifest
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.fleet import Quota
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Demands, Lock
from sixfold_compiler.placement.problem import nodes_of
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.read_demands import read_demands
from sixfold_compiler.placement.scale import scales
from sixfold_compiler.whatif import Scenario, every_loss, simulate, single_losses

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target

ROOT = Path(__file__).resolve().parent.parent
TODAY = dt.date(2026, 11, 26)
ENVIRONMENT = "prod"


@dataclass(frozen=True)
class World:
    """The example fleet with a new placement, and the layered specs of its apps."""

    fleet: FleetInput
    demands: Demands
    lock: Lock
    specs: dict[tuple[Cell, str], dict]


def main() -> None:
    """Simulate both policies, print the results, and draw them with `--svg`."""
    parser = argparse.ArgumentParser(prog="dev.py bench match_day", description=__doc__.partition("\n")[0])
    parser.add_argument("--lose", default="dc1-a", help="the cluster that is lost at the peak (default: the largest)")
    parser.add_argument("--peak", type=float, default=61.0, help="millions of viewers (default: 61)")
    parser.add_argument("--rate", type=float, default=1.1, help="millions that arrive in the fastest minute (1.1)")
    parser.add_argument(
        "--fit-nodes", action="store_true", help="ask for the nodes that pods wait for, not for whole steps"
    )
    parser.add_argument("--svg", type=Path, default=ROOT / "docs" / "images" / "match-day.svg", help="where to draw it")
    options = parser.parse_args()
    given = Assumptions(peak=options.peak, rate=options.rate, full_steps=not options.fit_nodes)
    world = load()
    clusters = clusters_of(world, Assumptions().peak)
    if options.lose not in {c.name for c in clusters}:
        sys.exit(f"{options.lose!r} is none of {', '.join(c.name for c in clusters)}")
    days = {
        "by reaction": run(clusters, given, ahead=False, lost=options.lose),
        "by schedule": run(clusters, given, ahead=True, lost=options.lose),
    }
    for name, ticks in days.items():
        report(name, ticks, given)
    print(f"the shortest schedule that carries every viewer: {shortest(clusters, given, options.lose)}")
    limits(world)
    options.svg.write_text(plot(days, given, options.lose), encoding="utf-8")
    print(f"drew {options.svg.name}")


def load() -> World:
    """Read the example manifests and propose a placement without an earlier lock."""
    with Pool(1) as pool:
        fleet = load_fleet(ROOT / "environments", pool)
    paths = tuple(ROOT / "examples" / name for name in ("live", "boutique"))
    sources = discover(paths, ROOT)
    with Pool(1, context=fleet) as pool:
        demands = read_demands(sources, Lock(), pool).demands
    result = propose(fleet, demands, Lock(), today=TODAY)
    if result.failed:
        sys.exit("\n".join(d.message for d in result.diagnostics))
    specs = {}
    for file in sources.manifests:
        prepared = prepare(fleet, read_manifest(file), versions_of(sources, file))
        specs |= {(cell, str(prepared.key)): orjson.loads(part.spec) for cell, part in prepared.cells.items()}
    return World(fleet, demands, result.lock, specs)


def clusters_of(world: World, peak: float) -> list[Cluster]:
    """Return the clusters of production with their autoscaled apps, sized so that `peak` viewers need the maximum."""
    apps = {
        (cell, f"{team}/{app.app}"): app
        for cell, teams in world.demands.items()
        if cell.environment == ENVIRONMENT
        for team, demand in teams.items()
        for app in demand.apps
    }
    crowd = {k: a for k, a in apps.items() if a.spread == "share" and a.scaled and k[1].split("/")[0] in LIVE}
    sizes: dict[Cell, int] = {}
    for (cell, _), app in crowd.items():
        sizes[cell] = sizes.get(cell, 0) + (app.pods if app.tier == "P0" else 0)
    pieces = simulate(world.fleet, world.demands, world.lock, Scenario()).cells
    clusters = []
    for target, cluster in world.fleet.targets():
        if target.environment != ENVIRONMENT:
            continue
        part = sizes[target.cell] / sum(sizes.values())
        count, size = nodes_of(cluster), cluster.capacity
        has = Resources.of(size.cpu, size.memory, size.pods)
        every_node, other = Resources(), Resources()
        for piece in pieces[target.cell].pieces:
            key = (target.cell, f"{piece.team}/{piece.app}")
            if piece.cluster == target.cluster and piece.spread == "node":
                every_node += piece.pod.times(apps[key].pods)
            elif piece.cluster == target.cluster and key not in crowd:
                other += piece.pod.times(piece.asked.numerator, piece.asked.denominator)
        own = []
        for (cell, key), app in sorted(crowd.items()):
            row = world.lock.row(cell, key.split("/")[0]) if cell == target.cell else ()
            at = next((i for i, h in enumerate(row) if h.cluster == target.cluster), None)
            spec = world.specs[cell, key]
            scale = scales(spec, "share", [h.weight for h in row])[at] if at is not None else None
            if scale is None:
                continue
            aim, per_pod = spec["autoscaling"].get("cpu", 70) / 100, peak * part / app.pods
            weights = {h.cluster: h.weight for h in row}
            pod = app.pod
            own.append(App(key, app.tier, aim, per_pod, pod.cpu, pod.memory, scale["min"], scale["max"], part, weights))
        node = tuple(n // count - e for n, e in zip(_vector(has), _vector(every_node), strict=True))
        clusters.append(Cluster(target.cluster, has.cpu, count, node, _vector(other), tuple(own)))
    return clusters


LIVE = ("match", "identity", "playback", "personalization", "ads")


def _vector(amount: Resources) -> tuple[int, int, int]:
    return amount.cpu, amount.memory, amount.pods


def report(name: str, ticks: list[Tick], given: Assumptions) -> None:
    """Print the result of one scaling policy."""
    gone = given.ramp + given.lost_after
    for phase, part in (
        ("arrival", [t for t in ticks if t.second < gone]),
        ("with a cluster lost, and after", [t for t in ticks if t.second >= gone]),
    ):
        short = [t for t in part if t.viewers - t.carried > 0.01]
        worst = max(part, key=lambda t: t.viewers - t.carried)
        missed = abs(sum(t.viewers - t.carried for t in part)) * 15 / MINUTE
        keys = sorted(part[0].pressure)
        hot = {k: max(t.pressure.get(k, 0.0) for t in part) for k in keys}
        over = ", ".join(f"{k} {v:.0%}" for k, v in sorted(hot.items(), key=lambda p: -p[1]) if v > 1.005)
        print(
            f"{name}, {phase}: {len(short) * 15 / MINUTE:.1f} minutes in which P0 carries not all; not carried at worst"
            f" {abs(worst.viewers - worst.carried):.1f} of {worst.viewers:.1f} million viewers"
            f" ({missed:,.0f} million viewer-minutes); at most {max(t.nodes for t in part):,} nodes,"
            f" and {max(t.waiting for t in part):,} pods without one"
        )
        print(f"    load over what its pods can do, at worst: {over or 'none'}")


def shortest(clusters: list[Cluster], given: Assumptions, lost: str) -> str:
    """Return the smallest leads, in half minutes, with which P0 apps serve all viewers before and after the loss."""
    gone = given.ramp + given.lost_after
    for half in range(61):
        ticks = run(clusters, replace(given, lead=half * 30), ahead=True, lost=lost)
        if all(t.viewers - t.carried < 0.01 for t in ticks if t.second < gone):
            missing = max(t.viewers - t.carried for t in ticks)
            return f"{half / 2:g} minutes (after the loss {missing:.1f} million at worst)"
    return "none of up to 30 minutes"


def limits(world: World) -> None:
    """Return the largest factor of the maximum demand that the fleet can carry, as `sixfold whatif` computes it."""
    losses = single_losses(world.fleet, at=ENVIRONMENT)
    wide = replace(world, fleet=without_quotas(world.fleet))
    for words, wanted in (("with all clusters", {"none": frozenset()}), ("with any one cluster lost", losses)):
        maxima = most_load(lambda f, w=wanted: bool(broken_by(world, world.demands, f, w)))
        room = most_load(lambda f, w=wanted: bool(broken_by(wide, scaled(world.demands, f), Fraction(1), w)))
        print(
            f"the most load that P0 carries whole {words}: {maxima:.2f} times what the manifests ask for at most;"
            f" {room:.2f} times with autoscaling.max and quotas raised along"
        )


def without_quotas(fleet: FleetInput) -> FleetInput:
    """Return a copy of the fleet with quotas that limit no team."""
    quota = Quota(cpu=10**6, memory="1000Ti", pods=10**6)
    teams = {n: t.model_copy(update={"quota": quota, "quotas": None}) for n, t in fleet.model.teams.items()}
    return replace(fleet, model=fleet.model.model_copy(update={"teams": teams}))


def most_load(breaks: Callable[[Fraction], bool]) -> float:
    """Return the largest factor up to 10, in steps of 0.01, for which `breaks` returns False."""
    low, high = 0, 1000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if breaks(Fraction(middle, 100)) else (middle, high)
    return low / 100


def broken_by(world: World, demands: Demands, load: Fraction, losses: dict[str, frozenset[Target]]) -> set[str]:
    """Return the reasons why P0 apps of production cannot carry all load, over all of these losses."""
    outcomes = every_loss(world.fleet, demands, world.lock, Scenario(load=load), losses)
    return {r for loss in outcomes for b in loss.broken if b.cell.environment == ENVIRONMENT for r in b.refused}


def scaled(demands: Demands, factor: Fraction) -> Demands:
    """Return the demands with the maximum of each app multiplied by `factor`."""
    return {cell: {team: d.scaled_by(float(factor)) for team, d in teams.items()} for cell, teams in demands.items()}


if __name__ == "__main__":
    main()
