"""The generator's chart, rendered by the real helm; its objects checked against the schemas of Kubernetes."""

from __future__ import annotations

import json

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.charts.rendering import CASES, CHART, ROOT, VERSIONS, helm, one, refusal, template
from tests.support.counterparts import met

pytestmark = pytest.mark.conformance("Helm")


@pytest.mark.parametrize("case", CASES)
def test_helm_lints_it_without_a_warning(case):
    done = helm("lint", "--strict", CHART, "--values", CHART / "ci" / case)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_strictly_valid_on_the_oldest_and_the_newest_kubernetes(case):
    objects = template("--values", CHART / "ci" / case)
    assert len(objects) >= 4
    for item in objects:
        if item["apiVersion"].startswith("monitoring.coreos.com/"):
            continue
        for version in VERSIONS:
            met("Kubernetes' published schemas", version)
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_in_the_release_s_namespace_and_labelled(case):
    for item in template("--values", CHART / "ci" / case):
        assert item["metadata"]["namespace"] == "argocd"
        assert item["metadata"]["labels"]["app.kubernetes.io/name"] == "sixfold-generator"
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == "sixfold-generator"


def test_without_an_image_and_a_repo_nothing_is_rendered():
    done = helm("template", "x", CHART)
    assert done.returncode != 0
    assert "/image/repository" in done.stderr
    assert "/git/repo" in done.stderr


def test_no_token_and_no_secret_comes_with_the_chart(rendered):
    assert "Secret" not in {item["kind"] for item in rendered}
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["token"].keys() == {"secretName", "key", "nextKey"}


def test_the_default_name_and_port_are_those_of_the_example_fleet(rendered):
    fleet = (ROOT / "environments" / "argocd.libsonnet").read_text()
    (api,) = [item for item in rendered if item["kind"] == "Service" and "admin" not in item["metadata"]["name"]]
    name, port = api["metadata"]["name"], api["spec"]["ports"][0]["port"]
    assert f"http://{name}.argocd.svc.cluster.local:{port}" in fleet


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"replicas": 2}, "replicas"),
        ({"token": {"value": "secret"}}, "token"),
        ({"git": {"repo": "https://user:password@git.example.com/deploy.git"}}, "/git/repo"),
        ({"git": {"repo": "http://git.example.com/deploy.git"}}, "/git/repo"),
        ({"git": {"ref": "--upload-pack=x"}}, "/git/ref"),
        ({"git": {"path": "../other"}}, "/git/path"),
        ({"git": {"path": "/tree"}}, "/git/path"),
        ({"git": {"period": 30}}, "/git/period"),
        ({"git": {"image": {"tag": "v3.6.9"}}}, "/git/image/tag"),
        ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
        ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
        ({"service": {"port": 80}}, "/service/port"),
        ({"service": {"port": 8081}}, "must differ"),
        ({"service": {"type": "LoadBalancer"}}, "/service"),
        ({"settings": {"workers": 0}}, "/settings/workers"),
        ({"settings": {"keepalive": 5}}, "/settings"),
        ({"persistence": {"size": "lots"}}, "/persistence/size"),
        ({"state": {"kind": "memory"}}, "/state/kind"),
        ({"state": {"configMap": {"name": "A_b"}}}, "/state/configMap/name"),
        ({"live": {"seconds": 1}}, "/live/seconds"),
        ({"live": {"kubeconfig": "inline"}}, "/live"),
        ({"networkPolicy": {"apiServer": {"cidrs": ["everywhere"]}}}, "/networkPolicy/apiServer/cidrs"),
        ({"networkPolicy": {"argocd": {"names": []}}}, "/networkPolicy/argocd/names"),
        ({"networkPolicy": {"git": {"cidrs": ["everywhere"]}}}, "/networkPolicy/git/cidrs"),
        ({"podLabels": {"app.kubernetes.io/name": "other"}}, "/podLabels"),
        ({"git": {"ssh": {"existingSecret": "a"}}}, "git.repo is an https:// address"),
        ({"git": {"repo": "git@git.example.com:deploy.git"}}, "git.ssh.existingSecret"),
        ({"git": {"ssh": {"existingSecret": "a"}, "https": {"existingSecret": "b"}}}, "both set"),
        ({"token": {"nextKey": "token"}}, "token.key and token.nextKey must differ"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_place(values, place):
    assert place in refusal(**values)


def test_the_service_monitor_is_valid_where_its_schema_is_at_hand():
    schemas = ROOT.parent / "shared" / "schemas"
    if not schemas.is_dir():
        pytest.skip("the folder ../shared with the schemas of other projects is not here")
    monitor = one(template("--values", CHART / "ci" / "ssh-values.yaml"), "ServiceMonitor")
    (entry,) = [item for item in json.loads((schemas / "index.json").read_text()) if item["kind"] == "ServiceMonitor"]
    schema = json.loads((schemas / entry["file"]).read_text())
    jsonschema.validate(monitor, schema)
    assert monitor["apiVersion"] == f"{entry['group']}/{entry['version']}"
    known = schema["properties"]["spec"]["properties"]
    assert monitor["spec"].keys() <= known.keys()
    for endpoint in monitor["spec"]["endpoints"]:
        assert endpoint.keys() <= known["endpoints"]["items"]["properties"].keys()


def test_the_image_installs_the_lock_with_hashes_and_runs_as_the_chart_s_user(pod):
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements-live.txt" in lines
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}" in lines
    assert json.dumps(pod["containers"][0]["command"]) in lines
