"""The decisions of an operator: how many namespaces move at once, and the findings that ask for what is missing."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.choices import Choices, choice_problems, runs_once, volume_apps
from sixfold_compiler.placement import Demand
from tests.support.moves import app, center, cluster, fleet_input, team


@pytest.mark.parametrize(
    ("wave", "namespaces", "count"),
    [
        ("10%", 200, 20), ("10%", 201, 21), ("10%", 10, 1), ("10%", 3, 1), ("100%", 7, 7), ("0%", 7, 1),
        ("5", 200, 5), ("5", 3, 5), ("0", 3, 1),
    ],
)  # fmt: skip
def test_a_wave_is_a_number_or_a_share_rounded_up_and_never_empty(wave, namespaces, count) -> None:
    assert Choices(wave).count(namespaces) == count


def test_without_choices_a_tenth_moves_at_once_and_nothing_is_confirmed() -> None:
    assert Choices() == Choices("10%", once="", claims="", sized=False)


@pytest.mark.parametrize(
    ("fields", "once"),
    [
        ({}, False),
        ({"recreate": True}, True),
        ({"claims": True}, True),
        ({"kind": "StatefulSet"}, True),
        ({"kind": "CronJob"}, True),
        ({"spread": "every", "kind": "StatefulSet"}, False),
        ({"spread": "share", "claims": True}, False),
    ],
)
def test_an_app_with_a_home_must_not_run_twice_if_it_has_data_or_an_identity(fields, once) -> None:
    assert runs_once(app("web", **{"spread": "home"} | fields)) is once


def test_apps_have_volumes_on_a_cluster_that_is_left_if_they_run_there() -> None:
    demand = Demand(
        "shop",
        (
            app("plain"),
            app("wide", spread="every", claims=True),
            app("near", spread="home", claims=True),
            app("far", spread="home", claims=True),
            app("nowhere", spread="home", claims=True),
            app("empty", spread="home"),
        ),
    )
    homes = {"near": "a", "far": "b", "empty": "a"}
    assert volume_apps(demand, ["a"], homes) == ["wide", "near"]
    assert volume_apps(demand, iter(["a", "b"]), homes) == ["wide", "near", "far"]


def test_each_missing_decision_is_one_finding_about_all_apps() -> None:
    fleet = fleet_input(center({"a": cluster("a")}, {"shop": team(), "ads": team()}, {}))
    claims, once = {"shop": ["db"], "ads": ["x", "y"]}, {"shop": ["job"]}
    volumes, twice = choice_problems(fleet, "prod/dc1/a", once, claims)
    assert (volumes.code, twice.code) == ("SF442", "SF443")
    assert volumes.message.startswith("apps on prod/dc1/a have volumes")
    assert volumes.message.endswith(": ads/x, ads/y and shop/db")
    assert twice.message.endswith(": shop/job")
    assert "--claims keep" in volumes.help
    assert "--once stop-then-start" in twice.help
    assert [problem.code for problem in choice_problems(fleet, "a", once, {})] == ["SF443"]
    assert choice_problems(fleet, "a", {}, {"shop": []}) == []
