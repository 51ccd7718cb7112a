"""Slow clients without a token keep neither Argo CD nor the kubelet waiting."""

from __future__ import annotations

import pytest

from tests.faults.drips import slow_clients
from tests.faults.tally import verify
from tests.support.trees import Spec


@pytest.mark.parametrize("addresses", [1, 200])
def test_slow_clients_keep_nobody_waiting(tmp_path, addresses):
    tree = Spec().write(tmp_path / "tree")
    verify(slow_clients(tree, tmp_path, 2300, addresses, 1000))
