"""The product as it is installed: its own image, its chart, real pods and volumes. Only kind has these."""

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
    """The chart's release in Argo CD's cluster, ready, with the example fleet's tree."""
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
    """A question for every unit and team of the production instance."""
    teams = example.fleet["teams"]
    return [{"instance": "prod", "unit": "cluster"}] + [
        {"instance": "prod", "unit": team.get("unit", "namespace"), "team": name} for name, team in teams.items()
    ]


@pytest.fixture(scope="module")
def expected(example, asks, tmp_path_factory):
    """What the same code answers on this machine from the same commit."""
    with Generator(example.tree, tmp_path_factory.mktemp("here")) as local:
        local.ready()
        return [local.ask(ask).body for ask in asks]


def answers(installation, asks, token=TOKEN):
    """(status, body) of what the pod answers over a forwarded port."""
    with forwarded(installation.cluster.kubeconfig, NAMESPACE, f"service/{RELEASE}", 8080) as port:
        in_pod = Generator(tree=None, folder=None)
        in_pod.port = port
        replies = [in_pod.ask(ask, token=token) for ask in asks]
    return [(reply.status, reply.body) for reply in replies]


def test_helm_and_the_api_server_take_all_that_is_installed(chosen, request, tmp_path):
    """On a loopback cluster, where no pod comes of it: what the other tests of this module begin with."""
    if chosen.maker == "kind":
        pytest.skip("the pods of the other tests show it")
    if openssl() is None:
        pytest.skip("the git server's certificate is made by openssl: there is no openssl in PATH")
    plane, example = request.getfixturevalue("plane"), request.getfixturevalue("example")
    installation = Installation(plane[MANAGEMENT], tmp_path / "shared", tmp_path / "work", TOKEN)
    with Workloads([plane[MANAGEMENT]]):
        installation.install(example.git.repo, "overlays")
        installation.until_running(RELEASE)
        installation.stop_git()
    assert installation.kube.get("v1", "Service", RELEASE, NAMESPACE) is not None


def test_the_image_answers_in_its_pod_what_the_code_answers_here(installation, asks, expected):
    """To the byte, with the token of the Secret: built by docker, installed by helm, fetched by git-sync over HTTPS."""
    assert answers(installation, asks) == [(200, body) for body in expected]


def test_another_token_is_refused_in_the_pod(installation, asks):
    ((status, body),) = answers(installation, asks[:1], token="another")
    assert status == 401
    assert b"parameters" not in body


def test_a_new_pod_answers_from_its_volume_while_git_is_away(installation, asks, expected):
    """What was adopted is on the claim: a restart needs no git to say the same."""
    installation.stop_git()
    installation.restart()
    assert answers(installation, asks) == [(200, body) for body in expected]
