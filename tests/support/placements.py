"""Fleets for tests and benchmarks of the placement, built from data without files."""

from __future__ import annotations

import copy
import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import AppDemand, Demand, Demands, Host, Lock
from sixfold_compiler.placement.propose import propose
from tests.support import repos
from tests.support.repos import FLEET, ROOT, cluster

TODAY = dt.date(2026, 11, 26)
DC1 = Cell("prod", "dc1")
CHANGES = ("a new cluster", "a new team", "a lost cluster")
GIB = 2**30


def fleet_input(data: dict[str, Any]) -> FleetInput:
    fleet = Fleet.model_validate(data)
    return FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet))


def one_center(
    clusters: dict[str, dict[str, Any]],
    teams: dict[str, dict[str, Any]] | None = None,
    rules: dict[str, Any] | None = None,
) -> FleetInput:
    """Return a fleet of one data center, prod/dc1."""
    data = copy.deepcopy(FLEET)
    data["environments"]["prod"] = {
        "dataCenters": {"dc1": {"region": "eu-west-1", "clusters": clusters}},
        **({"placement": rules} if rules else {}),
    }
    large = {"cpu": 1000, "memory": "4Ti", "pods": 1000}
    data["teams"] = teams if teams is not None else {"shop": repos.team(quota=large)}
    return fleet_input(data)


def app(
    name: str = "web", tier: str = "P2", spread: str = "share", cpu: float = 1, pods: int = 1, **fields: Any
) -> AppDemand:
    """Return an app whose pods request `cpu` cores and a GiB each."""
    return AppDemand(name, tier, spread, Resources(round(cpu * 1000), GIB, 1), pods, **fields)


def demand(name: str, *apps: AppDemand) -> Demand:
    return Demand(name, apps)


def sized(name: str, cpu: float = 100, **fields):
    value = cluster(name, cpu, **fields)
    value["capacity"] |= {"memory": "4Ti", "pods": 4000}
    return value


def team(**fields):
    return repos.team(**{"quota": {"cpu": 1000, "memory": "4Ti", "pods": 1000}} | fields)


def clusters(*names: str, cpu: float = 100, **fields):
    return {name: sized(name, cpu, **fields) for name in names}


def placed(fleet, *demands: Demand, lock: Lock | None = None, today: dt.date = TODAY, **fields):
    return propose(fleet, {DC1: {d.team: d for d in demands}}, lock or Lock(), today=today, **fields)


def hosts(proposal, name: str = "shop") -> dict[str, int]:
    return {h.cluster: h.weight for h in proposal.lock.row(DC1, name)}


def lock_of(homes: dict[str, str] | None = None, **rows: dict[str, int]) -> Lock:
    table = {name: tuple(Host(c, w) for c, w in sorted(row.items())) for name, row in rows.items()}
    return Lock({DC1: table}, {DC1: homes or {}})


def codes(proposal) -> list[str]:
    return [d.code for d in proposal.diagnostics]


def exception(name: str, until: str = "2027-01-01"):
    return {"environment": "prod", "cluster": name, "reason": "for a test", "until": until}


def without_cluster(fleet: FleetInput, environment: str, center: str, name: str) -> FleetInput:
    data = copy.deepcopy(fleet.data)
    del data["environments"][environment]["dataCenters"][center]["clusters"][name]
    return fleet_input(data)


def big_fleet(teams: int, centers: int, each: int, places: int) -> tuple[FleetInput, Demands]:
    """Return a fleet of any size, the same at every call, whose demand fills about 60 % of its clusters."""
    dice = random.Random(f"{teams} {centers} {each} {places}")
    names = [f"dc{n:02}" for n in range(centers)]
    data = copy.deepcopy(FLEET)
    load: dict[str, int] = dict.fromkeys(names, 0)
    data["teams"] = {}
    demands: Demands = {Cell("prod", name): {} for name in names}
    for number in range(teams):
        name, tier = f"team-{number:05}", 0 if number % 50 == 0 else 1 if number % 5 == 0 else 2
        where = sorted(dice.sample(names, places))
        apps = tuple(
            app(
                f"app-{n}",
                f"P{tier}",
                "home" if n == 4 else "share",
                dice.choice((0.1, 0.25, 0.5, 1)),
                dice.randint(2, 30),
            )
            for n in range(5)
        )
        asked = sum((a.total for a in apps), Resources())
        data["teams"][name] = repos.team(
            dataCenters={"prod": where},
            quota={"cpu": asked.cpu / 500, "memory": asked.memory * 2, "pods": asked.pods * 2},
        )
        for center in where:
            load[center] += asked.cpu
            demands[Cell("prod", center)][name] = Demand(name, tuple(copy.copy(a) for a in apps))
    data["environments"]["prod"] = {
        "placement": {
            "headroom": {"cpu": 0.1, "memory": 0.1, "pods": 0.1},
            "tiers": {"P0": {"spread": 3, "survivesLoss": True}, "P1": {"spread": 2}, "P2": {"spread": 1}},
        },
        "dataCenters": {
            center: {
                "region": "eu-west-1",
                "clusters": {
                    f"{center}-c{n}": cluster(f"{center}-c{n}") | {
                        "capacity": {"cpu": int(load[center] / 600 / each * f), "memory": "100Ti", "pods": 10**6}
                    }
                    for n, f in enumerate([dice.uniform(0.8, 1.2) for _ in range(each)])
                },
            }
            for center in names
        },
    }  # fmt: skip
    return fleet_input(data), demands


@dataclass(frozen=True)
class Changed:
    """A random fleet before and after a change, with its proposals and the number of namespaces that moved.

    A move is a team that was placed before the change and has a host after it that it did not have. `least` is a lower
    bound: each such team needs as many new hosts as its tier's `spread` exceeds the hosts that it can keep. Even the best
    placement may need more if room is short. A tier without `spread` uses every cluster with room, so a new cluster is no
    move for its teams: their moves are the remaining clusters that they left, and their part of `least` is 0.
    """

    moved: int
    least: int
    before: Any
    after: Any
    fleet: FleetInput
    demands: Demands


def changed_fleet(dice: random.Random, change: str) -> Changed:
    """Place a random fleet, change it, and place it again. Demand fills 20 to 70 % of it before the change."""
    clusters = {f"c{n}": cluster(f"c{n}", dice.choice((100, 150, 200, 250))) for n in range(dice.randint(3, 8))}
    for value in clusters.values():
        value["capacity"] |= {"memory": "4Ti", "pods": 4000}
    rules = {
        "headroom": {"cpu": dice.choice((0, 0.1))},
        "tiers": {
            "P0": {"spread": dice.choice((2, 3)), "survivesLoss": True},
            "P1": {"spread": 2},
            **({"P2": {"spread": 1}} if dice.random() < 0.7 else {}),
        },
    }
    total, asked = sum(c["capacity"]["cpu"] for c in clusters.values()), 0.0
    wanted = total * dice.uniform(0.2, 0.7)
    teams: dict[str, Any] = {}
    table: dict[str, Demand] = {}
    while asked < wanted:
        name, tier = f"t{len(teams):03}", dice.choice(("P0", "P1", "P2", "P2", "P2"))
        apps = [app("web", tier, cpu=dice.choice((0.5, 1, 2)), pods=dice.randint(2, 30))]
        if dice.random() < 0.4:
            apps.append(app("db", tier, "home", cpu=2, pods=dice.randint(1, 3)))
        teams[name], table[name] = repos.team(quota={"cpu": 400, "memory": "4Ti", "pods": 1000}), demand(name, *apps)
        asked += sum(a.total.cpu for a in apps) / 1000
    late = f"t{dice.randrange(len(teams)):03}"
    gone = dice.choice(sorted(clusters))
    start_clusters = {k: v for k, v in clusters.items() if change != "a new cluster" or k != gone}
    start_teams = {k: v for k, v in teams.items() if change != "a new team" or k != late}
    end_clusters = {k: v for k, v in clusters.items() if change != "a lost cluster" or k != gone}
    demands = {DC1: table}
    before = propose(one_center(start_clusters, start_teams, rules), demands, Lock(), today=TODAY)
    fleet = one_center(end_clusters, teams, rules)
    after = propose(fleet, demands, before.lock, today=TODAY)
    moved = least = 0
    for name, old in before.lock.hosts[DC1].items():
        had, has = {h.cluster for h in old}, {h.cluster for h in after.lock.row(DC1, name)}
        rule = rules["tiers"].get(table[name].tier)
        moved += len(has - had) if rule else len((had & end_clusters.keys()) - has)
        least += max(0, rule["spread"] - len(had & end_clusters.keys())) if rule else 0
    return Changed(moved, least, before, after, fleet, demands)
