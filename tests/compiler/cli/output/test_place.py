"""Output of `place`: the moves with their reasons, and every cluster before and after."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_compiler.cli.output.place import as_json, as_text, hosts_text, reasons_json, reasons_text
from sixfold_compiler.cli.output.tables import MAX_ROWS
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Host, Lock
from sixfold_compiler.placement.place import PlacementInputs, PlacementPlan
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.reasons import explain_team
from tests.support.placements import DC1, TODAY, app, demand, one_center
from tests.support.reading import table
from tests.support.repos import cluster, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

RULES = {"tiers": {"P0": {"spread": 2}, "P2": {"spread": 1}}}


def large(name, **fields):
    value = cluster(name, 100, **fields)
    value["capacity"] |= {"memory": "4Ti", "pods": 4000}
    return value


def inputs_of(*, homes=None, live=None, **rows):
    clusters = {"a": large("a"), "b": large("b"), "c": large("c", state="standby")}
    quota = {"cpu": 1000, "memory": "4Ti", "pods": 1000}
    fleet = one_center(clusters, {name: team(quota=quota) for name in ("shop", "pay")}, RULES)
    apps = (app("web", "P0", pods=20), app("cron", spread="home", cpu=0.5))
    demands = {DC1: {"shop": demand("shop", *apps), "pay": demand("pay", app("api", cpu=5, pods=10))}}
    hosts = {name: tuple(Host(c, w) for c, w in sorted(row.items())) for name, row in rows.items()}
    return PlacementInputs(fleet, demands, Lock({DC1: hosts}, {DC1: homes or {}}), (), live or {})


def placing(inputs, *, current=False):
    proposal = propose(inputs.fleet, inputs.demands, inputs.lock, today=TODAY, live=inputs.live)
    return PlacementPlan(inputs, proposal, b"", current)


@pytest.fixture(scope="module")
def plan():
    """Return a plan in which team shop needs a second cluster, and team pay is new."""
    return placing(inputs_of(homes={"shop/cron": "a"}, shop={"a": 100}))


def test_each_move_has_its_weights_and_its_reason(plan) -> None:
    lines = [line.split("  ") for line in as_text(plan).partition("\n\n")[0].splitlines()[1:]]
    assert [[cell.strip() for cell in line if cell] for line in lines] == [
        ["prod/dc1", "pay", "-", "b:100", "is new here"],
        ["prod/dc1", "shop", "a:100", "a:50 b:50", "needs more clusters"],
    ]


def test_each_cluster_has_its_load_before_and_after(plan) -> None:
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


def test_the_summary_counts_moved_and_new_namespaces(plan) -> None:
    check_snapshot(as_text(plan), SNAPSHOTS / "place.txt")


def test_without_moves_there_is_no_table_of_moves(plan) -> None:
    lock = plan.proposal.lock
    still = placing(replace(plan.inputs, lock=lock), current=True)
    assert as_text(still).startswith("cluster ")
    assert "0 placements new" in as_text(still)
    assert json.loads(as_json(still))["current"] is True


def test_a_move_of_a_home_alone_names_the_app() -> None:
    result = placing(inputs_of(shop={"a": 50, "b": 50}, pay={"b": 100}))
    row = as_text(result).splitlines()[1]
    assert "cron: new > a" in row
    removed = placing(inputs_of(homes={"shop/cron": "a", "shop/old": "b"}, shop={"a": 50, "b": 50}, pay={"b": 100}))
    assert "old: b > gone" in as_text(removed)


def test_a_standby_cluster_in_use_and_a_cluster_without_nodes_are_shown() -> None:
    live = {Target("prod", "dc1", "a"): Resources()}
    result = placing(inputs_of(homes={"shop/cron": "a"}, live=live, shop={"a": 100}))
    check_snapshot(as_text(result), SNAPSHOTS / "place-standby.txt")
    assert table(as_text(result), "cluster")["prod/dc1/a"] == [
        "1 > 0", "20 > 0 of 0", "21Gi > 0Gi of 0Gi", "21 > 0 of 0", "100% > 0%", "-", "-", "-",
    ]  # fmt: skip
    assert json.loads(as_json(result))["standby"] == {"prod/dc1/c": "shop"}


def test_moves_beyond_the_limit_are_counted(plan) -> None:
    move = plan.proposal.moves[0]
    many = tuple(replace(move, team=f"team-{number:03}") for number in range(MAX_ROWS + 3))
    text = as_text(replace(plan, proposal=replace(plan.proposal, moves=many)))
    assert "team-199" in text
    assert "team-200" not in text
    assert "\nand 3 more\n" in text
    assert f"{MAX_ROWS + 3} placements new." in text


def test_json_has_moves_homes_loads_and_findings(plan) -> None:
    wrong = Diagnostic("SF209", "no such environment", Span("apps/shop/web.yaml", 7, 3), severity="warning")
    inputs = replace(plan.inputs, diagnostics=(wrong,), broken=("shop/web",))
    value = json.loads(as_json(replace(plan, inputs=inputs)))
    assert (value["current"], value["broken"], value["failed"]) == (False, ["shop/web"], False)
    assert value["moves"][1] == {
        "at": "prod/dc1", "team": "shop", "before": {"a": 100}, "after": {"a": 50, "b": 50}, "homes": [],
        "why": "needs more clusters",
    }  # fmt: skip
    load = value["clusters"]["prod/dc1/a"]["after"]
    assert set(load) == {"teams", "capacity", "room", "used", "promised"}
    assert (load["teams"], load["capacity"]["cpu"], load["used"]["P0"]["cpu"]) == (1, 100.0, 10.5)
    (record,) = value["diagnostics"]
    assert (record["code"], record["severity"]) == ("SF209", "warning")
    assert record["place"] == {"file": "apps/shop/web.yaml", "line": 7, "column": 3, "label": ""}


def reasons(inputs, at=""):
    return explain_team(inputs.fleet, inputs.demands, inputs.lock, "shop", today=TODAY, at=at, live=inputs.live)


class TestReasons:
    def test_each_cluster_lists_its_constraints_and_marks_those_that_are_not_met(self, plan) -> None:
        text = reasons_text("shop", reasons(plan.inputs))
        assert text.startswith("shop in prod/dc1\n  a: hosts it, weight 100\n      state     active\n")
        assert "\n  b: no\n" in text
        assert "\n  c: no\n    ! state     standby: " in text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")

    def test_json_has_the_same(self, plan) -> None:
        value = json.loads(reasons_json("shop", reasons(plan.inputs, "prod/dc1")))
        assert value["team"] == "shop"
        first, _, last = value["cells"]["prod/dc1"]
        assert (first["cluster"], first["weight"], last["cluster"], last["weight"]) == ("a", 100, "c", None)
        assert {"constraint": "state", "met": True, "figures": "active"} in first["checks"]
        assert last["checks"][0]["met"] is False


def test_hosts_keep_their_order() -> None:
    assert hosts_text((Host("b", 60), Host("a", 40))) == "b:60 a:40"
    assert hosts_text(()) == "-"


def test_who_has_no_place_and_whose_demand_is_unknown_is_named_five_at_a_time(plan) -> None:
    names = tuple(f"shop/{name}" for name in "abcdefg")
    lock = replace(plan.proposal.lock, unplaced={DC1: names})
    named = replace(plan, inputs=replace(plan.inputs, broken=names), proposal=replace(plan.proposal, lock=lock))
    assert "without a place in prod/dc1: shop/a, shop/b, shop/c, shop/d, shop/e and 2 more\n" in as_text(named)
    assert "of unknown demand, because of errors: shop/a, shop/b, shop/c, shop/d, shop/e and 2 more\n" in as_text(named)
    assert json.loads(as_json(named))["unplaced"] == {"prod/dc1": list(names)}
    assert "without a place" not in as_text(plan)
    assert json.loads(as_json(plan))["unplaced"] == {}
