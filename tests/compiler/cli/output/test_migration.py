"""Output of `drain` and `evacuate`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_compiler.cli.output.migration import as_json, as_text, completed_text, step_text
from sixfold_compiler.cli.output.tables import MAX_ROWS
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.migration import Choices, MoveSchedule, compute_schedule, next_step
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Demand, Host, Lock
from sixfold_compiler.placement.place import PlacementInputs
from tests.support.moves import DC1, TODAY, app, center, cluster, draining, team
from tests.support.reading import table
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

IDLE = [f"t{n}" for n in range(8)]
TARGET = Target("prod", "dc1", "a")
DATA = center({"a": cluster("a", 1000), "b": cluster("b", 1000)}, {n: team() for n in (*IDLE, "shop", "two")}, {})
DEMANDS = {DC1: {t: Demand(t, (app("web", pods=2),)) for t in ("shop", "two")}}
LOCK = Lock({DC1: dict.fromkeys([*IDLE, "shop", "two"], (Host("a", 100),))}, {})


def inputs_of(demands=DEMANDS, lock=LOCK):
    return PlacementInputs(draining(DATA, "a"), demands, lock, ())


def drain(inputs, choices=None):
    chosen = choices or Choices("100%")
    return compute_schedule(
        inputs.fleet,
        inputs.demands,
        inputs.lock,
        lambda lock: next_step(inputs.fleet, inputs.demands, lock, TARGET, chosen, TODAY),
    )


@pytest.fixture(scope="module")
def inputs():
    return inputs_of()


@pytest.fixture(scope="module")
def steps(inputs):
    """Return the steps of the drain of cluster a: eight namespaces without apps, and two with one app."""
    return drain(inputs)


def names(text):
    """Return the first column of the table of moves."""
    return [line.split("  ")[0] for line in text.splitlines() if " prod/dc1 " in line]


def test_a_schedule_has_its_moves_by_team_the_loads_after_each_step_and_a_sum(inputs, steps) -> None:
    text = as_text("Drain", inputs, steps, {"two": "its volumes are there"})
    check_snapshot(text, SNAPSHOTS / "drain.txt")
    loads = table(text, "step")
    assert list(loads) == [str(number) for number in range(len(steps.steps) + 1)]
    tombstones = sum(len(step.tombstones) for step in steps.steps)
    assert f"10 namespaces in {len(steps.steps)} steps, with {tombstones} tombstones" in text


def test_namespaces_without_apps_share_one_row_for_each_step(inputs, steps) -> None:
    assert names(as_text("Drain", inputs, steps, {})) == ["8 namespaces without apps"] * 4 + ["shop"] * 4 + ["two"] * 4


def test_a_step_leaves_out_the_columns_that_are_empty(inputs, steps) -> None:
    head = step_text(inputs, steps.steps[0]).splitlines()[0]
    assert head.split() == ["team", "where", "stage", "weights", "before", "after", "final"]
    head = step_text(inputs, steps.steps[3]).splitlines()[0]
    assert head.split() == ["team", "where", "stage", "weights", "before", "after"]


def test_a_star_marks_a_shared_row_whose_namespaces_differ(inputs) -> None:
    lock = Lock({DC1: {**LOCK.hosts[DC1], "t0": (Host("a", 60), Host("b", 40))}}, {})
    moved = inputs_of(lock=lock)
    step = next_step(moved.fleet, DEMANDS, lock, TARGET, Choices(), TODAY)
    text = step_text(moved, step)
    assert names(text) == ["8 namespaces without apps"]
    assert "a:100 *" in text
    assert sum(line.startswith("* ") for line in text.splitlines()) == 1


def test_homes_have_a_column_if_an_app_has_one() -> None:
    lock = Lock({DC1: {"shop": (Host("a", 100),)}}, {DC1: {"shop/one": "a"}})
    inputs = inputs_of({DC1: {"shop": Demand("shop", (app("one", spread="home"),))}}, lock)
    text = as_text("Drain", inputs, drain(inputs, Choices()), {})
    assert "homes" in text.splitlines()[0]
    assert "one: a > b" in text


def test_one_namespace_without_apps_has_a_row_with_its_name() -> None:
    lock = Lock({DC1: {"t0": (Host("a", 100),), "shop": (Host("a", 100),)}}, {})
    inputs = inputs_of(lock=lock)
    step = next_step(inputs.fleet, DEMANDS, lock, TARGET, Choices(), TODAY)
    assert names(step_text(inputs, step)) == ["t0"]


def test_a_complete_drain_lists_the_teams_that_stay_with_their_reasons(inputs, steps) -> None:
    staying = {"two": "it has claims", "shop": "it is pinned"}
    end = replace(inputs, lock=steps.steps[-1].lock)
    text = as_text("Drain", end, MoveSchedule((), ()), staying)
    check_snapshot(text + completed_text("Drain", staying) + "\n", SNAPSHOTS / "drain-complete.txt")
    assert text.index("shop stays") < text.index("two stays")
    assert completed_text("Drain", {}) + "\n" == as_text("Drain", end, MoveSchedule((), ()), {})


def test_the_cluster_with_the_least_headroom_for_p0_is_named() -> None:
    lock = Lock({DC1: {"shop": (Host("a", 100),)}}, {})
    inputs = inputs_of({DC1: {"shop": Demand("shop", (app("web", "P0", pods=2),))}}, lock)
    steps = drain(inputs, Choices())
    loads = table(as_text("Drain", inputs, steps, {}), "step")
    assert (loads["0"][-1], loads[str(len(steps.steps))][-1]) == ("100% on prod/dc1/a", "100% on prod/dc1/b")
    check_snapshot(step_text(inputs, steps.steps[0]), SNAPSHOTS / "drain-step.txt")


def test_a_standby_cluster_that_comes_into_use_is_named_with_its_team(inputs, steps) -> None:
    first, *others = steps.steps
    used = replace(first, standby={"prod/dc1/b": "shop"})
    for text in (step_text(inputs, used), as_text("Drain", inputs, replace(steps, steps=(used, *others)), {})):
        (line,) = (line for line in text.splitlines() if line.startswith("standby"))
        assert "prod/dc1/b" in line
        assert "shop" in line


def test_rows_beyond_the_limit_are_counted(inputs, steps) -> None:
    step, after = next(pair for pair in zip(steps.steps, steps.loads, strict=True) if pair[0].teams == ["shop", "two"])
    teams = [f"w{number:03}" for number in range(MAX_ROWS + 4)]
    many = replace(step, moves=tuple(replace(step.moves[0], team=name) for name in teams))
    demands = {DC1: {name: Demand(name, (app("web", pods=2),)) for name in teams}}
    text = as_text("Drain", inputs_of(demands), MoveSchedule((many,), (after,)), {})
    assert f"w{MAX_ROWS - 1} " in text
    assert f"w{MAX_ROWS} " not in text
    assert "\nand 4 more\n" in text


def test_json_has_every_step_with_its_moves_and_tombstones(inputs, steps) -> None:
    problem = Diagnostic("SF451", "no host", Span("environments/fleet.jsonnet", 3, 1))
    value = json.loads(as_json("Drain", inputs, replace(steps, diagnostics=(problem,)), {"two": "it has claims"}))
    assert (value["title"], value["staying"]) == ("Drain", {"two": "it has claims"})
    assert [step["stage"] for step in value["steps"]] == [step.stage for step in steps.steps]
    first = value["steps"][0]
    assert set(first) == {"stage", "moves", "tombstones", "standby", "clusters"}
    assert {move["team"] for move in first["moves"]} == set(IDLE), "namespaces without apps move first"
    assert first["moves"][0]["before"] == {"a": 100}
    leave = next(step for step in value["steps"] if step["stage"] == "leave")
    scope = {"environment": "prod", "dataCenter": "dc1", "cluster": "a", "team": "t0"}
    assert (first["tombstones"], leave["tombstones"][0]) == ([], scope)
    assert value["now"]["prod/dc1/a"]["teams"] == 10
    assert value["steps"][-1]["clusters"]["prod/dc1/a"]["teams"] == 0
    (record,) = value["diagnostics"]
    assert (record["code"], record["severity"], record["place"]["line"]) == ("SF451", "error", 3)
