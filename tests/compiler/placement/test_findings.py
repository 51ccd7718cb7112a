"""Findings of a placement: the constraint, its figures, and the fix."""

from __future__ import annotations

import pytest

from tests.support.placements import app, clusters, codes, demand, exception, lock_of, one_center, placed, sized, team


def test_dedication_to_an_unknown_team_suggests_the_nearest_name() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", dedicated={"teams": ["shpo", "shop"], "tiers": ["P0"]})})
    (result,) = placed(fleet).diagnostics
    assert (result.code, result.message) == ("SF439", "cluster prod/dc1/b is dedicated to the unknown team 'shpo'")
    assert "shop" in result.help


def test_copies_and_daemons_count_against_the_quota() -> None:
    """Two hosts of five nodes each: 2 x 3 cores of what is everywhere, 10 x 2 of what is on every node."""
    nodes = {n: sized(n) | {"capacity": {"cpu": 100, "memory": "4Ti", "pods": 500, "nodes": 5}} for n in "ab"}
    apps = (app("copy", spread="every", pods=3), app("agent", spread="node", cpu=2))
    quota = {"cpu": 25, "memory": "4Ti", "pods": 1000}
    (result,) = placed(one_center(nodes, {"shop": team(quota=quota)}), demand("shop", *apps)).diagnostics
    assert (result.code, result.severity) == ("SF436", "warning")
    assert "may ask for 26 cores" in result.message
    assert codes(placed(one_center(nodes, {"shop": team(quota=quota | {"cpu": 26})}), demand("shop", *apps))) == []


@pytest.mark.parametrize(("more", "told"), [({}, "quota"), ({"quotas": {"prod": {"cpu": 1, "memory": "4Ti", "pods": 9}}}, "quotas")])
def test_quota_finding_points_to_the_environment_s_own_quota(fields, reason) -> None:
    small = team(quota={"cpu": 2, "memory": "4Ti", "pods": 1000}, **fields)
    (result,) = placed(one_center(clusters("a"), {"shop": small}), demand("shop", app(pods=3))).diagnostics
    assert result.code == "SF436"
    assert ("its quota is 1.0 cores" in result.message) == (reason == "quotas")


def test_needed_room_counts_homes_and_a_copy_for_each_host() -> None:
    """110 divided, 20 at home, and 5 on each of two hosts; no more than 20 are free of each."""
    tiers = {"tiers": {"P2": {"spread": 2}}}
    apps = (app(pods=110), app("db", spread="home", pods=20), app("copy", spread="every", pods=5))
    (result,) = placed(one_center(clusters("a", "b", cpu=20), rules=tiers), demand("shop", *apps)).diagnostics
    assert result.code == "SF430"
    assert "it needs 140 cores" in result.message
    assert "have 40 cores" in result.message


def test_detail_has_every_cluster_and_help_only_the_first_three() -> None:
    names = ("a", "b", "c", "d", "e")
    (result,) = placed(one_center(clusters(*names, cpu=10)), demand("shop", app("db", spread="home", pods=20))).diagnostics
    assert [line.partition(":")[0] for line in result.detail.splitlines()] == list(names)
    assert result.help.endswith(" | and 2 more")
    assert "sixfold place --explain shop" in result.help


def test_finding_of_a_retired_cluster_names_its_first_teams() -> None:
    names = [f"t{n}" for n in range(7)]
    fleet = one_center(
        {"a": sized("a"), "b": sized("b", state="retired"), "c": sized("c", state="retired")}, {n: team() for n in names}
    )
    proposal = placed(fleet, lock=lock_of(**{n: {"a": 50, "b": 50} for n in names}))
    (result,) = (d for d in proposal.diagnostics if d.code == "SF427")
    assert result.message == "the cluster prod/dc1/b is retired, and still hosts t0, t1, t2, t3, t4 and 2 more"


def test_a_pin_to_a_draining_cluster_is_rejected() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="draining")}, {"shop": team(pins=[exception("b")])})
    (result,) = placed(fleet).diagnostics
    assert (result.code, result.message.rpartition(": ")[2]) == ("SF438", "it takes no more teams")
    stays = placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}))
    assert codes(stays) == [], "where it is already, it may stay"
