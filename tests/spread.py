"""How the suite is spread over several processes (`pytest -n 2`, which is what `python3 dev.py test` runs).

A file stays in one process, so that its fixtures are made once. Some folders stay together as well, since they share
what is dear to make. What takes longest begins first: whichever process is done early takes from the rest.
"""

from __future__ import annotations

import re

import pytest

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# In the order in which they begin: what matches stays in one process for each value of its groups.
TOGETHER = [
    # one control plane, of several gigabytes, and the API server that other tests use
    r"(tests)/(?:conformance/controlplane/|.*/test_rights|.*\[real\b)",
    r"(tests/conformance/argocd)/.*\[(3\.\d+)",  # the fleet, compiled and served, for each version of Argo CD
    r"(tests/faults/\w+)",
    r"(tests/lib)/",  # every input of these tests is evaluated at once
]


def share(nodeid: str) -> tuple[int, tuple[str, ...]]:
    """What a test stays together with: the place in the order, and a name."""
    for number, pattern in enumerate(TOGETHER):
        if found := re.match(pattern, nodeid):
            return number, found.groups()
    return len(TOGETHER), (nodeid.partition("::")[0],)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return " ".join(share(nodeid)[1])

    config.option.loadscopereorder = False  # it would put the most tests first, not the longest
    return Shares(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):  # one process alone keeps the order of the files
        items.sort(key=lambda item: share(item.nodeid)[0])
