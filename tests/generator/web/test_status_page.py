"""The status page says what is adopted and what is not, to people and as data; nothing of it is taken for HTML."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from sixfold_compiler.guard import BudgetUse
from sixfold_generator.service.health import Health
from sixfold_generator.state.snapshot import Hold
from sixfold_generator.web.status_page import page

EMPTY = Health(
    "unready", ("nothing is adopted yet",), revision="", sequence=0, fleet="", age=None, looked=None, held={}, spent={},
    pinned=(), sets={}, retired=(), refused=False,
)  # fmt: skip
ROW = BudgetUse("ads", "prod", "applications", removed=3, earlier=1, had=10, budget=2, approved=0)
FULL = Health(
    "degraded", ("SF811: team ads stays as it was adopted",), revision="a" * 40, sequence=7, fleet="example", age=3725.9,
    looked=4.2, held={"ads": Hold(("prod lost 4 applications", "these vanish: x"), drops=4, rows=(ROW,))},
    spent={"playback": 1, "identity": 2}, pinned=("prod/dc1/dc1-a",), sets={"namespace": 21}, retired=("gone", "left"),
    refused=True,
)  # fmt: skip


def read(text):
    """The page as people read it: its heading, its lists, and its tables by caption."""
    tables = {}
    for caption, body in re.findall(r"<table><caption>(.*?)</caption>(.*?)</table>", text):
        cells = re.findall(r'<tr><th scope="row">(.*?)</th><td><code>(.*?)</code></td></tr>', body)
        tables[html.unescape(caption)] = {html.unescape(name): html.unescape(value) for name, value in cells}
    return tables, re.findall(r"<strong>(.*?)</strong>", text), re.findall(r"<li>(.*?)</li>", text)


def test_it_says_all_that_is_adopted_and_who_is_held_back_why():
    tables, (status,), reasons = read(page(FULL))
    assert status == "Degraded: answers go on, but somebody should look."
    assert reasons == ["SF811: team ads stays as it was adopted"]
    assert tables == {
        "What is adopted": {
            "Fleet": "example", "Adopted revision": "a" * 40, "Adoptions so far": "7", "Adopted": "1 h 2 min ago",
            "Tree last looked at": "4 s ago", "Retired teams": "gone, left",
            "Clusters at their old revision": "prod/dc1/dc1-a",
        },
        "Parameter sets": {"unit namespace": "21"},
        "Teams that are held back": {"ads": "prod lost 4 applications; these vanish: x"},
        "What budgets let go lately": {
            "identity": "2 things, which count against the budget for some days still",
            "playback": "1 thing, which counts against the budget for some days still",
        },
    }  # fmt: skip


def test_before_anything_is_adopted_it_says_so_and_shows_no_empty_table():
    tables, (status,), reasons = read(page(EMPTY))
    assert status == "Not ready: there is nothing to answer from."
    assert reasons == ["nothing is adopted yet"]
    assert list(tables) == ["What is adopted"]
    assert tables["What is adopted"] == {
        "Fleet": "none", "Adopted revision": "none", "Adoptions so far": "0", "Adopted": "not known",
        "Tree last looked at": "not known", "Retired teams": "none", "Clusters at their old revision": "none",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "not known"), (0.0, "0 s ago"), (59.9, "59 s ago"), (60, "1 min 0 s ago"), (3599, "59 min 59 s ago"),
        (3600, "1 h 0 min ago"), (360_000, "100 h 0 min ago"),
    ],
)  # fmt: skip
def test_an_age_is_told_in_the_two_largest_units_that_say_something(seconds, told):
    tables, _, _ = read(page(replace(EMPTY, looked=seconds)))
    assert tables["What is adopted"]["Tree last looked at"] == told


def test_a_ready_service_gives_no_reasons():
    text = page(replace(FULL, status="ready", reasons=()))
    assert "Ready: the newest tree is adopted." in text
    assert "Reasons" not in text


def test_what_others_wrote_is_text_and_never_html():
    evil = "<script>&\"'"
    text = page(replace(FULL, fleet=evil, reasons=(evil,), held={evil: Hold((evil,))}, spent={evil: 2}, sets={evil: 1}))
    assert "<script>" not in text
    assert text.count(html.escape(evil)) == 6


def test_as_data_it_has_the_ages_in_whole_seconds_and_the_budgets_that_hold():
    document = FULL.document()
    assert (document["ageSeconds"], document["lookedSecondsAgo"]) == (3725, 4)
    assert document["held"] == {"ads": ["prod lost 4 applications", "these vanish: x"]}
    assert document["heldBudgets"] == [ROW]
    assert (EMPTY.document()["ageSeconds"], EMPTY.document()["lookedSecondsAgo"]) == (None, None)
