"""Fleets with a placement, built from data without files, and random drains of them."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any

from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.migration.stages import NamespaceMove, begin
from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import AppDemand, Demand, Demands, Host, Lock
from sixfold_compiler.placement.propose import propose
from tests.support.repos import FLEET, ROOT, cluster, team

if TYPE_CHECKING:
    import random

TODAY = dt.date(2026, 11, 26)
DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
GIB = 2**30
OLD = NamespaceMove((Host("a", 55), Host("b", 45)), {"one": "a", "job": "a"})


def joined() -> NamespaceMove:
    """Return the namespace `OLD` on its move from a to c; its app `job` must not run twice."""
    return begin(OLD, (Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"}, ["job"])


def fleet_input(data: dict[str, Any]) -> FleetInput:
    fleet = Fleet.model_validate(data)
    return FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet))


def center(clusters: dict[str, Any], teams: dict[str, Any], rules: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Return the data of a fleet: prod/dc1 with these clusters, and the data centers in `others`."""
    data = copy.deepcopy(FLEET)
    centers = {"dc1": clusters, **others}
    data["environments"]["prod"] = {
        "dataCenters": {name: {"region": "eu-west-1", "clusters": members} for name, members in centers.items()},
        "placement": rules,
    }
    data["teams"] = teams
    return data


def app(name: str, tier: str = "P2", spread: str = "share", pods: int = 1, cpu: float = 1, **fields: Any) -> AppDemand:
    """Return an app whose pods request `cpu` cores and a GiB each."""
    amount = Resources(round(cpu * 1000), GIB, 1)
    return AppDemand(name, tier, spread, amount, pods, least=fields.pop("least", pods), **fields)


def placed(data: dict[str, Any], demands: Demands) -> Lock | None:
    """Return the lock that `sixfold place` writes; None if a rule cannot be met."""
    proposal = propose(fleet_input(data), demands, Lock(), today=TODAY)
    return None if proposal.failed else proposal.lock


def draining(data: dict[str, Any], name: str) -> FleetInput:
    """Return the fleet with a cluster of dc1 draining."""
    data = copy.deepcopy(data)
    data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"][name]["state"] = "draining"
    return fleet_input(data)


def random_drain(dice: random.Random) -> tuple[FleetInput, Demands, Lock, Target] | None:
    """Return a placed data center with a draining cluster; None if the random teams cannot be placed."""
    names = [f"c{n}" for n in range(dice.randint(2, 6))]
    clusters = {name: cluster(name, dice.choice((400, 600, 1000))) for name in names}
    for value in clusters.values():
        value["capacity"] |= {"memory": "8Ti", "pods": 4000}
    new = None
    if dice.random() < 0.5:  # a replacement or a spare cluster, empty at the start
        new = dice.choice(("a-new", "d-new"))
        clusters[new] = cluster(new, 600, state=dice.choice(("active", "standby")))
        clusters[new]["capacity"] |= {"memory": "8Ti", "pods": 4000}
    tiers = {"P0": {"spread": dice.choice((1, 2)), "survivesLoss": dice.random() < 0.3}, "P1": {"spread": 2}}
    rules = {
        "headroom": {"cpu": dice.choice((0, 0.1))},
        "tiers": {**tiers, **({"P2": {"spread": 1}} if dice.random() < 0.7 else {})},
    }
    teams, table = {}, {}
    for number in range(dice.randint(1, 12)):
        name, tier = f"t{number:02}", dice.choice(("P0", "P1", "P2", "P2"))
        apps = [app("web", tier, pods=dice.randint(1, 40), cpu=dice.choice((0.5, 1, 2)))]
        if dice.random() < 0.4:
            least = dice.randint(1, 10)
            apps.append(app("auto", tier, pods=least + dice.randint(0, 20), least=least, scaled=True))
        if dice.random() < 0.4:
            kind = dice.choice(("Deployment", "Deployment", "StatefulSet", "CronJob", "Job"))
            apps.append(app("one", tier, "home", kind=kind, recreate=dice.random() < 0.2))
        if dice.random() < 0.2:
            apps.append(app("each", tier, "every", pods=2))
        quota = {"cpu": 400, "memory": "4Ti", "pods": 1000}
        teams[name] = team(quota=quota, **({"stack": "live"} if tier == "P0" and dice.random() < 0.3 else {}))
        table[name] = Demand(name, tuple(apps))
    data = center(clusters, teams, rules)
    start = copy.deepcopy(data)
    if new is not None:
        del start["environments"]["prod"]["dataCenters"]["dc1"]["clusters"][new]
    lock = placed(start, {DC1: table})
    if lock is None:
        return None
    gone = dice.choice(names)
    return draining(data, gone), {DC1: table}, lock, Target("prod", "dc1", gone)
