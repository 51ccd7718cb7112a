"""Single drains, step by step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sixfold_compiler.migration import Choices, compute_schedule, next_step
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, DC2, TODAY, app, center, draining
from tests.support.repos import cluster, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

CHOICES = Choices(once="stop-then-start")


def small(state="active", **fields):
    """Return a fleet with two active clusters, a third in some state, and team shop on the first two."""
    clusters = {"c0": cluster("c0", 100), "c1": cluster("c1", 100), "c2": cluster("c2", 100, state=state)}
    return center(clusters, {"shop": team(**fields)}, {"tiers": {"P2": {"spread": 2}}})


def drained(data, apps, choices=CHOICES):
    demands = {DC1: {"shop": Demand("shop", tuple(apps))}}
    row = (Host("c0", 60), Host("c1", 40))
    homes = {f"shop/{a.app}": "c0" for a in apps if a.spread == "home"}
    lock = Lock({DC1: {"shop": row}}, {DC1: homes})
    fleet, target = draining(data, "c0"), Target("prod", "dc1", "c0")
    return compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


def test_the_replacement_of_a_cluster_gets_its_weight_and_no_other_host_changes() -> None:
    result = drained(small(), [app("web", pods=10)])
    assert [s.stage for s in result.steps] == ["join", "shift", "empty", "leave"]
    rows = [{h.cluster: h.weight for h in s.lock.row(DC1, "shop")} for s in result.steps]
    assert rows == [
        {"c0": 60, "c1": 40, "c2": 0},
        {"c0": 30, "c1": 40, "c2": 30},
        {"c0": 0, "c1": 40, "c2": 60},
        {"c1": 40, "c2": 60},
    ]


def test_a_standby_cluster_comes_into_use_only_without_room_on_active_ones() -> None:
    result = drained(small("standby"), [app("web", pods=10)])
    assert result.steps[0].standby == {"prod/dc1/c2": "shop"}
    single = drained({**small("standby"), "environments": one_host(small("standby"))}, [app("web", pods=10)])
    assert single.steps[0].standby == {}


def one_host(data):
    """Return the environments with a rule that accepts one cluster for P2."""
    data["environments"]["prod"]["placement"]["tiers"]["P2"]["spread"] = 1
    return data["environments"]


def test_volumes_stop_a_drain_until_the_operator_chooses() -> None:
    apps = [app("db", spread="home", kind="StatefulSet", claims=True), app("web", pods=4)]
    assert [d.code for d in drained(small(), apps).diagnostics] == ["SF442"]
    assert "shop/db" in drained(small(), apps).diagnostics[0].message
    kept = drained(small(), apps, replace(CHOICES, claims="keep"))
    assert (kept.steps, kept.diagnostics) == ((), ())
    moved = drained(small(), apps, replace(CHOICES, claims="move-without-data"))
    assert [s.stage for s in moved.steps] == ["join", "shift", "empty", "stop", "leave"]
    assert moved.steps[3].lock.homes[DC1] == {"shop/db": ""}


def test_a_deployment_that_runs_once_starts_on_its_new_home_first() -> None:
    result = drained(small(), [app("one", spread="home")])
    homes = [
        (s.stage, s.lock.homes[DC1]["shop/one"], s.lock.copies_of(DC1, "shop").get("one", "")) for s in result.steps
    ]
    new = result.steps[-1].lock.homes[DC1]["shop/one"]
    assert homes == [("join", "c0", new), ("shift", new, "c0"), ("empty", new, "c0"), ("leave", new, "")]


def test_a_pin_stops_a_drain_and_the_finding_names_its_reason() -> None:
    pin = {"environment": "prod", "cluster": "c0", "reason": "a licence", "until": "2027-01-01"}
    result = drained(small(pins=[pin]), [app("web", pods=4)])
    assert [d.code for d in result.diagnostics] == ["SF441"]
    assert "a licence" in result.diagnostics[0].message


def test_no_step_begins_without_room_on_the_other_clusters() -> None:
    result = drained(small(), [app("web", pods=250)])
    assert result.steps == ()
    assert [d.code for d in result.diagnostics] == ["SF430"]
    assert "250 cores" in result.diagnostics[0].message


def test_teams_that_no_other_cluster_can_host_do_not_keep_the_others_from_moving() -> None:
    """Only c0 has the API of shop, and pay moves: its whole way is taken before the finding about shop."""
    data = one_team_more("pay")
    data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["c0"]["apis"] = ["kafka.io/v1"]
    one_host(data)
    shop = Demand("shop", (app("web", pods=2, apis=frozenset({"kafka.io/v1"})),))
    demands = {DC1: {"shop": shop, "pay": Demand("pay", (app("web", pods=2),))}}
    lock = Lock({DC1: {"shop": (Host("c0", 100),), "pay": (Host("c0", 100),)}})
    fleet, target = draining(data, "c0"), Target("prod", "dc1", "c0")
    result = compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, CHOICES, TODAY))
    assert [(s.stage, s.teams) for s in result.steps] == [
        (stage, ["pay"]) for stage in ("join", "shift", "empty", "leave")
    ]
    assert [(d.code, "team shop" in d.message) for d in result.diagnostics] == [("SF431", True)]
    assert result.steps[-1].lock.row(DC1, "shop") == (Host("c0", 100),)


def one_team_more(name):
    data = small()
    data["teams"][name] = team()
    return data


def test_namespaces_without_apps_move_first_and_all_at_once() -> None:
    """No pod moves with them, so waves would only add steps. The other namespaces follow in waves."""
    names = [f"t{n}" for n in range(8)]
    data = small()
    data["teams"] |= {name: team() for name in [*names, "two"]}
    demands = {DC1: {t: Demand(t, (app("web", pods=2),)) for t in ("shop", "two")}}
    row = (Host("c0", 60), Host("c1", 40))
    lock = Lock({DC1: dict.fromkeys([*names, "shop", "two"], row)}, {})
    fleet, target = draining(data, "c0"), Target("prod", "dc1", "c0")
    choices = replace(CHOICES, wave="1")
    result = compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))
    assert [s.teams for s in result.steps[:4]] == [names] * 4
    assert [s.teams for s in result.steps[4:]] == [["shop"]] * 4 + [["two"]] * 4


def moving(*, old=0, new=60):
    """Return hosts of a namespace that moves from c0 to c2, with these weights meanwhile."""
    return (Host("c0", old, (60, 0)), Host("c1", 40, (40, 40)), Host("c2", new, (0, 60)))


def remaining(data, demands, lock, choices=CHOICES):
    fleet, target = draining(data, "c0"), Target("prod", "dc1", "c0")
    return compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


def test_the_moves_that_are_furthest_behind_advance_first() -> None:
    data = small()
    data["teams"]["pay"] = team()
    demands = {DC1: {t: Demand(t, (app("web", pods=10),)) for t in ("shop", "pay")}}
    lock = Lock({DC1: {"shop": moving(old=60, new=0), "pay": moving()}}, {})
    result = remaining(data, demands, lock)
    assert [(s.stage, s.teams) for s in result.steps] == [
        ("shift", ["shop"]),
        ("empty", ["shop"]),
        ("leave", ["pay", "shop"]),
    ]


def test_a_stopped_app_without_a_manifest_gets_the_heaviest_host_as_its_home() -> None:
    """Its new home is unknown, and an app without a home would be an error of the next compile."""
    lock = Lock({DC1: {"shop": moving()}}, {DC1: {"shop/job": ""}})
    result = remaining(small(), {DC1: {"shop": Demand("shop", (app("web", pods=10),))}}, lock)
    assert [s.stage for s in result.steps] == ["leave"]
    assert result.steps[0].lock.homes[DC1] == {"shop/job": "c2"}


def test_p0_moves_one_stack_at_a_time_whatever_the_wave_is() -> None:
    names = {"match": "live", "score": "live", "ads": "money"}
    data = small()
    data["teams"] = {n: team(stack=stack) for n, stack in names.items()}
    demands = {DC1: {n: Demand(n, (app("web", "P0"),)) for n in names}}
    lock = Lock({DC1: dict.fromkeys(names, (Host("c0", 60), Host("c1", 40)))}, {})
    result = remaining(data, demands, lock, replace(CHOICES, wave="100%"))
    assert [s.teams for s in result.steps] == [["ads"]] * 4 + [["match", "score"]] * 4


def narrow(tier, large, wide, **fields):
    """Return the drain of c0 where `large` must move to c1, and `wide` gets a smaller weight there to make room.

    At the end both fit. Before, c1 would hold `large` and half of `wide`, more than its 100 cores.
    """
    pin = {"environment": "prod", "cluster": "c1", "reason": "a licence", "until": "2027-01-01"}
    clusters = {"c0": cluster("c0", 200), "c1": cluster("c1", 100), "c2": cluster("c2", 400)}
    teams = {"large": team(pins=[pin], **fields), "wide": team(**fields)}
    demands = {DC1: {t: Demand(t, (app("web", tier, pods=n),)) for t, n in (("large", large), ("wide", wide))}}
    lock = Lock({DC1: {"large": (Host("c0", 100),), "wide": (Host("c0", 50), Host("c1", 50))}}, {})
    rules = {"tiers": {t: {"spread": 1} for t in ("P0", "P2")}}
    return remaining(center(clusters, teams, rules), demands, lock, replace(CHOICES, wave="100%"))


def test_a_wave_shrinks_until_all_of_it_has_room_to_run_twice() -> None:
    """`wide` is smaller, so it moves first, and then there is room for `large`."""
    result = narrow("P2", large=80, wide=60)
    assert [s.teams for s in result.steps] == [["wide"]] * 4 + [["large"]] * 4
    assert {h.cluster: h.weight for h in result.steps[-1].lock.row(DC1, "wide")} == {"c1": 20, "c2": 80}
    assert result.diagnostics == ()


def test_a_namespace_without_room_to_run_twice_stops_the_drain_with_figures() -> None:
    (problem,) = narrow("P2", large=60, wide=100).diagnostics
    assert problem.code == "SF444"
    check_snapshot(f"{problem.message}\n", SNAPSHOTS / "drain-without-room.txt")


def test_a_stack_of_p0_moves_together_or_not_at_all() -> None:
    (problem,) = narrow("P0", large=80, wide=60, stack="live").diagnostics
    assert problem.code == "SF444"
    assert "large, wide" in problem.message


def test_a_cluster_over_its_room_does_not_stop_a_step_that_adds_nothing_to_it() -> None:
    """c1 and a cluster of another data center exceed their room before the drain."""
    data = center(
        {n: cluster(n, 100) for n in ("c0", "c1", "c2")}, {"shop": team(), "big": team()}, {"tiers": {"P2": {"spread": 1}}},
        dc2={"x": cluster("x", 10)},
    )  # fmt: skip
    large = Demand("big", (app("web", pods=150),))
    demands = {DC1: {"shop": Demand("shop", (app("web", pods=10),)), "big": large}, DC2: {"big": large}}
    lock = Lock({DC1: {"shop": (Host("c0", 100),), "big": (Host("c1", 100),)}, DC2: {"big": (Host("x", 100),)}}, {})
    result = remaining(data, demands, lock)
    assert (result.diagnostics, [s.stage for s in result.steps]) == ((), ["join", "shift", "empty", "leave"])
    assert result.steps[-1].lock.row(DC1, "shop") == (Host("c2", 100),)
