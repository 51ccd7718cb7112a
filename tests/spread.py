"""Distribution of the suite over several processes (`python3 dev.py test` runs `pytest -n 4` on two CPUs).

A file stays in one process, so that its fixtures are built once. Folders that share an expensive fixture stay together as
well; the tests of some files that share nothing are distributed one by one. The longest tests begin first, so that no
process is left alone with one of them at the end. There are more processes than CPUs, since many tests wait.
"""

from __future__ import annotations

import re

import pytest

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# In the order in which they begin: matches of one pattern with equal groups stay in one process.
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
    r"(tests/.*/test_(?:two_pods|under_load|lockfile|deletions|interruptions|state|capacity|properties|disk)\.py)",
    r"(tests/faults/\w+)",
    r"(tests/lib)/",  # every input of these tests is evaluated at once
]


def share(nodeid: str) -> tuple[int, tuple[str, ...]]:
    """Return a test's position in the order, and the groups that it shares with the tests of its process."""
    for number, pattern in enumerate(TOGETHER):
        if match := re.match(pattern, nodeid):
            return number, match.groups()
    return len(TOGETHER), (nodeid.partition("::")[0],)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return " ".join(share(nodeid)[1])

    config.option.loadscopereorder = False  # it would start the largest file first, not the slowest
    return Shares(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):  # a single process keeps the order of the files
        items.sort(key=lambda item: share(item.nodeid)[0])
