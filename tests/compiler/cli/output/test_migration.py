"""What `drain` shows people: few rows, which one can read in the terminal's width."""

from __future__ import annotations

import json
import os
import pty
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sixfold_compiler.cli.output.migration import SAMPLE, as_json, as_text, step_text
from sixfold_compiler.cli.output.tables import WIDTH, width
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.migration import Choices, Walk, next_step, walk
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, TODAY, app, center, cluster, draining, team
from tests.support.reading import table

IDLE = [f"t{n}" for n in range(8)]


@pytest.fixture(scope="module")
def plan():
    data = center({"a": cluster("a", 1000), "b": cluster("b", 1000)}, {n: team() for n in (*IDLE, "shop", "two")}, {})
    demands = {DC1: {t: Demand(t, (app("web", pods=2),)) for t in ("shop", "two")}}
    lock = Lock({DC1: dict.fromkeys([*IDLE, "shop", "two"], (Host("a", 100),))}, {})
    fleet, target = draining(data, "a"), Target("prod", "dc1", "a")
    inputs = SimpleNamespace(fleet=fleet, demands=demands, lock=lock)
    made = walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, Choices("100%"), TODAY))
    return inputs, made


def rows(text):
    """The table of moves: its head, and its lines as words."""
    head, *lines = text.splitlines()
    return head, [line.split("  ")[0] for line in lines if " prod/dc1 " in line]


def test_teams_are_grouped_and_namespaces_without_apps_share_a_row(plan) -> None:
    head, names = rows(as_text("Drain", *plan, {}))
    assert names == ["8 namespaces without apps"] * 4 + ["shop"] * 4 + ["two"] * 4
    assert head.split()[:4] == ["team", "where", "step", "stage"]
    assert "in the end" in head
    assert "homes" not in head, "no app has a home"


def test_one_step_shows_no_column_in_which_nothing_stands(plan) -> None:
    inputs, made = plan
    head, names = rows(step_text(inputs, made.steps[0]))
    assert names == ["8 namespaces without apps"]
    assert head.split() == ["team", "where", "stage", "weights", "before", "after", "in", "the", "end"]
    head, _ = rows(step_text(inputs, made.steps[3]))
    assert head.split() == ["team", "where", "stage", "weights", "before", "after"]


def test_namespaces_without_apps_that_differ_share_a_row_which_says_so(plan) -> None:
    inputs, _ = plan
    lock = Lock({DC1: {**inputs.lock.hosts[DC1], "t0": (Host("a", 60), Host("b", 40))}}, {})
    target = Target("prod", "dc1", "a")
    step = next_step(inputs.fleet, inputs.demands, lock, target, Choices(), TODAY)
    told = step_text(SimpleNamespace(fleet=inputs.fleet, demands=inputs.demands, lock=lock), step)
    assert rows(told)[1] == ["8 namespaces without apps"]
    assert "a:100 *" in told
    assert "* so most of them" in told


def test_homes_are_shown_where_an_app_has_one(plan) -> None:
    inputs, _ = plan
    fleet, lock = inputs.fleet, Lock({DC1: {"shop": (Host("a", 100),)}}, {DC1: {"shop/one": "a"}})
    demands = {DC1: {"shop": Demand("shop", (app("one", spread="home"),))}}
    target = Target("prod", "dc1", "a")
    made = walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, Choices(), TODAY))
    told = as_text("Drain", SimpleNamespace(fleet=fleet, demands=demands, lock=lock), made, {})
    assert "homes" in told.splitlines()[0]
    assert "one: a > b" in told


def test_one_namespace_without_apps_has_a_row_with_its_name(plan) -> None:
    inputs, _ = plan
    lock = Lock({DC1: {"t0": (Host("a", 100),), "shop": (Host("a", 100),)}}, {})
    step = next_step(inputs.fleet, inputs.demands, lock, Target("prod", "dc1", "a"), Choices(), TODAY)
    assert rows(step_text(SimpleNamespace(fleet=inputs.fleet, demands=inputs.demands, lock=lock), step))[1] == ["t0"]


def test_a_walk_at_its_end_says_so_and_who_stays_why(plan) -> None:
    inputs, made = plan
    done = SimpleNamespace(fleet=inputs.fleet, demands=inputs.demands, lock=made.steps[-1].lock)
    told = as_text("Drain", done, Walk((), ()), {"two": "it has claims", "shop": "it is pinned"})
    assert told == "Drain: nothing is left to move.\n\nshop stays: it is pinned\n\ntwo stays: it has claims\n"


def test_the_loads_after_each_step_and_the_sum_of_the_walk_are_told(plan) -> None:
    inputs, made = plan
    told = as_text("Drain", inputs, made, {})
    steps = len(made.steps)
    loads = table(told, "step")
    assert list(loads) == [str(number) for number in range(steps + 1)]
    assert loads["0"][0] == "now"
    assert {row[-1] for row in loads.values()} == {"no P0"}, "nobody is of that tier here"
    stones = sum(len(step.stones) for step in made.steps)
    assert f"Drain: 10 namespaces in {steps} steps, with {stones} tombstones.\n" in told


def test_the_cluster_with_the_least_room_for_p0_is_named(plan) -> None:
    inputs, _ = plan
    fleet, lock = inputs.fleet, Lock({DC1: {"shop": (Host("a", 100),)}}, {})
    demands = {DC1: {"shop": Demand("shop", (app("web", "P0", pods=2),))}}
    inputs, target = SimpleNamespace(fleet=fleet, demands=demands, lock=lock), Target("prod", "dc1", "a")
    made = walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, Choices(), TODAY))
    loads = table(as_text("Drain", inputs, made, {}), "step")
    assert (loads["0"][-1], loads[str(len(made.steps))][-1]) == ("100% on prod/dc1/a", "100% on prod/dc1/b")
    assert "\nLeast P0 headroom: 100% on prod/dc1/a, then 100% on prod/dc1/a.\n" in step_text(inputs, made.steps[0])


def test_a_standby_cluster_that_a_step_uses_is_told(plan) -> None:
    inputs, made = plan
    first, *others = made.steps
    used = replace(first, standby={"prod/dc1/b": "shop"})
    line = "standby cluster prod/dc1/b comes into use: shop fits on no active one\n"
    assert line in step_text(inputs, used)
    assert line in as_text("Drain", inputs, replace(made, steps=(used, *others)), {})


def test_of_many_moves_the_first_are_shown_and_the_rest_counted(plan) -> None:
    inputs, made = plan
    step, after = next(both for both in zip(made.steps, made.loads, strict=True) if both[0].teams == ["shop", "two"])
    teams = [f"w{number:03}" for number in range(SAMPLE + 4)]
    demands = {DC1: {name: Demand(name, (app("web", pods=2),)) for name in teams}}
    many = replace(step, moves=tuple(replace(step.moves[0], team=name) for name in teams))
    told = as_text(
        "Drain", SimpleNamespace(fleet=inputs.fleet, demands=demands, lock=inputs.lock), Walk((many,), (after,)), {}
    )
    assert "w299 " in told
    assert "w300 " not in told
    assert "\nand 4 more\n" in told


def test_machines_get_every_step_with_its_moves_and_tombstones(plan) -> None:
    inputs, made = plan
    wrong = Diagnostic("SF451", "nowhere to go", Span("environments/fleet.jsonnet", 3, 1))
    value = json.loads(as_json("Drain", inputs, replace(made, diagnostics=(wrong,)), {"two": "it has claims"}))
    assert (value["walk"], value["staying"]) == ("Drain", {"two": "it has claims"})
    assert [step["stage"] for step in value["steps"]] == [step.stage for step in made.steps]
    first = value["steps"][0]
    assert {move["team"] for move in first["moves"]} == set(IDLE), "those without apps go first"
    assert first["moves"][0]["before"] == {"a": 100}
    assert first["tombstones"] == list(made.steps[0].stones)
    assert value["now"]["prod/dc1/a"]["teams"] == 10
    assert value["steps"][-1]["clusters"]["prod/dc1/a"]["teams"] == 0
    assert value["diagnostics"] == [
        {"code": "SF451", "severity": "error", "message": "nowhere to go", "at": "environments/fleet.jsonnet:3:1"}
    ]


def test_tables_are_as_wide_as_the_terminal_and_in_a_pipe_always_alike(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "97")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb"):
        monkeypatch.setattr(sys, "stdout", terminal)
        assert width() == 97
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as pipe, os.fdopen(reader, "rb"):
        monkeypatch.setattr(sys, "stdout", pipe)
        assert width() == WIDTH
