"""Two writers at once, and readers and writers that pause."""

from __future__ import annotations

import os
import signal

from tests.faults.children import forked
from tests.faults.tally import verify
from tests.faults.writers import paused_reader, stopped_writers, swaps, two_writers


def test_two_adopters_write_one_at_a_time(tmp_path):
    verify(two_writers(tmp_path, 3))


def test_a_reader_sees_one_snapshot_or_the_other(tmp_path):
    verify(swaps(tmp_path, 60))


def test_a_paused_reader_continues_with_the_newest_snapshot(tmp_path):
    verify(paused_reader(tmp_path))


def test_a_stopped_writer_keeps_its_lock(tmp_path):
    verify(stopped_writers(tmp_path, 0.4))


def test_a_failed_fork_is_distinguished_from_a_killed_one():
    assert forked(lambda: None) == 0
    assert forked(lambda: os.kill(os.getpid(), signal.SIGKILL)) == -signal.SIGKILL
