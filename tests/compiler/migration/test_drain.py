"""Single walks, step by step."""

from __future__ import annotations

from dataclasses import replace

from sixfold_compiler.migration import Choices, next_step, walk
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, DC2, TODAY, app, center, draining
from tests.support.repos import cluster, team

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


def moving(*, gone=0, new=60):
    """A row on its way from c0 to c2, with these weights meanwhile."""
    return (Host("c0", gone, (60, 0)), Host("c1", 40, (40, 40)), Host("c2", new, (0, 60)))


def rest_of(data, demands, lock, choices=CHOICES, gone="c0"):
    fleet, target = draining(data, gone), Target("prod", "dc1", gone)
    return walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


def test_of_namespaces_on_their_way_those_furthest_behind_go_on_first() -> None:
    data = small()
    data["teams"]["pay"] = team()
    demands = {DC1: {t: Demand(t, (app("web", pods=10),)) for t in ("shop", "pay")}}
    lock = Lock({DC1: {"shop": moving(gone=60, new=0), "pay": moving()}}, {})
    found = rest_of(data, demands, lock)
    assert [(s.stage, s.teams) for s in found.steps] == [
        ("shift", ["shop"]),
        ("empty", ["shop"]),
        ("leave", ["pay", "shop"]),
    ]


def test_an_app_that_was_stopped_and_lost_its_manifest_meanwhile_ends_on_the_heaviest_host() -> None:
    """Where it would go is not known any more, and no home at all would be an error of the next compile."""
    lock = Lock({DC1: {"shop": moving()}}, {DC1: {"shop/job": ""}})
    found = rest_of(small(), {DC1: {"shop": Demand("shop", (app("web", pods=10),))}}, lock)
    assert [s.stage for s in found.steps] == ["leave"]
    assert found.steps[0].lock.homes[DC1] == {"shop/job": "c2"}


def test_p0_goes_one_stack_at_a_time_whatever_the_wave_is() -> None:
    names = {"match": "live", "score": "live", "ads": "money"}
    data = small()
    data["teams"] = {n: team(stack=stack) for n, stack in names.items()}
    demands = {DC1: {n: Demand(n, (app("web", "P0"),)) for n in names}}
    lock = Lock({DC1: dict.fromkeys(names, (Host("c0", 60), Host("c1", 40)))}, {})
    found = rest_of(data, demands, lock, replace(CHOICES, wave="100%"))
    assert [s.teams for s in found.steps] == [["ads"]] * 4 + [["match", "score"]] * 4


def narrow(tier, large, wide, **more):
    """`large` must go from c0 to c1, where `wide` has to make room for it by a smaller weight.

    In the end both fit; but until then c1 would hold `large` and half of `wide`, more than its 100 cores.
    """
    pin = {"environment": "prod", "cluster": "c1", "reason": "a licence", "until": "2027-01-01"}
    clusters = {"c0": cluster("c0", 200), "c1": cluster("c1", 100), "c2": cluster("c2", 400)}
    teams = {"large": team(pins=[pin], **more), "wide": team(**more)}
    demands = {DC1: {t: Demand(t, (app("web", tier, pods=n),)) for t, n in (("large", large), ("wide", wide))}}
    lock = Lock({DC1: {"large": (Host("c0", 100),), "wide": (Host("c0", 50), Host("c1", 50))}}, {})
    rules = {"tiers": {t: {"spread": 1} for t in ("P0", "P2")}}
    return rest_of(center(clusters, teams, rules), demands, lock, replace(CHOICES, wave="100%"))


def test_a_wave_is_smaller_where_not_all_of_it_has_room_to_run_twice() -> None:
    """`wide` is the smaller one: it goes first, and when it has left there is room for the other."""
    found = narrow("P2", large=80, wide=60)
    assert [s.teams for s in found.steps] == [["wide"]] * 4 + [["large"]] * 4
    assert {h.cluster: h.weight for h in found.steps[-1].lock.row(DC1, "wide")} == {"c1": 20, "c2": 80}
    assert found.diagnostics == ()


def test_who_has_no_room_to_run_twice_even_alone_is_told_with_figures() -> None:
    (problem,) = narrow("P2", large=60, wide=100).diagnostics
    assert problem.code == "SF444"
    assert problem.message.startswith("large cannot run twice on prod/dc1/c1 while moving: it would have 110 cores")
    assert problem.message.endswith("of 100 cores, 400.0 GiB, 1,000 pods")


def test_a_stack_of_p0_goes_whole_or_not_at_all() -> None:
    (problem,) = narrow("P0", large=80, wide=60, stack="live").diagnostics
    assert (problem.code, problem.message.partition(" cannot")[0]) == ("SF444", "large, wide")


def test_a_cluster_that_is_too_full_already_stops_no_step_that_adds_nothing_to_it() -> None:
    """c1 has grown over its room, as has one of another data center: that is not what this walk does."""
    data = center(
        {n: cluster(n, 100) for n in ("c0", "c1", "c2")}, {"shop": team(), "big": team()}, {"tiers": {"P2": {"spread": 1}}},
        dc2={"x": cluster("x", 10)},
    )  # fmt: skip
    large = Demand("big", (app("web", pods=150),))
    demands = {DC1: {"shop": Demand("shop", (app("web", pods=10),)), "big": large}, DC2: {"big": large}}
    lock = Lock({DC1: {"shop": (Host("c0", 100),), "big": (Host("c1", 100),)}, DC2: {"big": (Host("x", 100),)}}, {})
    found = rest_of(data, demands, lock)
    assert (found.diagnostics, [s.stage for s in found.steps]) == ((), ["join", "shift", "empty", "leave"])
    assert found.steps[-1].lock.row(DC1, "shop") == (Host("c2", 100),)
