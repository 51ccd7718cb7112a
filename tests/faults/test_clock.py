"""Jumps of the wall clock change no answer."""

from __future__ import annotations

from tests.faults.clock import jumps
from tests.faults.tally import verify


def test_a_clock_that_jumps_changes_no_answer(tmp_path):
    verify(jumps(tmp_path, 20))
