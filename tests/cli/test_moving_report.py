"""What `drain` shows people: few rows, which one can read in the terminal's width."""

from __future__ import annotations

import os
import pty
import sys
from types import SimpleNamespace

import pytest

from compiler.cli.moving_report import as_text, step_text
from compiler.cli.tables import WIDTH, width
from compiler.fleet import Target
from compiler.moving import Choices, next_step, walk
from compiler.placement import Demand, Host, Lock
from tests.compiler.moving.fleets import DC1, TODAY, app, center, cluster, draining, team

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
