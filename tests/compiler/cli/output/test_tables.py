"""Tables and amounts: few digits, a dash for nothing, and the width of the terminal."""

from __future__ import annotations

import os
import pty
import sys

import pytest

from sixfold_compiler.cli.output.tables import (
    amount_json,
    change,
    cores,
    document,
    memory,
    remainder,
    share,
    table,
    text,
    width,
)
from sixfold_compiler.model.quantities import Resources

GIB = 2**30


@pytest.mark.parametrize(
    ("cpu", "expected"), [(0, "0"), (50, "0.1"), (1000, "1.0"), (9_940, "9.9"), (10_000, "10"), (15_200_000, "15,200")]
)
def test_fewer_than_ten_cores_have_a_decimal(cpu, expected) -> None:
    assert cores(Resources(cpu, 0, 0)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, "0Gi"),
        (GIB, "1Gi"),
        (9 * 1024 * GIB, "9,216Gi"),
        (10 * 1024 * GIB, "10.0Ti"),
        (1536 * 1024 * GIB, "1,536.0Ti"),
    ],
)
def test_memory_is_in_gib_below_ten_tib(amount, expected) -> None:
    assert memory(Resources(0, amount, 0)) == expected


def test_the_share_is_a_dash_without_use_or_without_cores() -> None:
    capacity = Resources(2000, GIB, 10)
    assert share(Resources(500, 0, 0), capacity) == "25%"
    assert share(Resources(), capacity) == "0%"
    assert share(None, capacity) == "-"
    assert share(Resources(500, 0, 0), Resources()) == "-", "all nodes of a live cluster may be gone"


def test_equal_values_are_shown_once() -> None:
    assert (change("5", "5"), change("5", "6")) == ("5", "5 > 6")


def test_json_has_cores_bytes_and_pods() -> None:
    assert amount_json(Resources(1500, GIB, 3)) == {"cpu": 1.5, "memory": GIB, "pods": 3}


def test_names_are_no_markup_and_lines_have_no_trailing_spaces() -> None:
    rows = table("team", "why")
    rows.add_row("[red]ads", "[/]")
    rows.add_row("x", "")
    assert text(rows).splitlines() == ["team      why", "[red]ads  [/]", "x"]


def test_rows_beyond_the_limit_are_counted() -> None:
    assert (remainder(10, 10), remainder(1_211, 10)) == ("", "and 1,201 more\n")
    assert (remainder(200), remainder(201)) == ("", "and 1 more\n")


def test_documents_are_indented_and_end_their_last_line() -> None:
    assert document({"pods": [1]}) == '{\n  "pods": [\n    1\n  ]\n}\n'


def test_tables_are_as_wide_as_the_terminal_and_always_equally_wide_in_a_pipe(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "97")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb"):
        monkeypatch.setattr(sys, "stdout", terminal)
        assert width() == 97
        monkeypatch.delenv("COLUMNS")
        assert width() == 140, "a terminal that does not know its size"
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as pipe, os.fdopen(reader, "rb"):
        monkeypatch.setattr(sys, "stdout", pipe)
        assert width() == 140
