"""Reasons why a cluster hosts a team or not: every constraint with its figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.placement.reasons import explain_team
from tests.support.placements import DC1, TODAY, app, clusters, demand, exception, lock_of, one_center, sized, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

ONE = {"tiers": {"P2": {"spread": 1}}}


def reasons(fleet, *demands, lock, at="", name="shop"):
    verdicts = explain_team(fleet, {DC1: {d.team: d for d in demands}}, lock, name, today=TODAY, at=at)
    return {v.cluster: {c.constraint: c for c in v.checks} for v in verdicts.get(DC1, ())}


def test_an_unknown_team_or_place_is_reported() -> None:
    fleet = one_center(clusters("a"))
    for name, at, message in (
        ("shpo", "", "the fleet has no team 'shpo'"),
        ("shop", "prod/dc9", "team shop may not run in 'prod/dc9'"),
        ("shop", "prod/dc", "team shop may not run in 'prod/dc'"),
    ):
        with pytest.raises(DiagnosticError) as caught:
            reasons(fleet, lock=lock_of(), at=at, name=name)
        assert [(d.code, d.message) for d in caught.value.diagnostics] == [("SF422", message)]
    assert "shop" in reasons_help(fleet)
    assert reasons(fleet, lock=lock_of(), at="/prod/dc1/").keys() == {"a"}


def reasons_help(fleet):
    with pytest.raises(DiagnosticError) as caught:
        reasons(fleet, lock=lock_of(), name="shpo")
    return caught.value.diagnostics[0].help


def test_a_team_that_may_run_nowhere_is_reported() -> None:
    with pytest.raises(DiagnosticError) as caught:
        reasons(one_center(clusters("a"), {"shop": team(dataCenters={})}), lock=lock_of())
    assert caught.value.diagnostics[0].message == "team shop may not run in any data center"


def test_a_pin_and_a_choice_are_reasons_as_well() -> None:
    teams = {"shop": team(pins=[exception("b")]), "late": team()}
    fleet = one_center(clusters("a", "b", "c"), teams, ONE)
    lock = lock_of(shop={"b": 100})
    reasons_of = reasons(fleet, demand("shop", app(pods=10)), lock=lock)
    figures = [reasons_of[name][constraint].figures for name, constraint in (("b", "pin"), ("a", "choice"))]
    check_snapshot("".join(f"{text}\n" for text in figures), SNAPSHOTS / "reasons.txt")
    assert "pin" not in reasons_of["a"]
    new = reasons(fleet, lock=lock, name="late")
    assert {v["choice"].figures for v in new.values()} == {"it could host the team"}


def test_a_tier_that_must_survive_a_loss_is_explained_with_the_worst_loss() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True, "stacks": 2}}}
    fleet = one_center({"a": sized("a", 100), "b": sized("b", 100), "c": sized("c", 50)}, rules=rules)
    lock = lock_of(shop={"a": 40, "b": 40, "c": 20})
    reasons_of = reasons(fleet, demand("shop", app(tier="P0", pods=100)), lock=lock)
    assert reasons_of["c"]["loss"].figures.startswith("with a lost, P0 would use 33 cores")
    assert reasons_of["c"]["stacks"].figures == "0 of at most 2 stacks of P0; this one is shop"
    assert reasons_of["c"]["loss"].met


def test_a_single_cluster_has_no_loss_since_nothing_would_be_left() -> None:
    fleet = one_center(clusters("a"), rules={"tiers": {"P1": {"survivesLoss": True}}})
    reasons_of = reasons(fleet, demand("shop", app(tier="P1")), lock=lock_of(shop={"a": 100}))
    assert "loss" not in reasons_of["a"]
