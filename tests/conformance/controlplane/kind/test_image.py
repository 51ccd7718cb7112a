"""An installation of the product with its own image, its chart, real pods and volumes, which only kind has."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.certificates import openssl
from tests.conformance.controlplane.kind.forward import forwarded
from tests.conformance.controlplane.kind.image import IMAGE, NAMESPACE, RELEASE, Installation, build_image
from tests.conformance.controlplane.plane import MANAGEMENT
from tests.conformance.controlplane.workloads import Workloads
from tests.support.generator import TOKEN, Generator

pytestmark = [pytest.mark.conformance("kind"), pytest.mark.slow]


@pytest.fixture(scope="module")
def installation(chosen, request, tmp_path_factory):
    """Install the chart in Argo CD's cluster with the example fleet's tree, and wait until it is ready."""
    if chosen.maker != "kind":
        pytest.skip("pods need kind clusters: `python3 dev.py test-kind`, where a Docker engine answers")
    if openssl() is None:
        pytest.skip("the git server's certificate is made by openssl: there is no openssl in PATH")
    plane, example = request.getfixturevalue("plane"), request.getfixturevalue("example")
    build_image()
    plane.members[MANAGEMENT].load_docker_image(IMAGE)
    folder = tmp_path_factory.mktemp("installation")
    installation = Installation(plane[MANAGEMENT], plane.shared(MANAGEMENT), folder, TOKEN)
    installation.install(example.git.repo, "overlays")
    installation.until_running(RELEASE)
    return installation


@pytest.fixture(scope="module")
def asks(example):
    """Return the parameters of a request for every unit and team of the production instance."""
    teams = example.fleet["teams"]
    return [{"instance": "prod", "unit": "cluster"}] + [
        {"instance": "prod", "unit": team.get("unit", "namespace"), "team": name} for name, team in teams.items()
    ]


@pytest.fixture(scope="module")
def expected(example, asks, tmp_path_factory):
    """Return the answers of the same code on this machine from the same commit."""
    with Generator(example.tree, tmp_path_factory.mktemp("here")) as local:
        local.ready()
        return [local.ask(ask).body for ask in asks]


def answers(installation, asks, token=TOKEN):
    """Return (status, body) of the pod's answers over a forwarded port."""
    with forwarded(installation.cluster.kubeconfig, NAMESPACE, f"service/{RELEASE}", 8080) as port:
        in_pod = Generator(tree=None, folder=None)
        in_pod.port = port
        replies = [in_pod.ask(ask, token=token) for ask in asks]
    return [(reply.status, reply.body) for reply in replies]


def test_helm_and_the_api_server_accept_the_installation(chosen, request, tmp_path):
    """The cluster is on loopback and creates no pods; the other tests start with the same installation."""
    if chosen.maker == "kind":
        pytest.skip("covered by the pods of the other tests")
    if openssl() is None:
        pytest.skip("the git server's certificate is made by openssl: there is no openssl in PATH")
    plane, example = request.getfixturevalue("plane"), request.getfixturevalue("example")
    installation = Installation(plane[MANAGEMENT], tmp_path / "shared", tmp_path / "work", TOKEN)
    with Workloads([plane[MANAGEMENT]]):
        installation.install(example.git.repo, "overlays")
        installation.until_running(RELEASE)
        installation.stop_git()
    assert installation.kube.get("v1", "Service", RELEASE, NAMESPACE) is not None


def test_the_image_in_its_pod_gives_the_same_answers_as_the_code_on_this_machine(installation, asks, expected):
    """The bytes are equal. docker builds the image, helm installs it, and git-sync fetches over HTTPS."""
    assert answers(installation, asks) == [(200, body) for body in expected]


def test_the_pod_rejects_another_token(installation, asks):
    ((status, body),) = answers(installation, asks[:1], token="another")
    assert status == 401
    assert b"parameters" not in body


def test_a_new_pod_answers_from_its_volume_without_git(installation, asks, expected):
    """The adopted tree is on the claim, so a new pod gives the same answers without git."""
    installation.stop_git()
    installation.restart()
    assert answers(installation, asks) == [(200, body) for body in expected]
