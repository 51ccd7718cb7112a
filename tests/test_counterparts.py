"""The builds of counterparts before `dev.py test --all`, and the comparison of its coverage number."""

from __future__ import annotations

import json
import sys
import time

import pytest

from dev import counterparts
from dev.coverage_gate import SLACK, fallen
from tests.conformance import gomodules
from tests.conformance.argocd.build import code_of
from tests.conformance.argocd.build import run as build_step
from tests.conformance.builds import builds


def test_a_build_over_the_budget_is_stopped_and_named(monkeypatch, capfd):
    monkeypatch.setattr(counterparts, "MODULE", "tests.support.stub_builds")
    monkeypatch.setenv(counterparts.BUDGET, "0.1")
    started = time.monotonic()
    missing = counterparts.build_counterparts(sys.executable)
    assert time.monotonic() - started < 30
    late = "not built within 0.1 minutes; the next run continues from the cache"
    assert missing == {"missing": "there is no go in PATH", "slow": late, "late": late}
    printed = capfd.readouterr().err
    assert "1 of 5, quick: ready after" in printed
    assert "broken\nundefined: x" in printed  # the reason with which its tests fail
    assert "2 ready, 3 missing" in printed


def test_progress_is_printed_while_a_build_runs(monkeypatch, capfd):
    monkeypatch.setattr(counterparts, "MODULE", "tests.support.stub_builds")
    monkeypatch.setattr(counterparts, "EVERY", 0.2)
    assert counterparts.build(sys.executable, "slow", "1 of 1, slow", time.monotonic() + 1) == ""
    assert "1 of 1, slow: 0 s, 0 packages compiled" in capfd.readouterr().err


def test_tests_get_the_list_of_missing_builds_and_nothing_else():
    assert counterparts.skipped({}) == {}
    assert json.loads(counterparts.skipped({"a": "b"})[gomodules.UNBUILT]) == {"a": "b"}
    assert (counterparts.UNBUILT, counterparts.LOG) == (gomodules.UNBUILT, gomodules.LOG)


def test_the_program_that_compiles_most_is_built_first():
    assert next(iter(builds())).startswith("controlplane-")


def test_builds_are_kept_outside_of_the_tree():
    for path, _ in builds().values():
        assert path.parent == gomodules.cache()
        assert not path.is_relative_to(counterparts.ROOT)


@pytest.mark.parametrize(
    ("percent", "recorded", "expected"),
    [(90.0, 90.0, False), (89.9, 90.0, False), (89.89, 90.0, True), (91.0, 90.0, False)],
)
def test_coverage_may_fall_by_a_tenth_of_a_point(percent, recorded, expected):
    assert SLACK == 0.1
    assert fallen(percent, recorded) is expected


def test_the_key_of_a_build_has_its_steps_without_their_docstrings():
    code = code_of(build_step)
    assert code.startswith("def run(")
    assert "go_build" in code
    assert build_step.__doc__ not in code
