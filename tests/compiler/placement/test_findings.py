"""Findings of a placement: each names the constraint that fails, its figures, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.placements import app, clusters, codes, demand, exception, lock_of, one_center, placed, sized, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_a_cluster_dedicated_to_an_unknown_team_is_reported_with_the_nearest_name() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", dedicated={"teams": ["shpo", "shop"], "tiers": ["P0"]})})
    (problem,) = placed(fleet).diagnostics
    assert problem.code == "SF439"
    assert "prod/dc1/b is dedicated to the team 'shpo'" in problem.message
    assert "shop" in problem.help


def test_what_runs_on_every_host_and_node_counts_against_the_quota() -> None:
    """On two hosts of five nodes each, one app needs 2 x 3 cores, and the app on every node 10 x 2 cores."""
    nodes = {n: sized(n) | {"capacity": {"cpu": 100, "memory": "4Ti", "pods": 500, "nodes": 5}} for n in "ab"}
    apps = (app("copy", spread="every", pods=3), app("agent", spread="node", cpu=2))
    quota = {"cpu": 25, "memory": "4Ti", "pods": 1000}
    (problem,) = placed(one_center(nodes, {"shop": team(quota=quota)}), demand("shop", *apps)).diagnostics
    assert (problem.code, problem.severity) == ("SF436", "warning")
    assert "26 cores" in problem.message
    assert codes(placed(one_center(nodes, {"shop": team(quota=quota | {"cpu": 26})}), demand("shop", *apps))) == []


@pytest.mark.parametrize(
    ("extra", "source"), [({}, "quota"), ({"quotas": {"prod": {"cpu": 1, "memory": "4Ti", "pods": 9}}}, "quotas")]
)
def test_the_quota_that_is_too_small_is_the_one_of_the_environment_where_it_has_one(extra, source) -> None:
    small = team(quota={"cpu": 2, "memory": "4Ti", "pods": 1000}, **extra)
    (problem,) = placed(one_center(clusters("a"), {"shop": small}), demand("shop", app(pods=3))).diagnostics
    assert problem.code == "SF436"
    assert ("its quota is 1.0 cores" in problem.message) == (source == "quotas")


def test_what_a_team_needs_in_all_counts_its_homes_and_a_copy_for_each_host() -> None:
    """The demand is 175 divided (with the reserve), 20 at home, and 5 on each of two hosts; each cluster has 20 free."""
    tiers = {"tiers": {"P2": {"spread": 2}}, "reserve": 0.2}
    apps = (app(pods=110), app("db", spread="home", pods=20), app("copy", spread="every", pods=5))
    (problem,) = placed(one_center(clusters("a", "b", cpu=20), rules=tiers), demand("shop", *apps)).diagnostics
    assert problem.code == "SF430"
    assert "it needs 205 cores" in problem.message
    assert "40 cores" in problem.message


def test_every_cluster_has_its_reason_and_the_help_lists_only_the_first_ones() -> None:
    names = ("a", "b", "c", "d", "e")
    (problem,) = placed(
        one_center(clusters(*names, cpu=10)), demand("shop", app("db", spread="home", pods=20))
    ).diagnostics
    assert [line.partition(":")[0] for line in problem.detail.splitlines()] == list(names)
    assert problem.help.endswith(" | and 2 more")
    assert "sixfold place --explain shop" in problem.help


def test_a_retired_cluster_is_reported_with_the_first_of_its_teams() -> None:
    names = [f"t{n}" for n in range(7)]
    fleet = one_center(
        {"a": sized("a"), "b": sized("b", state="retired"), "c": sized("c", state="retired")},
        {n: team() for n in names},
    )
    proposal = placed(fleet, lock=lock_of(**{n: {"a": 50, "b": 50} for n in names}))
    (problem,) = (d for d in proposal.diagnostics if d.code == "SF427")
    check_snapshot(f"{problem.message}\n", SNAPSHOTS / "retired-cluster.txt")


def test_a_pin_to_a_cluster_that_drains_is_refused_because_it_takes_no_more_teams() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="draining")}, {"shop": team(pins=[exception("b")])})
    (problem,) = placed(fleet).diagnostics
    assert (problem.code, problem.message.rpartition(": ")[2]) == ("SF438", "it accepts no more teams")
    stays = placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}))
    assert codes(stays) == [], "where it is already, it may stay"
