"""A running service under load: a few of the trials of `under_load`."""

from __future__ import annotations

import pytest

from tests.faults.tally import verify
from tests.faults.under_load import leak, overload, restarts, rotations, terminations
from tests.support.trees import Spec


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return Spec().write(tmp_path_factory.mktemp("tree") / "tree")


def test_an_overload_gives_complete_answers_or_503(tree, tmp_path):
    verify(overload(tree, tmp_path, 1.5))


def test_rolling_restarts_fail_no_request(tree, tmp_path):
    verify(restarts(tree, tmp_path, 3))


def test_a_terminated_service_completes_its_answers_and_then_refuses_connections(tree, tmp_path):
    verify(terminations(tree, tmp_path, 1))


def test_rotations_refuse_no_current_token(tree, tmp_path):
    verify(rotations(tree, tmp_path, 300))


def test_many_requests_leave_no_descriptor_open(tree, tmp_path):
    verify(leak(tree, tmp_path, 3000))
