"""Fixtures: real control planes for the example fleet, with a cluster for Argo CD and one for each of the fleet's."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conformance.argocd.build import VERSIONS, build
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.argocd.program import version_in
from tests.conformance.controlplane.argocd import ArgoCD
from tests.conformance.controlplane.certificates import openssl
from tests.conformance.controlplane.chosen import VARIABLE, choose
from tests.conformance.controlplane.crds import of_systems
from tests.conformance.controlplane.kind.engine import absence
from tests.conformance.controlplane.kind.plane import KindPlane
from tests.conformance.controlplane.plane import MANAGEMENT, ControlPlane
from tests.conformance.controlplane.site import Site, adapt_fleet
from tests.support.counterparts import met
from tests.support.generator import Generator, free_ports

COLLECTED = "prod-dc2-a"  # a test waits for deletions in this cluster, so it needs the garbage collector
# These modules fill the clusters without Argo CD, which would then find everything Synced and start no sync.
LATE = ("test_apply.py", "test_kubectl.py")
# Kinds of other systems in the example fleet's overlays.
KINDS = frozenset({"ExternalSecret", "PodMonitor", "PrometheusRule"})


def pytest_collection_modifyitems(items):
    """Run the tests that fill the clusters without Argo CD after those that need empty clusters."""
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.name in LATE)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def chosen():
    """Return the selected clusters. All fixtures depend on this one, so nothing is built if no cluster is possible."""
    chosen = choose(os.environ.get(VARIABLE, ""))
    if chosen.maker == "kind" and (why := absence()):
        pytest.skip(why)
    return chosen


@pytest.fixture(scope="session")
def example(chosen, tmp_path_factory):
    """Return the example fleet as a first commit. Copy it instead of changing it."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


@pytest.fixture(scope="session")
def version(chosen):
    """Return the newest version of Argo CD, which decides the version of Kubernetes."""
    return VERSIONS[-1]


@pytest.fixture(scope="session")
def program(version):
    return build(version, "controlplane")


@pytest.fixture(scope="session")
def plane(chosen, program, example, tmp_path_factory):
    """Start the clusters: `management`, and the selected ones of the fleet as environment-name."""
    names = chosen.of(
        [
            f"{environment}-{name}"
            for instance in ("nonprod", "prod")
            for environment, _, name in example.clusters(instance)
        ]
    )
    clusters = [MANAGEMENT, *names]
    folder = tmp_path_factory.mktemp("plane")
    if chosen.maker == "kind":
        control_plane = KindPlane(program, folder, clusters, controllers=(MANAGEMENT,))
    else:
        controllers = tuple(name for name in (MANAGEMENT, COLLECTED) if name in clusters)
        certified = (MANAGEMENT, *names[::2]) if openssl() else ()  # the others log in with a token
        control_plane = ControlPlane(program, folder, clusters, controllers=controllers, certified=certified)
    with control_plane as plane:
        for name in names:
            plane[name].kube.define(of_systems(KINDS))
        met("kube-apiserver", lambda: plane[MANAGEMENT].kube.request("GET", "/version").document["gitVersion"])
        yield plane


@pytest.fixture(scope="session")
def argocd(program, version, plane, tmp_path_factory):
    """Install Argo CD in the management cluster; no controller runs yet."""
    with ArgoCD(program, version, plane[MANAGEMENT], tmp_path_factory.mktemp("argocd")) as argocd:
        argocd.grant_logins(plane.clusters.values())
        met("Argo CD", lambda: version_in(program))
        yield argocd


@contextmanager
def open_site(example, plane, argocd, folder):
    """Create a deploy repo and a generator in a folder; all objects of Argo CD are deleted at the end."""
    deploy = Deploy(folder / "deploy", copy_of=example)
    ports = tuple(free_ports(2))
    adapt_fleet(deploy, plane, f"http://127.0.0.1:{ports[0]}")
    deploy.publish()
    try:
        with Generator(deploy.tree, folder / "run", ports=ports) as generator:
            yield Site(deploy, generator.ready(), argocd)
    finally:
        argocd.clear()


@pytest.fixture(scope="module")
def fleet_site(example, plane, argocd, tmp_path_factory):
    """Return a site for all tests of a module."""
    with open_site(example, plane, argocd, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def lone(management, tmp_path_factory):
    """Install an Argo CD without the clusters of its fleet, for tests that need only Argo CD's own cluster."""
    folder = tmp_path_factory.mktemp("lone")
    with ArgoCD(management.program, VERSIONS[-1], management[MANAGEMENT], folder) as argocd:
        met("Argo CD", lambda: version_in(management.program))
        yield argocd


@contextmanager
def lone_site(deploy, argocd, folder, instance="prod", ports=None):
    """Create a site with an Argo CD that has only the Secrets of the fleet's clusters, which Applications need.

    The plugin's address is that of the site's generator instead of the fleet's.
    """
    try:
        with Generator(deploy.tree, folder / "run", ports=ports) as generator:
            site = Site(deploy, generator.ready(), argocd, instance)
            site.url = f"http://127.0.0.1:{generator.port}"
            yield site
    finally:
        argocd.clear()


@pytest.fixture
def site(example, lone, tmp_path, request):
    """Return a site with the unchanged example fleet, for one test. The parameter is the Argo CD instance."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    with lone_site(deploy, lone, tmp_path, getattr(request, "param", "prod")) as site:
        yield site


@pytest.fixture
def sets(site):
    """Return the site after the newest commit was applied and the ApplicationSet controller has reconciled it."""
    site.sync()
    site.argocd.start_sets()
    assert site.argocd.reconcile_sets() == {}
    return site
