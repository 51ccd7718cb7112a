"""The record of an adoption is read back equal, and damaged bytes are no record."""

from __future__ import annotations

import json

import pytest

from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State, read_attempt

ATTEMPT = Attempt(
    "tree 1", "refused", "a" * 40, (Problem("SF803", "x is torn", "compile again"),), Instant("boot", 1.5)
)


def test_a_written_attempt_is_read_back_equal(tmp_path):
    state = State(tmp_path)
    assert read_attempt(state.attempt) is None, "before the first adoption"
    state.note(ATTEMPT.encode())
    assert read_attempt(state.attempt) == ATTEMPT
    assert Attempt.decode(ATTEMPT.encode()) == ATTEMPT


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"null", b"[]", b"{}", ATTEMPT.encode()[:-9]], ids=range(7))
def test_torn_bytes_are_no_attempt(data):
    assert Attempt.decode(data) is None


@pytest.mark.parametrize("field", ["signature", "outcome", "commit", "problems", "at"])
def test_a_record_without_a_field_is_no_attempt(field):
    raw = json.loads(ATTEMPT.encode())
    del raw[field]
    assert Attempt.decode(json.dumps(raw).encode()) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", {"boot": "b"}), ("at", 5), ("problems", [{"code": "x"}]), ("problems", [7]),
        ("at", {"boot": "b", "seconds": "1.5"}), ("at", {"boot": "b", "seconds": True}), ("commit", 7),
    ],
)  # fmt: skip
def test_a_record_with_an_invalid_part_is_no_attempt(field, value):
    raw = json.loads(ATTEMPT.encode())
    raw[field] = value
    assert Attempt.decode(json.dumps(raw).encode()) is None


def test_a_check_of_the_configmaps_has_a_record_of_its_own(tmp_path):
    state = State(tmp_path)
    state.note_persisted(ATTEMPT.encode())
    assert read_attempt(state.persisted) == ATTEMPT
    assert read_attempt(state.attempt) is None
