"""Torn trees, states and inventories: a few of the trials of `torn`."""

from __future__ import annotations

from tests.faults.tally import verify
from tests.faults.torn import small, torn_inventories, torn_states, torn_trees


def test_a_torn_tree_is_never_accepted():
    verify(torn_trees(small(), 6, None))


def test_a_torn_state_never_gives_an_answer(tmp_path):
    verify(torn_states(tmp_path, small(), 6, None))


def test_torn_inventories_are_repaired(tmp_path):
    verify(torn_inventories(tmp_path, 6, 8))
