"""Answers of workers that are killed: a few of the trials of `worker_kills`."""

from __future__ import annotations

from tests.faults.tally import verify
from tests.faults.worker_kills import CUT, answers, every_offset, worker_kills


def test_a_client_never_accepts_a_truncated_answer(tmp_path):
    verify(*(every_offset(raw, sets) for raw, sets in answers(tmp_path)))


def test_a_killed_worker_gives_the_complete_answer_or_an_error(tmp_path):
    tally = worker_kills(tmp_path, 3)
    verify(tally)
    assert tally.outcomes[CUT], "no kill happened during an answer"
