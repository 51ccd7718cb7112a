"""The watch starts a reader of the live clusters when the last reading is old enough, and ends one that hangs."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

from sixfold_generator import Settings
from sixfold_generator.live import watch as module
from sixfold_generator.live.file import write
from sixfold_generator.live.record import Live
from sixfold_generator.live.watch import LiveWatch
from sixfold_generator.state.clock import Instant


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Put a program in the place of Python that writes its arguments to a file, and return the file."""
    program, file = tmp_path / "reader", tmp_path / "arguments"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{file}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return file


def watch(tmp_path, **settings):
    (tmp_path / "state").mkdir(exist_ok=True)
    return LiveWatch(
        Settings.model_validate(
            {
                "token_files": "/t",
                "tree": "/tree",
                "state": str(tmp_path / "state"),
                "live_kubeconfig": "/l",
                **settings,
            }
        )
    )


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, "--clusters /l"),
        ({"live_kubeconfig": None, "live_argocd": "argocd/x"}, "--argocd argocd/x"),
        ({"live_argocd": "argocd/x", "kubeconfig": "/k"}, "--clusters /l --argocd argocd/x --kubeconfig /k"),
    ],
)
def test_the_reader_gets_the_settings_and_a_minute(tmp_path, reader, settings, arguments):
    assert watch(tmp_path, **settings).once(0) is True
    expected = f"-P -m sixfold_generator.live --state {tmp_path / 'state'} --deadline 60 {arguments}\n"
    assert reader.read_text() == expected


@pytest.mark.parametrize(("age", "interval", "runs"), [(None, 1000, True), (50, 60, False), (50, 49, True)])
def test_the_reader_runs_when_the_last_reading_is_old_enough(tmp_path, reader, age, interval, runs):
    looks = watch(tmp_path)
    if age is not None:
        now = Instant.now()
        write(tmp_path / "state", Live(Instant(now.boot, now.seconds - age)))
    assert looks.once(interval) is runs
    assert reader.exists() is runs


@pytest.mark.parametrize(("seconds", "pause"), [(600, 5), (10, 2)])
def test_pauses_and_intervals_are_spread_by_a_fifth(tmp_path, monkeypatch, seconds, pause):
    looks, pauses, intervals = watch(tmp_path, live_seconds=seconds), [], []

    def sleep(length):
        pauses.append(length / pause)
        if len(pauses) == 200:
            raise StopIteration

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(looks, "once", lambda interval: intervals.append(interval / seconds))
    with pytest.raises(StopIteration):
        looks.forever()
    for values in (pauses, intervals):
        assert 0.8 <= min(values) < 0.85
        assert 1.15 < max(values) <= 1.2


def test_a_reading_of_another_boot_counts_as_old(tmp_path, reader):
    write(tmp_path / "state", Live(Instant("another boot", 1.0)))
    assert watch(tmp_path).once(1000) is True
    assert reader.exists()


def test_a_reader_that_does_not_start_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert watch(tmp_path).once(0) is False


def test_a_reader_that_hangs_is_ended(tmp_path, reader, monkeypatch):
    (tmp_path / "reader").write_text("#!/bin/sh\nsleep 60\n")
    monkeypatch.setattr("sixfold_generator.live.watch.LONGEST", 0.2)
    started = time.monotonic()
    assert watch(tmp_path).once(0) is True
    assert time.monotonic() - started < 30
