"""The generator's chart, rendered by the real helm; its objects checked against the schemas of Kubernetes."""

from __future__ import annotations

import json

import kubernetes_validate
import pytest
import yaml

from tests.support.chart import CHART, MINIMAL, ROOT, SETS, VERSIONS, helm, only_object, rendered
from tests.support.counterparts import met

pytestmark = pytest.mark.conformance("Helm")


@pytest.mark.parametrize("name", SETS)
def test_helm_lints_it_without_a_warning(name):
    done = helm("lint", "--strict", CHART, "--values", SETS[name])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SETS)
def test_every_object_is_strictly_valid_on_the_oldest_and_the_newest_kubernetes(name):
    objects = rendered(name)
    assert len(objects) >= 4
    for item in objects:
        if item["apiVersion"].startswith("monitoring.coreos.com/"):
            continue
        for version in VERSIONS:
            met("Kubernetes' published schemas", version)
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("name", SETS)
def test_every_object_is_labelled_and_only_roles_leave_the_release_s_namespace(name):
    for item in rendered(name):
        if item["kind"] not in {"Role", "RoleBinding"}:
            assert item["metadata"]["namespace"] == "argocd"
        assert item["metadata"]["labels"]["app.kubernetes.io/name"] == "sixfold-generator"
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == "sixfold-generator"


def test_without_an_image_and_a_repo_nothing_is_rendered():
    done = helm("template", "x", CHART)
    assert done.returncode != 0
    assert "/image/repository" in done.stderr
    assert "/git/repo" in done.stderr


@pytest.mark.parametrize("name", SETS)
def test_no_secret_comes_with_the_chart(name):
    assert "Secret" not in {item["kind"] for item in rendered(name)}


@pytest.mark.parametrize(("release", "expected"), [("a" * 49 + "-bcd", "a" * 49), ("a" * 53, "a" * 50)])
def test_a_long_release_name_is_truncated_to_50_characters_and_ends_in_no_dash(release, expected):
    done = helm("template", release, CHART, "--values", "-", values=MINIMAL)
    assert (
        only_object([item for item in yaml.safe_load_all(done.stdout) if item], "Deployment")["metadata"]["name"]
        == expected
    )


def test_a_chart_version_with_build_metadata_is_a_valid_label(tmp_path):
    done = helm("package", CHART, "--version", "1.2.3+build.4", "--destination", tmp_path)
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.iterdir()
    objects = yaml.safe_load_all(helm("template", "x", package, "--values", "-", values=MINIMAL).stdout)
    assert {item["metadata"]["labels"]["helm.sh/chart"] for item in objects if item} == {"generator-1.2.3_build.4"}


def test_the_default_name_and_port_are_those_of_the_example_fleet():
    fleet = (ROOT / "environments" / "argocd.libsonnet").read_text()
    (api,) = [i for i in rendered("minimal") if i["kind"] == "Service" and "admin" not in i["metadata"]["name"]]
    name, port = api["metadata"]["name"], api["spec"]["ports"][0]["port"]
    assert f"http://{name}.argocd.svc.cluster.local:{port}" in fleet


def test_the_image_installs_the_lock_with_hashes_and_runs_as_the_chart_s_user():
    pod = only_object(rendered("minimal"), "Deployment")["spec"]["template"]["spec"]
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements-live.txt" in lines
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in lines
    assert json.dumps(pod["containers"][0]["command"]) in lines
