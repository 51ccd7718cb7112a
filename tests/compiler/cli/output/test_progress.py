"""The progress bar: on a terminal alone, after a while alone, and gone at the end."""

from __future__ import annotations

import contextlib
import io
from types import SimpleNamespace

import pytest

from sixfold_compiler.cli.output import progress as bars
from sixfold_compiler.cli.output.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """Leave out what a user may have set about colors and sizes."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_slow_step_shows_what_is_done(monkeypatch):
    monkeypatch.setattr(bars, "PATIENCE", 0)
    with contextlib.redirect_stderr(Terminal()) as terminal, progress() as tick:
        tick("reading", 0, 4)
        tick("reading", 4, 4)
        tick("compiling", 1, 3)
        tick("platform", 1, 1)
    shown = terminal.getvalue()
    assert "Reading manifests" in shown
    assert "4/4" in shown
    assert "Compiling apps" in shown
    assert "Compiling the platform" in shown
    assert shown.endswith("\x1b[1A\x1b[2K"), "the bar is removed"


def test_a_fast_run_shows_nothing():
    with contextlib.redirect_stderr(Terminal()) as terminal, progress() as tick:
        tick("reading", 1, 4)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("seconds", "appears"), [(0.6, False), (0.7, True)])
def test_the_bar_appears_after_two_thirds_of_a_second(seconds, appears, monkeypatch):
    moments = iter((0.0, seconds))
    monkeypatch.setattr(bars, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    with contextlib.redirect_stderr(Terminal()) as terminal, progress() as tick:
        tick("reading", 1, 4)
    assert ("Reading manifests" in terminal.getvalue()) is appears


@pytest.mark.parametrize(("term", "stream"), [("dumb", Terminal), ("xterm", io.StringIO)])
def test_nothing_is_shown_where_no_terminal_can_show_it(term, stream, monkeypatch):
    monkeypatch.setenv("TERM", term)
    with contextlib.redirect_stderr(stream()), progress() as tick:
        assert tick is None
