"""Real control planes for the whole example fleet: a cluster for Argo CD, and one for each of the fleet's."""

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
from tests.conformance.controlplane.site import Site, settle
from tests.support.counterparts import met
from tests.support.generator import Generator, free_ports

LEFT = "prod-dc2-a"  # what is deleted here is waited for: that takes the garbage collector
# These fill the clusters by hand. Argo CD would find everything Synced then, and start no sync of its own.
LATE = ("test_apply.py", "test_kubectl.py")
# Kinds of other systems that the example fleet's overlays hold.
KINDS = frozenset({"ExternalSecret", "PodMonitor", "PrometheusRule"})


def pytest_collection_modifyitems(items):
    """What fills the clusters by hand comes after what begins with empty ones."""
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.name in LATE)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def chosen():
    """Which clusters there are to be. Everything waits for this, so that nothing is built where there can be none."""
    chosen = choose(os.environ.get(VARIABLE, ""))
    if chosen.maker == "kind" and (why := absence()):
        pytest.skip(why)
    return chosen


@pytest.fixture(scope="session")
def example(chosen, tmp_path_factory):
    """The example fleet as its first commit. Not to be changed: copy it."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


@pytest.fixture(scope="session")
def version(chosen):
    """The newest Argo CD; Kubernetes is the one that it is made for."""
    return VERSIONS[-1]


@pytest.fixture(scope="session")
def program(version):
    return build(version, "controlplane")


@pytest.fixture(scope="session")
def plane(chosen, program, example, tmp_path_factory):
    """The clusters: `management`, and the chosen ones of the fleet as environment-name."""
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
        controllers = tuple(name for name in (MANAGEMENT, LEFT) if name in clusters)
        certified = (MANAGEMENT, *names[::2]) if openssl() else ()  # the others log in with a token
        control_plane = ControlPlane(program, folder, clusters, controllers=controllers, certified=certified)
    with control_plane as plane:
        for name in names:
            plane[name].kube.define(of_systems(KINDS))
        met("kube-apiserver", lambda: plane[MANAGEMENT].kube.request("GET", "/version").document["gitVersion"])
        yield plane


@pytest.fixture(scope="session")
def argocd(program, version, plane, tmp_path_factory):
    """Argo CD, installed in the management cluster; nothing of it runs yet."""
    with ArgoCD(program, version, plane[MANAGEMENT], tmp_path_factory.mktemp("argocd")) as argocd:
        argocd.can_log_in(plane.clusters.values())
        met("Argo CD", lambda: version_in(program))
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


@pytest.fixture(scope="module")
def fleet_site(example, plane, argocd, tmp_path_factory):
    """A site for all tests of a module."""
    with opened(example, plane, argocd, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def lone(management, tmp_path_factory):
    """An Argo CD whose fleet is not there: for what never leaves the cluster that it is in."""
    folder = tmp_path_factory.mktemp("lone")
    with ArgoCD(management.program, VERSIONS[-1], management[MANAGEMENT], folder) as argocd:
        met("Argo CD", lambda: version_in(management.program))
        yield argocd


@contextmanager
def alone(deploy, argocd, folder, instance="prod", ports=None):
    """A site with an Argo CD that knows the fleet's clusters by their Secrets alone, which is all that it takes to make
    Applications. The plugin's address is that of its generator, whatever the fleet says."""
    try:
        with Generator(deploy.tree, folder / "run", ports=ports) as generator:
            site = Site(deploy, generator.ready(), argocd, instance)
            site.url = f"http://127.0.0.1:{generator.port}"
            yield site
    finally:
        argocd.clear()


@pytest.fixture
def site(example, lone, tmp_path, request):
    """The example fleet as it is, for one test. The parameter is the Argo CD instance."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    with alone(deploy, lone, tmp_path, getattr(request, "param", "prod")) as site:
        yield site


@pytest.fixture
def sets(site):
    """The same; the newest commit is applied, and the ApplicationSet controller has looked at it."""
    site.sync()
    site.argocd.start_sets()
    assert site.argocd.look() == {}
    return site
