"""Evacuations: which teams leave, in which order, which stay and why, and the findings that stop them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.migration import Choices, compute_schedule, next_evacuation
from sixfold_compiler.migration.evacuate import staying, stuck
from sixfold_compiler.migration.step import namespaces_of
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, DC2, TODAY, app, center, fleet_input
from tests.support.repos import cluster, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

SIZED = Choices(sized=True)
DC3 = Cell("prod", "dc3")
ROWS = {DC1: (Host("a", 60), Host("b", 40)), DC2: (Host("x", 50), Host("y", 50)), DC3: (Host("z", 100),)}


def fleet_of(*names, cpu=100, state="active", **teams):
    """Return a fleet with two data centers of two clusters each, of which dc1 is draining."""
    old = {n: cluster(n, state="draining") for n in ("a", "b")}
    return center(
        old, {n: team() for n in names} | teams, {}, dc2={n: cluster(n, cpu, state=state) for n in ("x", "y")}
    )


def demands_of(*cells, **apps):
    """Return the same apps for every cell, by team."""
    return {cell: {name: Demand(name, tuple(own)) for name, own in apps.items()} for cell in cells or (DC1, DC2)}


def everywhere(*names, cells=(DC1, DC2), homes=None):
    """Return a lock with these teams on all clusters of the cells."""
    return Lock({cell: dict.fromkeys(names, ROWS[cell]) for cell in cells}, {DC1: homes or {}})


def evacuated(data, demands, lock, choices=SIZED):
    fleet = fleet_input(data)
    return compute_schedule(fleet, demands, lock, lambda at: next_evacuation(fleet, demands, at, DC1, choices, TODAY))


def reasons(data, demands, lock, choices=SIZED):
    return stuck(fleet_input(data), demands, lock, DC1, choices)


def test_other_data_centers_get_missing_namespaces_before_any_namespace_leaves() -> None:
    demands = demands_of(shop=[app("web", pods=4), app("one", spread="home")], pay=[app("cards", pods=2)])
    lock = Lock({DC1: dict.fromkeys(("shop", "pay"), ROWS[DC1]), DC2: {"pay": ROWS[DC2]}}, {DC1: {"shop/one": "a"}})
    result = evacuated(fleet_of("shop", "pay"), demands, lock, replace(SIZED, wave="100%"))
    assert [(s.stage, s.teams, result.diagnostics) for s in result.steps] == [
        ("join", ["shop"], ()),
        ("leave", ["pay", "shop"], ()),
    ]
    join, leave = result.steps
    assert [(m.cell, m.before, m.why) for m in join.moves] == [(DC2, (), "must run here before it leaves prod/dc1")]
    assert sum(h.weight for h in join.lock.row(DC2, "shop")) == 100
    assert join.lock.homes[DC2]["shop/one"] in {h.cluster for h in join.lock.row(DC2, "shop")}
    assert (join.tombstones, join.lock.hosts[DC1]) == ((), lock.hosts[DC1])
    assert [scope.to_record() for scope in leave.tombstones] == [
        {"environment": "prod", "dataCenter": "dc1", "cluster": c, "team": t} for t in ("pay", "shop") for c in "ab"
    ]
    assert (leave.lock.hosts[DC1], leave.lock.homes[DC1]) == ({}, {})
    assert leave.lock.hosts[DC2] == join.lock.hosts[DC2]


def test_a_step_names_the_standby_clusters_that_it_brings_into_use() -> None:
    data = fleet_of("shop", state="standby")
    data["environments"]["prod"]["dataCenters"]["dc2"]["clusters"]["y"]["state"] = "active"
    data["environments"]["prod"]["placement"] = {"tiers": {"P2": {"spread": 1}}}
    big = demands_of(shop=[app("web", pods=150)])
    result = evacuated(data, big, everywhere("shop", cells=[DC1]))
    assert result.steps[0].standby == {"prod/dc2/x": "shop"}


def test_draining_data_centers_and_teams_outside_the_fleet_are_left_alone() -> None:
    """dc3 is draining too; team `gone` is in the lock, but no longer in the fleet."""
    data = fleet_of("shop")
    data["environments"]["prod"]["dataCenters"]["dc3"] = {
        "region": "eu-west-1", "clusters": {"z": cluster("z", state="draining")},
    }  # fmt: skip
    demands = demands_of(DC1, DC2, DC3, shop=[app("web")])
    result = evacuated(data, demands, everywhere("shop", "gone", cells=[DC1]))
    assert [(s.stage, {m.cell for m in s.moves}) for s in result.steps] == [("join", {DC2}), ("leave", {DC1})]
    assert result.steps[-1].lock.hosts[DC1].keys() == {"gone"}


def test_a_team_that_fits_nowhere_else_is_named_when_everybody_else_has_left() -> None:
    """`web` needs more than dc2 has. It calls `cards`, so pay stays with it; ads and news leave."""
    demands = demands_of(
        shop=[app("web", pods=50, calls=[("cards", "")])],
        pay=[app("cards")],
        ads=[app("banner")],
        news=[app("feed")],
    )
    names = ("shop", "pay", "ads", "news")
    lock = Lock({DC1: dict.fromkeys(names, ROWS[DC1]), DC2: dict.fromkeys(("pay", "news"), ROWS[DC2])})
    data = fleet_of(*names, cpu=10)
    result = evacuated(data, demands, lock, replace(SIZED, wave="100%"))
    assert [(s.stage, s.teams) for s in result.steps] == [("join", ["ads"]), ("leave", ["ads", "news"])]
    end = result.steps[-1].lock
    assert end.hosts[DC1] == dict.fromkeys(("shop", "pay"), ROWS[DC1])
    assert sorted(end.hosts[DC2]) == ["ads", "news", "pay"]
    (problem,) = result.diagnostics
    assert (problem.code, problem.severity) == ("SF430", "error")
    assert problem.message.startswith("team shop (P2) cannot be placed in prod/dc2 and stays on prod/dc1: it needs ")
    assert staying(fleet_input(data), demands, end, DC1, SIZED, TODAY) == {
        "shop": "prod/dc2 has no place for it (SF430)",
        "pay": "shop/web, which stays, calls cards",
    }


def test_an_evacuation_in_which_nobody_has_a_place_changes_nothing() -> None:
    result = evacuated(
        fleet_of("shop", cpu=10), demands_of(shop=[app("web", pods=50)]), everywhere("shop", cells=[DC1])
    )
    assert (result.steps, [d.code for d in result.diagnostics]) == ((), ["SF430"])


def test_a_drain_in_progress_must_end_before_an_evacuation() -> None:
    lock = Lock({DC1: {"shop": (Host("a", 0, (60, 0)), Host("b", 100, (40, 100)))}, DC2: {"shop": ROWS[DC2]}})
    result = evacuated(fleet_of("shop"), demands_of(shop=[app("web")]), lock)
    assert [d.code for d in result.diagnostics] == ["SF447"]
    assert "prod/dc1 cannot begin while shop moves" in result.diagnostics[0].message


@pytest.mark.parametrize(
    ("claims", "codes", "left"),
    [("", ["SF442"], ["shop"]), ("keep", [], ["shop"]), ("move-without-data", [], [])],
)
def test_volumes_stop_an_evacuation_until_the_operator_chooses(claims, codes, left) -> None:
    apps = [app("db", spread="home", kind="StatefulSet", claims=True)]
    lock = everywhere("shop", homes={"shop/db": "b"})
    choices = replace(SIZED, claims=claims)
    result = evacuated(fleet_of("shop"), demands_of(shop=apps), lock, choices)
    assert [d.code for d in result.diagnostics] == codes
    assert sorted((result.steps[-1].lock if result.steps else lock).hosts[DC1]) == left
    if claims == "keep":
        assert reasons(fleet_of("shop"), demands_of(shop=apps), lock, choices) == {
            "shop": "db: volumes are in prod/dc1"
        }


def test_a_team_that_its_fleet_entry_or_manifest_binds_to_the_data_center_stays() -> None:
    data = fleet_of("shop", "pay", idle=team(dataCenters={"prod": ["dc1"]}))
    demands = demands_of(shop=[app("web")], pay=[app("cards")])
    demands[DC1]["shop"] = Demand("shop", (app("web"), app("local"), app("other")))
    del demands[DC2]["pay"]
    staying = reasons(data, demands, everywhere("shop", "pay", "idle", "gone"))
    check_snapshot("".join(f"{name}: {staying[name]}\n" for name in sorted(staying)), SNAPSHOTS / "staying.txt")
    assert evacuated(data, demands, everywhere("shop", "pay", "idle")).steps == ()


def test_two_evacuations_at_once_keep_teams_that_would_run_nowhere_else() -> None:
    """The other data center accepts no team. Its own evacuation may be complete, so it cannot replace this one."""
    data = fleet_of("shop", "idle", state="draining")
    demands = demands_of(shop=[app("web")])
    reason = "the other data centers of prod where it may run are being emptied as well"
    for lock in (everywhere("shop", "idle"), everywhere("shop", "idle", cells=[DC1])):
        result = evacuated(data, demands, lock, replace(SIZED, wave="100%"))
        assert (result.steps, result.diagnostics) == ((), ())
        assert reasons(data, demands, lock) == {"shop": reason, "idle": reason}


def test_teams_with_callers_elsewhere_stay_together_with_the_teams_that_they_call() -> None:
    """`web` of dc2 calls auth in dc1; auth calls cards, and cards calls ledger; no app calls feed."""
    apps = {
        "auth": [app("auth", calls=(("cards", ""), ("nowhere", ""), ("web", "dc2")))],
        "pay": [app("cards", calls=(("ledger", "dc1"), ("cards", "")))],
        "books": [app("ledger", calls=(("auth", ""),))],
        "feed": [app("feed", calls=(("cards", ""),))],
        "shop": [app("web")],
    }
    demands = demands_of(**apps)
    demands[DC2]["shop"] = Demand("shop", (app("web", calls=(("auth", "dc1"), ("feed", ""), ("gone", "dc1"))),))
    demands[DC2]["pay"] = Demand("pay", (app("cards"),))
    data, lock = fleet_of(*apps), everywhere(*apps)
    assert reasons(data, demands, lock) == {
        "auth": "shop/web in prod/dc2 calls auth in prod/dc1",
        "pay": "auth/auth, which stays, calls cards",
        "books": "pay/cards, which stays, calls ledger",
    }
    result = evacuated(data, demands, lock, replace(SIZED, wave="100%"))
    assert result.steps[-1].lock.hosts[DC1].keys() == {"auth", "pay", "books"}


def test_callers_leave_before_the_teams_that_they_call_and_circles_leave_together() -> None:
    apps = {
        "a": [app("a", calls=(("b", ""),))],
        "b": [app("b", calls=(("c", ""), ("b", ""), ("outside", "")))],
        "c": [app("c", calls=(("d", ""),))],
        "d": [app("d", calls=(("c", ""),))],
        "e": [app("e", calls=(("d", ""),))],
    }
    result = evacuated(
        fleet_of(*apps, "idle"), demands_of(**apps), everywhere(*apps, "idle"), replace(SIZED, wave="100%")
    )
    assert [s.teams for s in result.steps] == [["a", "e", "idle"], ["b"], ["c", "d"]]


def test_the_lowest_tiers_leave_first_and_p0_one_namespace_at_a_time() -> None:
    apps = {n: [app(n, tier)] for n, tier in {"p": "P0", "q": "P0", "r": "P1", "s": "P2", "t": "P2", "u": "P2"}.items()}
    result = evacuated(fleet_of(*apps), demands_of(**apps), everywhere(*apps), replace(SIZED, wave="2"))
    assert [s.teams for s in result.steps] == [["s", "t"], ["u"], ["r"], ["p"], ["q"]]


def test_other_data_centers_need_room_for_as_many_pods_as_leave() -> None:
    """The team uses 60 of 100 cores on each cluster of dc2, and half of another 120 would come to each."""
    data = fleet_of("shop")
    result = evacuated(data, demands_of(shop=[app("web", pods=120)]), everywhere("shop"))
    assert [d.code for d in result.diagnostics] == ["SF445", "SF445"]
    check_snapshot("".join(f"{d.message}\n" for d in result.diagnostics), SNAPSHOTS / "evacuation-without-room.txt")
    assert evacuated(data, demands_of(shop=[app("web", pods=90)]), everywhere("shop")).diagnostics == ()


def test_pods_that_leave_are_divided_over_the_other_data_centers_by_capacity() -> None:
    """Of 150 cores, dc3 gets three times the part of dc2, whose capacity is a third. Environment dev gets nothing."""
    data = fleet_of("shop", cpu=50)
    large = {"dc1": {"region": "eu-west-1", "clusters": {"d": cluster("d", 10_000)}}}
    data["environments"]["dev"] = {"dataCenters": large, "placement": {}}
    data["environments"]["prod"]["dataCenters"]["dc3"] = {"region": "eu-west-1", "clusters": {"z": cluster("z", 300)}}
    dev = Cell("dev", "dc1")
    demands = demands_of(DC1, DC2, DC3, dev, shop=[app("web", pods=1)])
    demands[DC1]["shop"] = Demand("shop", (app("web", pods=150),))
    lock = Lock({**everywhere("shop", cells=[DC1, DC2, DC3]).hosts, dev: {"shop": (Host("d", 100),)}})
    assert evacuated(data, demands, lock).diagnostics == ()
    demands[DC1]["shop"] = Demand("shop", (app("web", pods=400),))
    result = evacuated(data, demands, lock)
    assert [d.message.partition(" ")[0] for d in result.diagnostics] == ["prod/dc2/x", "prod/dc2/y", "prod/dc3/z"]


def test_an_evacuation_of_p0_needs_confirmation_that_the_others_are_sized_for_it() -> None:
    apps = {f"t{n}": [app(f"app{n}", "P0", pods=1), app(f"home{n}", "P0", "home")] for n in range(7)}
    demands = demands_of(**apps) | {Cell("dev", "dc1"): {"t0": Demand("t0", (app("app0", "P0", pods=50),))}}
    demands[DC2]["t0"] = Demand("t0", (app("app0", "P0", pods=3), app("home0", "P0", "home")))
    lock = everywhere(*apps, homes={f"t{n}/home{n}": "a" for n in range(7)})
    (problem,) = evacuated(fleet_of(*apps), demands, lock, Choices()).diagnostics
    assert problem.code == "SF446"
    assert "t0/app0 has at most 1 pods there and 3 elsewhere" in problem.message
    assert problem.message.endswith("; and 2 more")
    assert problem.detail.splitlines()[-1] == "t6/app6 has at most 1 pods there and 1 elsewhere"
    assert evacuated(fleet_of(*apps), demands, lock).diagnostics == ()
    low = {"t0": [app("app0", "P1", pods=5)]}
    assert evacuated(fleet_of("t0"), demands_of(**low), everywhere("t0"), Choices()).diagnostics == ()


def test_a_complete_evacuation_has_no_next_step() -> None:
    fleet, demands = fleet_input(fleet_of("shop")), demands_of(shop=[app("web")])
    lock = everywhere("shop", cells=[DC2])
    assert next_evacuation(fleet, demands, lock, DC1, SIZED, TODAY) is None
    assert namespaces_of(lock, DC1, demands[DC1]) == {}


def test_a_refusal_is_an_error_and_not_a_partial_step() -> None:
    fleet, demands = fleet_input(fleet_of("shop")), demands_of(shop=[app("web", "P0")])
    with pytest.raises(DiagnosticError):
        next_evacuation(fleet, demands, everywhere("shop"), DC1, Choices(), TODAY)
