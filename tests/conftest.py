"""Settings of the suite, and fixtures of several folders."""

import gc

import pytest

from tests import profiles

# Everything that is imported and collected stays until the end: to search it for cycles again and again takes as long as
# to collect it.
gc.disable()

pytest.register_assert_rewrite("tests.support.pages", "tests.support.suite")  # their assertions show the differences
pytest_plugins = ["tests.proof.plugin", "tests.selection", "tests.spread", "tests.measured", "tests.support.clusters"]
PROFILE = profiles.load()


def pytest_collection_finish():
    """Collect garbage from here on, and leave out what was there before."""
    gc.enable()
    gc.freeze()


@pytest.fixture(scope="session")
def management(tmp_path_factory):
    """A real control plane of one cluster, `management`, started by the first test that asks for it."""
    from tests.conformance.argocd.build import VERSIONS, build
    from tests.conformance.controlplane.plane import MANAGEMENT, ControlPlane
    from tests.support.counterparts import met

    program = build(VERSIONS[-1], "controlplane")
    folder = tmp_path_factory.mktemp("plane")
    with ControlPlane(program, folder, [MANAGEMENT], controllers=(MANAGEMENT,)) as plane:
        met("kube-apiserver", lambda: plane[MANAGEMENT].kube.request("GET", "/version").document["gitVersion"])
        yield plane
