"""Fixtures: the program for each Argo CD version, and the example fleet, compiled, committed, adopted and served."""

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
    """Return the folder with the Secret that has the right token."""
    return write_secret(tmp_path_factory.mktemp("secret"), TOKEN)


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """Return the example fleet as a first commit. Copy it instead of changing it."""
    return Deploy(tmp_path_factory.mktemp("example") / "deploy")


@pytest.fixture(scope="session")
def served(example, secret, tmp_path_factory):
    """Return a site with two commits: the second has a new version of one app in one environment. Do not change it."""
    folder = tmp_path_factory.mktemp("served")
    deploy = Deploy(folder / "deploy", copy_of=example)
    with Generator(deploy.tree, folder / "run") as generator:
        site = Site(deploy, generator.ready(), secret, folder / "applied")
        deploy.edit("examples/live/releases/prod/playback.yaml", "playback/heartbeat: ", "playback/heartbeat: 9")
        site.publish(2)
        yield site


@pytest.fixture(params=["nonprod", "prod"])
def instance(served, request):
    """Select each Argo CD instance of the fleet in turn for `served`."""
    served.instance = request.param
    yield request.param
    served.instance = "prod"


@pytest.fixture
def site(example, secret, tmp_path):
    """Return a new deploy repo with a generator."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    with Generator(deploy.tree, tmp_path / "run") as generator:
        yield Site(deploy, generator.ready(), secret, tmp_path / "applied")


@pytest.fixture
def few(site):
    """Return a new site with only three ApplicationSets, for tests with a timeout or a lost worker in each run."""
    site.apply_only("sixfold-platform", "catalog", "playback")
    return site
