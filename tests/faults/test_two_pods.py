"""Two pods whose checkouts are a commit apart."""

from __future__ import annotations

from tests.faults.tally import verify
from tests.faults.two_pods import two_pods


def test_two_pods_that_see_different_commits_never_create_and_then_delete(tmp_path):
    verify(two_pods(tmp_path, 2))
