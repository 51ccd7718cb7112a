"""Single simulations, with figures calculated by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif import (
    Scenario,
    broken_apps,
    every_loss,
    loss_problems,
    scenario_of,
    simulate,
    single_losses,
)
from tests.support.snapshots import check_snapshot
from tests.support.worlds import DC1, DC2, A, B, C, app, pieces, three, world

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_survivors_take_over_by_weight() -> None:
    result = pieces(simulate(*three(app("web", pods=100, scaled=True)), Scenario(frozenset({B}))))
    assert {c: p.asked for c, p in result.items()} == {
        "dc1-a": Fraction(500, 7),
        "dc1-b": 0,
        "dc1-c": Fraction(200, 7),
    }


def test_maxima_carry_the_largest_loss_and_no_more() -> None:
    small = three(app("web", pods=100, scaled=True))
    assert not list(broken_apps(simulate(*small, Scenario(frozenset({A})))))
    result = pieces(simulate(*small, Scenario(frozenset({A}), Fraction(3, 2))))
    assert result["dc1-b"].maximum == 90 - 60  # 150 x 30/50, and ceil(100 x 30/50) at most


def test_a_fixed_number_of_pods_carries_more_each_and_breaks_nothing() -> None:
    outcome = simulate(*three(app("web", pods=100)), Scenario(frozenset({A})))
    result = pieces(outcome)
    assert (result["dc1-b"].running, result["dc1-b"].fixed) == (30, 30)
    assert not list(broken_apps(outcome))


def test_lower_tiers_are_preempted_before_the_highest() -> None:
    small = three(app("web", pods=100, scaled=True), app("batch", "P2", pods=100, scaled=True), cores=110)
    outcome = simulate(*small, Scenario(frozenset({B})))
    batch, web = pieces(outcome, "batch"), pieces(outcome)
    # dc1-a: 110 cores, 500/7 of P0; P2 ran 50 there and would grow by 150/7.
    assert web["dc1-a"].running == Fraction(500, 7)
    assert outcome.clusters[A].total("after").cpu in (109_999, 110_000, 110_001)
    assert batch["dc1-a"].preempted == pytest.approx(50 - (110 - 500 / 7), abs=0.01)
    assert batch["dc1-a"].pending == Fraction(150, 7)
    assert batch["dc1-c"].refused == 0


def test_a_quota_rejects_new_pods_and_deletes_none() -> None:
    quota = {"cpu": 105, "memory": "900Ti", "pods": 10**6}
    result = pieces(
        simulate(*three(app("web", pods=100, scaled=True), quota=quota), Scenario(frozenset({A}), Fraction(2)))
    )
    # dc1-b may have 105 x 30/50 = 63 cores; its maximum of 60 is below the traffic of 120.
    assert (result["dc1-b"].maximum, result["dc1-b"].quota) == (60, 0)
    tight = {"cpu": 50, "memory": "900Ti", "pods": 10**6}
    result = pieces(simulate(*three(app("web", pods=100, scaled=True), quota=tight), Scenario(frozenset({A}))))
    assert result["dc1-b"].running == 30
    assert result["dc1-b"].quota == 30


def test_apps_that_run_once_stop_with_their_home() -> None:
    small = three(
        app("once", spread="home", pods=1, claims=True),
        app("copy", spread="every", pods=2),
        homes={"dc1": {"shop/once": "dc1-b"}},
    )
    outcome = simulate(*small, Scenario(frozenset({B})))
    ((cell, stop),) = outcome.stops()
    assert (cell, stop.app, stop.cluster, stop.claims) == (DC1, "once", "dc1-b", True)
    assert [b.refused for b in broken_apps(outcome)] == [{"stopped": 1}]
    assert not list(simulate(*small, Scenario(frozenset({A}))).stops())


def test_a_lost_data_center_hands_on_to_those_that_run_the_app() -> None:
    rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"shop": {"dc2-a": 100}}}
    apps = {
        "dc1": {
            "shop": [app("web", pods=10, scaled=True), app("lonely", pods=4, scaled=True), app("copy", spread="every")]
        },
        "dc2": {"shop": [app("web", pods=10, scaled=True), app("copy", spread="every")]},
    }
    small = world({"dc1": {"dc1-a": 100}, "dc2": {"dc2-a": 100}}, rows, apps)
    outcome = simulate(*small, Scenario(frozenset({A})))
    web = next(p for p in outcome.cells[DC2].pieces if p.app == "web")
    assert (web.asked, web.maximum) == (20, 10)
    assert [(str(cell), stop.app) for cell, stop in outcome.stops()] == [("prod/dc1", "lonely")]


def test_a_data_center_whose_clusters_are_lost_too_takes_over_no_load() -> None:
    rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"shop": {"dc2-a": 100}}}
    apps = {name: {"shop": [app("web", pods=10, scaled=True)]} for name in rows}
    small = world({"dc1": {"dc1-a": 100}, "dc2": {"dc2-a": 100}}, rows, apps)
    outcome = simulate(*small, Scenario(frozenset({A, Target("prod", "dc2", "dc2-a")})))
    assert sorted(str(cell) for cell, _ in outcome.stops()) == ["prod/dc1", "prod/dc2"]


def test_every_single_loss_names_what_breaks_and_by_how_much() -> None:
    small = three(app("web", pods=100, scaled=True), cores=70)
    losses = list(every_loss(*small, Scenario(), single_losses(small.fleet)))
    assert [(loss.name, bool(loss.broken)) for loss in losses] == [
        ("prod/dc1/dc1-a", False),
        ("prod/dc1/dc1-b", True),
        ("prod/dc1/dc1-c", False),
    ]
    (problem,) = loss_problems(losses, lambda _: None, Scenario())
    assert problem.code == "SF461"
    assert "prod/dc1/dc1-b breaks shop/web (P0) in prod/dc1: 1.4 of 100 pods' worth" in problem.message
    assert "1.4 without room" in problem.message


def test_findings_separate_load_alone_from_the_worst_loss() -> None:
    small = three(app("web", pods=100, scaled=True), app("fine", pods=1, scaled=True), cores=60)
    load = Scenario(load=Fraction(13, 10))
    losses = list(every_loss(*small, load, single_losses(small.fleet)))
    assert all(loss.without == losses[0].without for loss in losses)
    problems = {d.code: d for d in loss_problems(losses, lambda _: None, load) if "shop/web" in d.message}
    assert sorted(problems) == ["SF461", "SF462"]
    lines = [f"{code}: {problems[code].message}\n  {problems[code].help}\n" for code in sorted(problems)]
    check_snapshot("".join(lines), SNAPSHOTS / "losses.txt")
    assert not [d for d in loss_problems(losses, lambda _: None, load, "prod/dc2") if d.code == "SF462"]


def test_a_loss_is_not_blamed_for_what_is_broken_without_it() -> None:
    rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"match": {"dc2-a": 50, "dc2-b": 50}}}
    apps = {"dc1": {"shop": [app("web", pods=100, scaled=True)]}, "dc2": {"match": [app("live", pods=10)]}}
    small = world({"dc1": {"dc1-a": 50, "dc1-z": 50}, "dc2": {"dc2-a": 90, "dc2-b": 90}}, rows, apps)
    losses = {loss.name: loss for loss in every_loss(*small, Scenario(), single_losses(small.fleet))}
    assert losses["prod/dc2/dc2-a"].broken, "shop/web has too little room, whatever is lost"
    assert not losses["prod/dc2/dc2-a"].caused


def test_live_capacity_takes_the_place_of_the_fleets() -> None:
    small = three(app("web", pods=100, scaled=True))
    live = {A: Resources(10_000, 2**40, 100)}
    assert simulate(*small, Scenario(), live).clusters[A].capacity == live[A]
    assert list(broken_apps(simulate(*small, Scenario(), live)))


def test_reserve_is_no_load() -> None:
    """A reserve runs no pods, so no other cluster has to run it after a loss."""
    small = three(app("web", pods=100), rules={"reserve": 1.0})
    assert simulate(*small, Scenario()).clusters[A].total("after").cpu == 50_000


@pytest.mark.parametrize(
    ("lose", "load", "teams", "expected"),
    [
        (["dc1-z"], "1", [], "the fleet has no cluster or data center 'dc1-z'"),
        (["c"], "1", [], "the fleet has no cluster or data center 'c'"),
        ([], "0", [], "--load is '0'"),
        ([], "nan", [], "--load is 'nan'"),
        ([], "1e400", [], "--load is '1e400'"),
        ([], "4/3", [], "--load is '4/3'"),
        ([], "1", ["shop"], "--team-load 'shop'"),
        ([], "1", ["shpo=2"], "'shpo'"),
        ([], "1", ["shop=-2"], "--team-load shop is '-2'"),
    ],
)
def test_invalid_scenarios_are_findings(lose, load, teams, expected) -> None:
    with pytest.raises(DiagnosticError) as error:
        scenario_of(three(app("web")).fleet, lose, load, teams)
    (problem,) = error.value.diagnostics
    assert problem.code == "SF460"
    assert expected in problem.message


def test_a_name_may_be_any_unique_end_of_the_path() -> None:
    fleet = three(app("web")).fleet
    for name in ("dc1-b", "dc1/dc1-b", "prod/dc1/dc1-b", "/prod/dc1/dc1-b/"):
        assert scenario_of(fleet, [name], "1", []).lost == {B}
    assert scenario_of(fleet, ["dc1"], "1.3", ["shop=2"]) == Scenario(
        frozenset({A, B, C}), Fraction(13, 10), {"shop": Fraction(2)}
    )
