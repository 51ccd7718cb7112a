"""Real control planes for the whole example fleet: a cluster for Argo CD, and one for each of the fleet's."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.conformance.argocd.build import VERSIONS, build
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.argocd.program import told
from tests.conformance.controlplane.argocd import ArgoCD
from tests.conformance.controlplane.crds import of_systems
from tests.conformance.controlplane.plane import MANAGEMENT, ControlPlane
from tests.conformance.controlplane.site import Site, settle
from tests.counterparts import met
from tests.generator.running import Generator, free_ports

LEFT = "prod-dc2-a"  # what is deleted here is waited for: that takes the garbage collector
KINDS = frozenset(
    {"ExternalSecret", "PodMonitor", "PrometheusRule"}
)  # of other systems, in the example fleet's overlays


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example fleet as its first commit. Not to be changed: copy it."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


@pytest.fixture(scope="session")
def version():
    """The newest Argo CD; Kubernetes is the one that it is made for."""
    return VERSIONS[-1]


@pytest.fixture(scope="session")
def program(version):
    return build(version, "controlplane")


@pytest.fixture(scope="session")
def plane(program, example, tmp_path_factory):
    """The clusters: `management`, and the fleet's as environment-name."""
    names = [
        f"{environment}-{name}"
        for instance in ("nonprod", "prod")
        for environment, _, name in example.clusters(instance)
    ]
    folder = tmp_path_factory.mktemp("plane")
    with ControlPlane(program, folder, [MANAGEMENT, *names], controllers=(MANAGEMENT, LEFT)) as plane:
        for name in names:
            plane[name].kube.define(of_systems(KINDS))
        met("kube-apiserver", lambda: plane[MANAGEMENT].kube.request("GET", "/version").document["gitVersion"])
        yield plane


@pytest.fixture(scope="session")
def argocd(program, version, plane, tmp_path_factory):
    """Argo CD, installed in the management cluster; nothing of it runs yet."""
    with ArgoCD(program, version, plane[MANAGEMENT], tmp_path_factory.mktemp("argocd")) as argocd:
        argocd.can_log_in(plane.clusters.values())
        met("Argo CD", lambda: told(program))
        yield argocd


@contextmanager
def opened(example, plane, argocd, folder):
    """A deploy repo and a generator in a folder of their own. What is left in Argo CD is taken away at the end."""
    deploy = Deploy(folder / "deploy", copy_of=example)
    ports = tuple(free_ports(2))
    settle(deploy, plane, f"http://127.0.0.1:{ports[0]}")
    deploy.publish()
    try:
        with Generator(deploy.tree, folder / "run", ports=ports) as generator:
            yield Site(deploy, generator.ready(), argocd)
    finally:
        argocd.clear()


@pytest.fixture
def site(example, plane, argocd, tmp_path):
    """A site of this test's own."""
    with opened(example, plane, argocd, tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def fleet_site(example, plane, argocd, tmp_path_factory):
    """A site for all tests of a module."""
    with opened(example, plane, argocd, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def sets(site):
    """The same; the newest commit is applied, and the ApplicationSet controller has looked at it."""
    site.sync()
    site.argocd.start_sets()
    assert site.argocd.look() == {}
    return site
