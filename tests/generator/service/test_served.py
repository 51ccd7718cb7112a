"""A worker serves the snapshot that the pointer names, or the last good one, and says what is damaged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.query import Refusal
from sixfold_generator.service.served import Served
from sixfold_generator.state.folder import State
from tests.support.trees import Spec, read

FIRST = adopt(None, *read(Spec()), date(2026, 11, 24)).snapshot
SECOND = replace(FIRST, sequence=2)


@pytest.fixture
def state(tmp_path):
    return State(tmp_path)


@pytest.fixture
def served(state):
    return Served(state.folder)


def refusal(served):
    assert served.peek() is None
    with pytest.raises(Refusal) as raised:
        served.catalog()
    assert raised.value.outcome == "nothing-adopted"
    return raised.value.message


def test_before_the_first_adoption_there_is_no_list_and_no_damage(served):
    assert refusal(served) == "nothing is adopted yet: there is no list to give"
    assert served.damage == ""


def test_a_snapshot_is_read_once_and_a_newer_one_replaces_it(state, served):
    started = served.since
    state.write(FIRST)
    catalog = served.catalog()
    assert catalog.snapshot == FIRST
    assert served.since.after(started)
    since = served.since
    assert served.catalog() is served.peek() is catalog
    assert served.since == since, "its age counts from the first reading"
    state.write(SECOND)
    assert served.catalog().snapshot == SECOND
    assert served.since.after(since)


def test_the_last_good_snapshot_stays_while_the_pointer_is_damaged_or_out_of_reach(state, served, tmp_path):
    state.write(FIRST)
    catalog, pointer = served.catalog(), state.pointer.read_bytes()
    state.pointer.write_bytes(b"torn")
    assert served.catalog() is catalog
    assert served.damage == "the adopted state is damaged: the pointer is damaged"
    state.pointer.rename(tmp_path / "away")
    assert served.catalog() is catalog
    assert served.damage == "the adopted state is out of reach"
    state.pointer.write_bytes(pointer)
    assert served.catalog().snapshot == FIRST
    assert served.damage == ""


def test_without_a_good_snapshot_the_refusal_names_the_damage(state, served):
    state.pointer.write_bytes(b"torn")
    assert refusal(served) == "the adopted state is damaged: the pointer is damaged"
    state.pointer.unlink()
    assert refusal(served) == "nothing is adopted yet: there is no list to give"


def test_a_pointer_to_a_damaged_snapshot_ends_the_service_of_the_older_one(state, served):
    state.write(FIRST)
    served.catalog()
    state.write(SECOND)
    newest = state.folder / "snapshots" / f"{2:012}.snapshot"
    complete = newest.read_bytes()
    newest.write_bytes(b"torn")
    assert refusal(served) == "the adopted state is damaged: the snapshot that the pointer names is damaged"
    newest.write_bytes(complete)
    assert served.catalog().snapshot == SECOND
    assert served.damage == ""


def test_a_snapshot_that_the_disk_does_not_give_is_tried_again(state, served):
    state.write(FIRST)
    catalog = served.catalog()
    state.write(SECOND)
    newest = state.folder / "snapshots" / f"{2:012}.snapshot"
    complete = newest.read_bytes()
    newest.unlink()
    newest.mkdir()
    assert served.catalog() is catalog
    assert served.damage == "the adopted state cannot be read: is a directory"
    newest.rmdir()
    newest.write_bytes(complete)
    assert served.catalog().snapshot == SECOND
