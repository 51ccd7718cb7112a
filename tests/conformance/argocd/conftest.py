"""The program for each Argo CD version, and the example fleet: compiled, committed, adopted, served."""

from __future__ import annotations

import pytest

from tests.conformance.argocd.build import VERSIONS, build, release
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.argocd.program import Program, write_secret
from tests.conformance.argocd.site import Site
from tests.support.generator import TOKEN, Generator


@pytest.fixture(scope="session", params=VERSIONS)
def program(request):
    return Program(release(request.param), build(request.param))


@pytest.fixture(scope="session")
def secret(tmp_path_factory):
    """The folder with the Secret that holds the right token."""
    return write_secret(tmp_path_factory.mktemp("secret"), TOKEN)


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example fleet as its first commit. Not to be changed: copy it."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


@pytest.fixture(scope="session")
def served(example, secret, tmp_path_factory):
    """A site that has seen two commits: the second gave one app of one environment a new version. Not to be changed."""
    folder = tmp_path_factory.mktemp("served")
    deploy = Deploy(folder / "deploy", copy_of=example)
    with Generator(deploy.tree, folder / "run") as generator:
        site = Site(deploy, generator.ready(), secret, folder / "applied")
        deploy.edit("examples/live/releases/prod.yaml", "playback/heartbeat: ", "playback/heartbeat: 9")
        site.publish(2)
        yield site


@pytest.fixture(params=["nonprod", "prod"])
def instance(served, request):
    """Each Argo CD instance of the fleet in turn, as the one that `served` is asked for."""
    served.instance = request.param
    yield request.param
    served.instance = "prod"


@pytest.fixture
def site(example, secret, tmp_path):
    """A deploy repo and a generator of this test's own."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    with Generator(deploy.tree, tmp_path / "run") as generator:
        yield Site(deploy, generator.ready(), secret, tmp_path / "applied")


@pytest.fixture
def few(site):
    """The same with three ApplicationSets, where each run costs a timeout or a worker."""
    site.keep("sixfold-platform", "catalog", "playback")
    return site
