"""Random fleets with locks for the simulation: small, but with every kind of spread, tier and limit."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import AppDemand, Demand, Demands, Host, Lock
from sixfold_compiler.placement.apportion import divide
from sixfold_compiler.whatif import Outcome, Piece, Scenario
from tests.support.repos import FLEET, ROOT, cluster, team

MIB = 2**20
CENTERS = ("dc1", "dc2")
TEAMS = ("ads", "match", "shop")
A, B, C = (Target("prod", "dc1", f"dc1-{x}") for x in "abc")
DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")


class World(NamedTuple):
    """A fleet of one environment, the demands of its apps, and its lock."""

    fleet: FleetInput
    demands: Demands
    lock: Lock

    @property
    def targets(self) -> list[Target]:
        return [target for target, _ in self.fleet.targets()]


def world(
    clusters: dict[str, dict[str, int]],
    rows: dict[str, dict[str, dict[str, int]]],
    apps: dict[str, dict[str, list[AppDemand]]],
    homes: dict[str, dict[str, str]] | None = None,
    quota: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
) -> World:
    """Return a world: cores by data center and cluster, hosts and apps by data center and team, homes by `team/app`."""
    data = copy.deepcopy(FLEET)
    data["environments"]["prod"]["dataCenters"] = {
        name: {
            "region": "eu-west-1",
            "clusters": {
                c: cluster(c) | {"capacity": {"cpu": cpu, "memory": f"{cpu * 4}Gi", "pods": cpu * 8, "nodes": 2}}
                for c, cpu in members.items()
            },
        }
        for name, members in clusters.items()
    }
    if rules:
        data["environments"]["prod"]["placement"] = rules
    names = {t for own in rows.values() for t in own}
    data["teams"] = {t: team(quota=quota or {"cpu": 10**5, "memory": "900Ti", "pods": 10**6}) for t in sorted(names)}
    fleet = Fleet.model_validate(data)
    lock = Lock(
        {
            Cell("prod", dc): {t: tuple(Host(c, w) for c, w in sorted(row.items())) for t, row in own.items()}
            for dc, own in rows.items()
        },
        {Cell("prod", dc): own for dc, own in (homes or {}).items()},
    )
    demands = {Cell("prod", dc): {t: Demand(t, tuple(own)) for t, own in teams.items()} for dc, teams in apps.items()}
    return World(FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet)), demands, lock)


def app(name: str, tier: str = "P0", spread: str = "share", cpu: float = 1, pods: int = 10, **fields: Any) -> AppDemand:
    return AppDemand(name, tier, spread, Resources(round(cpu * 1000), 256 * MIB, 1), pods, **fields)


def three(*apps: AppDemand, cores: int = 1000, **fields: Any) -> World:
    """Return a world of the clusters A, B and C, equal in size, on which team `shop` has weights 50, 30 and 20."""
    rows = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 30, "dc1-c": 20}}}
    return world({"dc1": dict.fromkeys(rows["dc1"]["shop"], cores)}, rows, {"dc1": {"shop": list(apps)}}, **fields)


def pieces(outcome: Outcome, name: str = "web") -> dict[str, Piece]:
    """Return what an app of DC1 has on each cluster in an outcome."""
    return {p.cluster: p for p in outcome.cells[DC1].pieces if p.app == name}


FACTORS = st.sampled_from([Fraction(n, 10) for n in (5, 10, 11, 13, 15, 20, 40)])


@st.composite
def worlds(draw: st.DrawFn, *, quotas: bool = True) -> World:
    """Draw a small world: teams on any hosts with any weights, clusters that may be too small."""
    clusters = {
        dc: {f"{dc}-{'abcd'[n]}": draw(st.integers(5, 120)) for n in range(draw(st.integers(1, 4)))} for dc in CENTERS
    }
    rows: dict[str, Any] = {dc: {} for dc in CENTERS}
    apps: dict[str, Any] = {dc: {} for dc in CENTERS}
    homes: dict[str, Any] = {dc: {} for dc in CENTERS}
    for dc in CENTERS:
        for name in draw(st.sets(st.sampled_from(TEAMS))):
            chosen = sorted(draw(st.sets(st.sampled_from(sorted(clusters[dc])), min_size=1)))
            ratios = [draw(st.integers(1, 9)) for _ in chosen]
            rows[dc][name] = dict(zip(chosen, divide(100, ratios), strict=True))
            if len(chosen) > 1 and draw(st.booleans()):  # the first one drains
                weight = rows[dc][name][chosen[0]]
                rows[dc][name] |= {chosen[0]: 0, chosen[1]: rows[dc][name][chosen[1]] + weight}
            own = []
            for number in range(draw(st.integers(1, 4))):
                spread = draw(st.sampled_from(["share", "share", "share", "home", "every", "node"]))
                key = f"app{number}"
                own.append(
                    AppDemand(
                        key,
                        draw(st.sampled_from(["P0", "P1", "P2"])),
                        spread,
                        Resources(draw(st.integers(0, 3000)), draw(st.integers(0, 4096)) * MIB, 1),
                        draw(st.integers(1, 40)),
                        scaled=draw(st.booleans()),
                    )
                )
                if spread == "home":
                    homes[dc][f"{name}/{key}"] = draw(st.sampled_from(chosen))
            apps[dc][name] = own
    quota = {"cpu": draw(st.integers(10, 200)), "memory": "400Gi", "pods": draw(st.integers(20, 200))}
    return world(clusters, rows, apps, homes, quota if quotas and draw(st.booleans()) else None)


@st.composite
def scenarios(draw: st.DrawFn, of: World) -> Scenario:
    """Draw a loss and a load."""
    lost = draw(st.sets(st.sampled_from(of.targets))) if draw(st.booleans()) else set()
    teams = draw(st.dictionaries(st.sampled_from(TEAMS), FACTORS, max_size=2))
    return Scenario(frozenset(lost), draw(FACTORS), teams)
