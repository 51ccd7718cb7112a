"""Disks that are full, failing or read-only: a few of the trials of `disk`."""

from __future__ import annotations

import pytest

from tests.faults.children import quiet
from tests.faults.disk import ERRORS, TREE_POINTS, full_disks, full_service, limited, state_errors, tree_errors
from tests.faults.kills import STATE_POINTS
from tests.faults.tally import verify


def test_a_failing_disk_leaves_the_adopted_state(tmp_path):
    verify(state_errors(tmp_path, STATE_POINTS, ERRORS[:2]))


def test_a_failing_disk_leaves_the_tree_or_one_that_readers_reject(tmp_path):
    with quiet():
        verify(tree_errors(tmp_path, TREE_POINTS[::5], ERRORS[:1]))


def test_limits_of_the_kernel_are_reported_and_change_nothing(tmp_path):
    verify(limited(tmp_path, (200,), (8,)))


@pytest.mark.parametrize("fault", [full_disks, full_service], ids=["compile", "service"])
def test_a_full_file_system(tmp_path, fault):
    tally = fault(tmp_path)
    if tally.skipped:
        pytest.skip(tally.skipped)
    verify(tally)
