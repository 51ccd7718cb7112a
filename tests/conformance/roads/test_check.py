"""`sixfold check --envoy` holds the files of every gateway to a real Envoy, and names the app that it refuses."""

from __future__ import annotations

import pytest

from tests.support.binaries import envoy_binary
from tests.support.cli import sixfold
from tests.support.repos import Repo

pytestmark = pytest.mark.conformance("Envoy")

# An extension that writes what Envoy refuses for one app, though no check knows it.
RETRIES = """{
  systems+:: { mesh+:: { envoy+:: { proxy+:: {
    hostText(stop, i):: std.strReplace(super.hostText(stop, i), 'retry_policy: *retries',
      if stop.service == '%s' then 'retry_policy: {num_retries: 1, retry_back_off: {base_interval: "0s"}}' else 'retry_policy: *retries'),
  } } } },
}"""


@pytest.fixture
def repo(tmp_path):
    deploy = Repo(tmp_path, ())
    for key in ("shop/web", "shop/api", "pay/cards", "search/query"):
        deploy.put(key, ports=[{"name": "http", "port": 80, "targetPort": 8080}], replicas=4)
    deploy.options()  # writes the lock
    return deploy


def check(repo, program):
    return sixfold("check", "--envoy", program, "--output", "concise", cwd=repo.folder)


def test_envoy_takes_the_files_of_every_gateway(repo):
    done = check(repo, envoy_binary())
    assert (done.code, done.out) == (0, ""), done
    assert "All clear" in done.err


def test_the_app_whose_values_envoy_refuses_is_named(repo):
    repo.write("environments/lib/main.libsonnet", RETRIES % "cards")
    done = check(repo, envoy_binary())
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines
    assert all("SF507" in line and "what cards of pay adds" in line for line in lines), done.out


def test_files_that_envoy_refuses_without_any_app_are_of_the_library(repo):
    broken = "{ systems+:: { mesh+:: { envoy+:: { proxy+:: { unknownHost+:: { domains: [] } } } } } }"
    repo.write("environments/lib/main.libsonnet", broken)
    done = check(repo, envoy_binary())
    assert done.code == 1
    assert "SF507" in done.out
    assert " adds" not in done.out


@pytest.mark.parametrize("program", ["/bin/true", "environments/fleet.jsonnet"])
def test_a_program_that_is_no_envoy_is_a_usage_error(repo, program):
    envoy_binary()
    done = check(repo, repo.folder / program)
    assert (done.code, done.out) == (2, "")
    assert "is no Envoy that runs here" in done.err
