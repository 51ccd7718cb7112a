"""How the suite is spread over several processes (`pytest -n 4`, which is what `python3 dev.py test` runs on two CPUs).

A file stays in one process, so that its fixtures are made once. Some folders stay together as well, since they share what
is expensive; the tests of some files that share nothing are handed out one by one. What takes longest begins first, so
that no process is left alone with it at the end. There are more processes than CPUs: many tests wait.
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
    # Tests of more than ten seconds that share nothing, one by one.
    r"(.*/test_noninterference\.py::.*)",
    r"(.*/test_compile\.py::.*)",
    r"(.*/test_fuzz\.py::.*)",
    r"(.*/test_schemas\.py::.*)",
    r"(.*/test_pool\.py::.*)",
    r"(.*/test_drain\.py::.*)",
    r"(.*/test_plugin_contract)",
    # Files that take more than twenty seconds; most of them wait for servers.
    r"(tests/.*/test_service\.py)",
    r"(tests/.*/test_configmaps\w*\.py)",
    r"(tests/.*/test_(?:two_pods|load|lockfile|deletions|interruptions|state|capacity|properties|disk)\.py)",
    r"(tests/faults/\w+)",
    r"(tests/lib)/",  # every input of these tests is evaluated at once
]


def share(nodeid: str) -> tuple[int, tuple[str, ...]]:
    """Return a test's place in the order, and what it shares with those that stay in its process."""
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
