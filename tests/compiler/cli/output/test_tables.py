"""Amounts as people read them: few digits, and a dash for nothing."""

from __future__ import annotations

import pytest

from sixfold_compiler.cli.output.tables import amount_json, change, cores, memory, share, table, text
from sixfold_compiler.model.quantities import Resources

GIB = 2**30


@pytest.mark.parametrize(
    ("cpu", "told"), [(0, "0"), (50, "0.1"), (1000, "1.0"), (9_940, "9.9"), (10_000, "10"), (15_200_000, "15,200")]
)
def test_cores_have_a_digit_behind_the_point_where_there_are_few(cpu, told) -> None:
    assert cores(Resources(cpu, 0, 0)) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "0Gi"),
        (GIB, "1Gi"),
        (9 * 1024 * GIB, "9,216Gi"),
        (10 * 1024 * GIB, "10.0Ti"),
        (1536 * 1024 * GIB, "1,536.0Ti"),
    ],
)
def test_memory_is_told_in_gib_until_it_is_many(amount, told) -> None:
    assert memory(Resources(0, amount, 0)) == told


def test_a_share_of_nothing_is_a_dash_and_so_is_a_share_of_no_cores() -> None:
    has = Resources(2000, GIB, 10)
    assert share(Resources(500, 0, 0), has) == "25%"
    assert share(Resources(), has) == "0%"
    assert share(None, has) == "-"
    assert share(Resources(500, 0, 0), Resources()) == "-", "all nodes of a live cluster may be gone"


def test_what_stays_is_told_once() -> None:
    assert (change("5", "5"), change("5", "6")) == ("5", "5 > 6")


def test_machines_get_cores_bytes_and_pods() -> None:
    assert amount_json(Resources(1500, GIB, 3)) == {"cpu": 1.5, "memory": GIB, "pods": 3}


def test_names_in_a_table_are_no_markup_and_lines_end_where_their_words_do() -> None:
    made = table("team", "why")
    made.add_row("[red]ads", "[/]")
    made.add_row("x", "")
    assert text(made).splitlines() == ["team      why", "[red]ads  [/]", "x"]
