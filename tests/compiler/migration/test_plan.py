"""Plans of migrations: their titles and parts, and the reasons not to begin."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.choices import Choices
from sixfold_compiler.migration.plan import plan_drain, plan_evacuation
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, TODAY, app, center, cluster, fleet_input, team

A = Target("prod", "dc1", "a")
DEMANDS = {DC1: {"shop": Demand("shop", (app("web", pods=2),))}}
LOCK = Lock({DC1: {"shop": (Host("a", 100),)}}, {})


def fleet(a="draining", b="active", **teams):
    clusters = {"a": cluster("a", state=a), "b": cluster("b", state=b)}
    return fleet_input(center(clusters, {"shop": team(**teams)}, {}))


def test_a_drain_moves_the_teams_of_a_cluster_to_the_others_of_its_data_center() -> None:
    plan = plan_drain(fleet(), DEMANDS, A, Choices(), TODAY)
    assert (plan.title, plan.cell, plan.only, plan.refusals) == ("Drain prod/dc1/a", DC1, "prod/dc1", ())
    step = plan.next_step(LOCK)
    assert (step.stage, step.teams) == ("join", ["shop"])
    assert plan.next_step(Lock({DC1: {"shop": (Host("b", 100),)}}, {})) is None
    assert plan.staying(LOCK) == {}


def test_a_team_with_volumes_that_stays_has_a_reason() -> None:
    demands = {DC1: {"shop": Demand("shop", (app("db", spread="home", claims=True),))}}
    plan = plan_drain(fleet(), demands, A, Choices(claims="keep"), TODAY)
    assert plan.staying(Lock({DC1: {"shop": (Host("a", 100),)}}, {DC1: {"shop/db": "a"}})) == {
        "shop": "its volumes are there"
    }


@pytest.mark.parametrize("state", ["active", "standby", "retired"])
def test_a_cluster_that_is_not_draining_is_not_drained(state) -> None:
    (problem,) = plan_drain(fleet(a=state), DEMANDS, A, Choices(), TODAY).refusals
    assert problem.code == "SF448"
    assert problem.message.startswith(f"prod/dc1/a is {state}, ")


def test_an_evacuation_changes_the_complete_environment() -> None:
    plan = plan_evacuation(fleet(b="draining"), DEMANDS, DC1, Choices(), TODAY)
    assert (plan.title, plan.cell, plan.only, plan.refusals) == ("Evacuate prod/dc1", DC1, "prod", ())
    assert plan.staying(LOCK).keys() <= {"shop"}


def test_a_data_center_that_accepts_teams_is_not_evacuated() -> None:
    (problem,) = plan_evacuation(fleet(), DEMANDS, DC1, Choices(), TODAY).refusals
    assert problem.code == "SF448"
    assert problem.message.startswith("prod/dc1 has clusters that accept teams")
