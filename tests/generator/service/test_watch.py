"""The watch reads the outcome from the adopter's last line; any other end of the adopter is a failure."""

from __future__ import annotations

import sys

import pytest

from sixfold_generator import Settings
from sixfold_generator.service.watch import Watch


@pytest.fixture
def watch(tmp_path):
    outcomes = []
    settings = Settings(token_files=(tmp_path / "token",), tree=tmp_path / "tree", state=tmp_path / "state")
    watch = Watch(settings, outcomes.append)
    watch.outcomes = outcomes
    return watch


def adopt(watch, monkeypatch, program):
    """Adopt with another program instead of the adopter."""
    monkeypatch.setattr(watch, "_command", lambda **_: [sys.executable, "-c", program])
    watch._adopt(force=False)


def test_the_last_line_has_the_outcome_and_is_passed_on(watch, monkeypatch, capfdbinary):
    line = '{"event":"adoption","outcome":"refused","problems":[{"code":"SF803","message":"m","help":"h"}]}'
    adopt(watch, monkeypatch, f"print('a warning'); print({line!r})")
    assert watch.outcomes == ["refused"]
    assert watch.problems == (), "those of a refused tree are in the state folder"
    assert capfdbinary.readouterr().out.decode().splitlines() == ["a warning", line]


def test_the_problems_of_a_failure_are_kept_by_the_watch(watch, monkeypatch):
    line = '{"event":"adoption","outcome":"failed","problems":[{"code":"SF821","message":"m","help":"h"}]}'
    adopt(watch, monkeypatch, f"print({line!r})")
    assert [(problem.code, problem.message) for problem in watch.problems] == [("SF821", "m")]
    adopt(watch, monkeypatch, 'print(\'{"outcome":"adopted"}\')')
    assert watch.problems == ()
    assert watch.outcomes == ["failed", "adopted"]


def test_a_line_of_a_known_tree_is_not_passed_on(watch, monkeypatch, capfdbinary):
    adopt(watch, monkeypatch, 'print(\'{"outcome":"known"}\')')
    assert (watch.outcomes, capfdbinary.readouterr().out) == (["known"], b"")


@pytest.mark.parametrize(
    "program",
    ["", "print('no JSON')", "print('[]')", "print('{\"outcome\":5}')", "raise SystemExit('killed')"],
    ids=["silent", "text", "list", "number", "dead"],
)
def test_an_adopter_without_an_outcome_is_a_failure(watch, monkeypatch, capfd, program):
    adopt(watch, monkeypatch, program)
    assert watch.outcomes == ["failed"]
    assert [problem.code for problem in watch.problems] == ["SF823"]
    assert capfd.readouterr().out == ""
