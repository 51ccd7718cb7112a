"""The tests that only `dev.py test --all` runs, and their table in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re

import pytest

from dev.process import ROOT
from tests.conformance import gomodules
from tests.conformance.argocd.build import VERSIONS, build
from tests.conformance.kustomize.build import build as build_kustomize
from tests.selection import BUILT, HEAD, TABLE, Moved, moved

MOST = 30  # rows of the table
PAGE = f"""
Some prose.

{HEAD}
|---|--:|---|
| `tests/fuzz/test_fuzz.py::test_one` | 31.5 | one property of many processes |

| another | table |
"""


def test_rows_of_the_table_are_read():
    assert moved(PAGE) == [Moved("tests/fuzz/test_fuzz.py::test_one", 31.5, "one property of many processes")]
    assert moved("No table.") == []


def test_a_row_without_seconds_or_reason_is_rejected():
    with pytest.raises(ValueError, match="not a row like"):
        moved(PAGE.replace("31.5", "long"))


def test_rows_of_contributing_name_tests_that_exist_and_are_few():
    text = TABLE.read_text()
    assert HEAD in text
    rows = moved(text)
    assert len(rows) <= MOST
    assert [row.test for row in rows if not defined(row.test)] == []


def defined(test):
    """Return whether the file of a node id defines its test."""
    path, *names = test.split("::")
    if not (ROOT / path).is_file():
        return False
    tree = ast.parse((ROOT / path).read_text())
    return names[-1] in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_a_test_that_does_not_exist_is_noticed():
    assert defined("tests/test_selection.py::test_rows_of_the_table_are_read")
    assert not defined("tests/test_selection.py::test_of_nothing")
    assert not defined("tests/test_nothing.py::test_of_nothing")


def test_every_heading_that_is_left_out_belongs_to_a_test():
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    headings = {heading for text in texts for heading in re.findall(r'mark\.conformance\("([^"]+)"\)', text)}
    assert headings >= BUILT


@pytest.mark.parametrize(
    "ask",
    [
        lambda: build(VERSIONS[-1], "controlplane"),
        build_kustomize,
        lambda: gomodules.download("k8s.io/api", "v0.37.0"),
    ],
    ids=["controlplane", "kustomize", "module"],
)
def test_a_quick_run_builds_and_fetches_nothing(ask, monkeypatch):
    monkeypatch.setenv(gomodules.QUICK, "1")
    with pytest.raises(RuntimeError, match="need a heading of BUILT"):
        ask()


def test_tests_of_a_counterpart_that_was_not_built_are_skipped_with_the_reason(monkeypatch):
    monkeypatch.delenv(gomodules.QUICK, raising=False)
    monkeypatch.setenv(gomodules.UNBUILT, f'{{"controlplane-{VERSIONS[-1]}": "not built within 30 minutes"}}')
    with pytest.raises(pytest.skip.Exception, match="not built within 30 minutes"):
        build(VERSIONS[-1], "controlplane")
