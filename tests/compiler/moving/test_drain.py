"""Single walks, step by step."""

from __future__ import annotations

from dataclasses import replace

from compiler.fleet import Target
from compiler.moving import Choices, next_step, walk
from compiler.placement import Demand, Host, Lock
from tests.compiler.moving.fleets import DC1, TODAY, app, center, draining
from tests.compiler.repos import cluster, team

CHOICES = Choices(once="stop-then-start")


def small(state="active", **more):
    """Two clusters and one that begins in a state, and team shop on the first two."""
    clusters = {"c0": cluster("c0", 100), "c1": cluster("c1", 100), "c2": cluster("c2", 100, state=state)}
    return center(clusters, {"shop": team(**more)}, {"tiers": {"P2": {"spread": 2}}})


def drained(data, apps, choices=CHOICES, gone="c0"):
    demands = {DC1: {"shop": Demand("shop", tuple(apps))}}
    row = (Host("c0", 60), Host("c1", 40))
    homes = {f"shop/{a.app}": "c0" for a in apps if a.spread == "home"}
    lock = Lock({DC1: {"shop": row}}, {DC1: homes})
    fleet, target = draining(data, gone), Target("prod", "dc1", gone)
    return walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


def test_who_replaces_a_cluster_takes_its_weight_and_nobody_else_changes() -> None:
    found = drained(small(), [app("web", pods=10)])
    assert [s.stage for s in found.steps] == ["join", "shift", "empty", "leave"]
    rows = [{h.cluster: h.weight for h in s.lock.row(DC1, "shop")} for s in found.steps]
    assert rows == [
        {"c0": 60, "c1": 40, "c2": 0},
        {"c0": 30, "c1": 40, "c2": 30},
        {"c0": 0, "c1": 40, "c2": 60},
        {"c1": 40, "c2": 60},
    ]


def test_a_standby_cluster_is_used_when_no_active_one_can_carry_it() -> None:
    found = drained(small("standby"), [app("web", pods=10)])
    assert found.steps[0].standby == {"prod/dc1/c2": "shop"}
    alone = drained({**small("standby"), "environments": one_host(small("standby"))}, [app("web", pods=10)])
    assert alone.steps[0].standby == {}


def one_host(data):
    """The environments where one cluster is enough."""
    data["environments"]["prod"]["placement"]["tiers"]["P2"]["spread"] = 1
    return data["environments"]


def test_volumes_are_refused_kept_or_left_behind_by_choice() -> None:
    apps = [app("db", spread="home", kind="StatefulSet", claims=True), app("web", pods=4)]
    assert [d.code for d in drained(small(), apps).diagnostics] == ["SF442"]
    assert "shop/db" in drained(small(), apps).diagnostics[0].message
    kept = drained(small(), apps, replace(CHOICES, claims="keep"))
    assert (kept.steps, kept.diagnostics) == ((), ())
    moved = drained(small(), apps, replace(CHOICES, claims="move-without-data"))
    assert [s.stage for s in moved.steps] == ["join", "shift", "empty", "stop", "leave"]
    assert moved.steps[3].lock.homes[DC1] == {"shop/db": ""}


def test_a_deployment_that_runs_once_starts_on_its_new_home_first() -> None:
    found = drained(small(), [app("one", spread="home")])
    there = [(s.stage, s.lock.homes[DC1]["shop/one"], s.lock.copies_of(DC1, "shop").get("one", "")) for s in found.steps]
    new = found.steps[-1].lock.homes[DC1]["shop/one"]
    assert there == [("join", "c0", new), ("shift", new, "c0"), ("empty", new, "c0"), ("leave", new, "")]


def test_a_pinned_namespace_is_told_with_its_pin() -> None:
    pin = {"environment": "prod", "cluster": "c0", "reason": "a licence", "until": "2027-01-01"}
    found = drained(small(pins=[pin]), [app("web", pods=4)])
    assert [d.code for d in found.diagnostics] == ["SF441"]
    assert "a licence" in found.diagnostics[0].message


def test_without_room_elsewhere_it_is_said_with_figures() -> None:
    """What does not fit on the others is refused before the first step."""
    found = drained(small(), [app("web", pods=250)])
    assert found.steps == ()
    assert [d.code for d in found.diagnostics] == ["SF430"]
    assert "250 cores" in found.diagnostics[0].message


def test_namespaces_without_apps_go_first_and_all_at_once() -> None:
    """No pod moves with them, so waves would only make the walk longer; then the others go in waves."""
    names = [f"t{n}" for n in range(8)]
    data = small()
    data["teams"] |= {name: team() for name in [*names, "two"]}
    demands = {DC1: {t: Demand(t, (app("web", pods=2),)) for t in ("shop", "two")}}
    row = (Host("c0", 60), Host("c1", 40))
    lock = Lock({DC1: dict.fromkeys([*names, "shop", "two"], row)}, {})
    fleet, target = draining(data, "c0"), Target("prod", "dc1", "c0")
    choices = replace(CHOICES, wave="1")
    found = walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))
    assert [s.teams for s in found.steps[:4]] == [names] * 4
    assert [s.teams for s in found.steps[4:]] == [["shop"]] * 4 + [["two"]] * 4
