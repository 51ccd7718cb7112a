"""What `place` tells: who moves and why, and every cluster before and after, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sixfold_compiler.cli.output.place import SAMPLE, as_json, as_text, explained, hosts_text
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Host, propose
from sixfold_compiler.placement.place import PlacementInputs, PlacementPlan
from tests.support.placements import DC1, TODAY, app, clusters, demand, lock_of, one_center, sized, team
from tests.support.reading import table

RULES = {"tiers": {"P0": {"spread": 2}, "P2": {"spread": 1}}}


def inputs_of(*, homes=None, live=None, rules=RULES, **rows):
    fleet = one_center(clusters("a", "b") | {"c": sized("c", state="standby")}, {"shop": team(), "pay": team()}, rules)
    apps = (app("web", "P0", pods=20), app("cron", spread="home", cpu=0.5))
    demands = {DC1: {"shop": demand("shop", *apps), "pay": demand("pay", app("api", cpu=5, pods=10))}}
    return PlacementInputs(fleet, demands, lock_of(homes, **rows), (), live or {})


def placing(inputs, **more):
    made = propose(inputs.fleet, inputs.demands, inputs.lock, today=TODAY, live=inputs.live)
    return PlacementPlan(inputs, made, b"", more.pop("current", False), **more)


@pytest.fixture(scope="module")
def plan():
    """shop, on one cluster, needs two; pay is new."""
    return placing(inputs_of(homes={"shop/cron": "a"}, shop={"a": 100}))


def test_who_moves_is_told_with_the_weights_and_the_reason(plan) -> None:
    lines = [line.split("  ") for line in as_text(plan).partition("\n\n")[0].splitlines()[1:]]
    assert [[cell.strip() for cell in line if cell] for line in lines] == [
        ["prod/dc1", "pay", "-", "b:100", "is new here"],
        ["prod/dc1", "shop", "a:100", "a:50 b:50", "needs more clusters"],
    ]


def test_every_cluster_is_told_before_and_after(plan) -> None:
    assert table(as_text(plan), "cluster") == {
        "prod/dc1/a": [
            "1",
            "20 > 10 of 100",
            "21Gi > 11Gi of 4,096Gi",
            "21 > 11 of 4,000",
            "20% > 10%",
            "10%",
            "-",
            "-",
        ],
        "prod/dc1/b": [
            "0 > 2",
            "0 > 60 of 100",
            "0Gi > 20Gi of 4,096Gi",
            "0 > 20 of 4,000",
            "0% > 60%",
            "10%",
            "-",
            "50%",
        ],
        "prod/dc1/c": ["0", "0 of 100", "0Gi of 4,096Gi", "0 of 4,000", "0%", "-", "-", "-"],
    }


def test_at_its_end_it_counts_what_moved_and_what_is_new(plan) -> None:
    assert as_text(plan).endswith("\n1 namespace moved or added for teams placed before; 1 placement new.\n")


def test_where_nobody_moves_there_is_no_table_of_moves(plan) -> None:
    lock = plan.proposal.lock
    still = placing(replace(plan.inputs, lock=lock), current=True)
    assert as_text(still).startswith("cluster ")
    assert as_text(still).endswith("\n0 namespaces moved or added for teams placed before; 0 placements new.\n")
    assert json.loads(as_json(still))["current"] is True


def test_an_app_that_only_gets_a_home_is_told_with_it() -> None:
    made = placing(inputs_of(shop={"a": 50, "b": 50}, pay={"b": 100}))
    row = as_text(made).splitlines()[1]
    assert "cron: new > a" in row
    gone = placing(inputs_of(homes={"shop/cron": "a", "shop/old": "b"}, shop={"a": 50, "b": 50}, pay={"b": 100}))
    assert "old: b > gone" in as_text(gone)


def test_a_standby_cluster_that_is_used_is_told_as_is_a_cluster_without_a_node() -> None:
    live = {Target("prod", "dc1", "a"): Resources()}
    made = placing(inputs_of(homes={"shop/cron": "a"}, live=live, shop={"a": 100}))
    assert "\nstandby cluster prod/dc1/c comes into use: shop fits on no active one\n" in as_text(made)
    assert table(as_text(made), "cluster")["prod/dc1/a"] == [
        "1 > 0", "20 > 0 of 0", "21Gi > 0Gi of 0Gi", "21 > 0 of 0", "100% > 0%", "-", "-", "-",
    ]  # fmt: skip
    assert json.loads(as_json(made))["standby"] == {"prod/dc1/c": "shop"}


def test_of_many_moves_the_first_are_shown_and_the_rest_counted(plan) -> None:
    move = plan.proposal.moves[0]
    many = tuple(replace(move, team=f"team-{number:03}") for number in range(SAMPLE + 3))
    text = as_text(replace(plan, proposal=replace(plan.proposal, moves=many)))
    assert "team-199" in text
    assert "team-200" not in text
    assert "\nand 3 more\n" in text
    assert f"{SAMPLE + 3} placements new." in text


def test_machines_get_moves_homes_loads_and_what_is_wrong(plan) -> None:
    wrong = Diagnostic("SF209", "no such environment", Span("apps/shop/web.yaml", 7, 3), severity="warning")
    inputs = replace(plan.inputs, diagnostics=(wrong,), broken=("shop/web",))
    value = json.loads(as_json(replace(plan, inputs=inputs)))
    assert (value["current"], value["broken"], value["failed"]) == (False, ["shop/web"], False)
    assert value["moves"][1] == {
        "at": "prod/dc1", "team": "shop", "before": {"a": 100}, "after": {"a": 50, "b": 50}, "homes": [],
        "why": "needs more clusters",
    }  # fmt: skip
    load = value["clusters"]["prod/dc1/a"]["after"]
    assert (load["teams"], load["capacity"]["cpu"], load["used"]["P0"]["cpu"]) == (1, 100.0, 10.5)
    assert value["diagnostics"] == [
        {"code": "SF209", "severity": "warning", "message": "no such environment", "at": "apps/shop/web.yaml:7:3"}
    ]


class TestExplained:
    def test_every_cluster_says_whether_it_hosts_the_team_and_which_constraint_is_not_met(self, plan) -> None:
        text = explained(plan.inputs, "shop", TODAY, "", "full")
        assert text.startswith("shop in prod/dc1\n  a: hosts it, weight 100\n      state     active\n")
        assert "\n  b: no\n" in text
        assert "\n  c: no\n    ! state     standby: used only where no active cluster has room\n" in text
        assert text.endswith("\n\n") is False

    def test_machines_get_the_same(self, plan) -> None:
        value = json.loads(explained(plan.inputs, "shop", TODAY, "prod/dc1", "json"))
        assert value["team"] == "shop"
        first, _, last = value["cells"]["prod/dc1"]
        assert (first["cluster"], first["weight"], last["cluster"], last["weight"]) == ("a", 100, "c", None)
        assert {"constraint": "state", "met": True, "figures": "active"} in first["checks"]
        assert last["checks"][0]["met"] is False


def test_hosts_are_told_in_their_order() -> None:
    assert hosts_text((Host("b", 60), Host("a", 40))) == "b:60 a:40"
    assert hosts_text(()) == "-"
