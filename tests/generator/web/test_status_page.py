"""The status page lists adopted and held changes for people and as data, and escapes all values."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_generator.state.snapshot import Hold
from sixfold_generator.web.status_page import page
from tests.support.healths import EMPTY, FULL, ROW
from tests.support.snapshots import check_snapshot


def read(text):
    """Read the text of the page: its heading, its lists, and its tables by caption."""
    tables = {}
    for caption, body in re.findall(r"<table>\s*<caption>(.*?)</caption>(.*?)</table>", text, re.DOTALL):
        cells = re.findall(r'<tr><th scope="row">(.*?)</th><td><code>(.*?)</code></td></tr>', body)
        tables[html.unescape(caption)] = {html.unescape(name): html.unescape(value) for name, value in cells}
    return tables, re.findall(r"<strong>(.*?)</strong>", text), re.findall(r"<li>(.*?)</li>", text)


@pytest.mark.parametrize(("health", "name"), [(EMPTY, "empty"), (FULL, "full")], ids=["empty", "full"])
def test_the_page_is_its_snapshot(health, name):
    check_snapshot(page(health), Path(__file__).with_name("snapshots") / f"status-{name}.html")


def test_the_page_shows_the_adopted_state_and_held_teams_with_reasons():
    tables, (status,), reasons = read(page(FULL))
    assert status == "Degraded: the service answers, but needs attention."
    assert reasons == ["SF811: team ads stays as it was adopted"]
    assert tables == {
        "Adopted state": {
            "Fleet": "example", "Adopted revision": "a" * 40, "Adoptions so far": "7", "Adopted": "1 h 2 min ago",
            "Tree last read": "4 s ago", "Signature of the newest tree": "awaited",
            "Trusted keys": "SHA256:abc, SHA256:def", "Retired teams": "gone, left",
            "Clusters at their previous revision": "prod/dc1/dc1-a",
        },
        "Parameter sets": {"unit namespace": "21"},
        "Held teams": {"ads": "prod lost 4 applications; these vanish: x"},
        "Recent deletions": {
            "identity": "2 deletions, which count against the budget for some days still",
            "playback": "1 deletion, which counts against the budget for some days still",
        },
        "Units that wait": {
            "cluster prod/dc1/dc1-a": "waits for ads",
            "namespace prod/dc1/dc1-a/match": "waits for ads, shop",
        },
    }  # fmt: skip


def test_before_the_first_adoption_the_page_has_no_empty_table():
    tables, (status,), reasons = read(page(EMPTY))
    assert status == "Not ready: there is nothing to answer from."
    assert reasons == ["nothing is adopted yet"]
    assert list(tables) == ["Adopted state"]
    assert tables["Adopted state"] == {
        "Fleet": "none", "Adopted revision": "none", "Adoptions so far": "0", "Adopted": "not known",
        "Tree last read": "not known", "Signature of the newest tree": "not checked", "Trusted keys": "none", "Retired teams": "none", "Clusters at their previous revision": "none",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "not known"), (0.0, "0 s ago"), (59.9, "59 s ago"), (60, "1 min 0 s ago"), (3599, "59 min 59 s ago"),
        (3600, "1 h 0 min ago"), (360_000, "100 h 0 min ago"),
    ],
)  # fmt: skip
def test_an_age_is_shown_in_its_two_largest_units(seconds, shown):
    tables, _, _ = read(page(replace(EMPTY, looked=seconds)))
    assert tables["Adopted state"]["Tree last read"] == shown


def test_without_trusted_keys_the_page_says_who_may_deploy():
    note = "<p>No trusted keys are set: whoever may push to the branch of the deploy repository may deploy.</p>"
    assert note in page(EMPTY)
    assert "whoever may push" not in page(FULL)


def test_a_ready_service_shows_no_reasons():
    text = page(replace(FULL, status="ready", reasons=()))
    assert "Ready: the newest tree is adopted." in text
    assert "Reasons" not in text


def test_values_are_escaped_in_html():
    evil = "<script>&\"'"
    text = page(replace(FULL, fleet=evil, reasons=(evil,), held={evil: Hold((evil,))}, spent={evil: 2}, sets={evil: 1}))
    assert "<script>" not in text
    assert html.unescape(text).count(evil) == 6, "the fleet, a reason, two of a held team, a deletion and a unit"


def test_the_document_has_ages_in_seconds_and_exceeded_budgets():
    document = FULL.document()
    assert (document.ageSeconds, document.lookedSecondsAgo) == (3725, 4)
    assert document.held == {"ads": ("prod lost 4 applications", "these vanish: x")}
    assert document.heldBudgets == (ROW,)
    assert (EMPTY.document().ageSeconds, EMPTY.document().lookedSecondsAgo) == (None, None)
