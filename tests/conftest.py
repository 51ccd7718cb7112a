"""Settings of the suite, and fixtures of several folders."""

import pytest

from tests import profiles

pytest.register_assert_rewrite("tests.support.pages", "tests.support.suite")  # their assertions show the differences
pytest_plugins = ["tests.proof.plugin", "tests.selection", "tests.spread", "tests.measured", "tests.support.clusters"]
PROFILE = profiles.load()


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
