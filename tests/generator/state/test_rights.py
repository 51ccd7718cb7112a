"""The Roles of the chart are sufficient for the service and allow nothing else: a real API server with RBAC.

The ServiceAccount, Roles and bindings are those that the real helm renders; the kubeconfig has a token of that account.
"""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from sixfold_generator.state.folder import State
from tests.conformance.controlplane.kube import Kube
from tests.conformance.controlplane.plane import write_kubeconfig
from tests.support.apiserver import cluster_secret
from tests.support.binaries import helm_binary
from tests.support.generator import ROOT, Generator, status
from tests.support.trees import Spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.conformance("Kubernetes API server")
NAME, ARGOCD, STATE, OTHER = "sixfold-generator", "rights-argocd", "rights-state", "rights-other"
VALUES = {
    "image": {"repository": "registry.example.com/sixfold"},
    "git": {"repo": "https://git.example.com/deploy.git"},
    "state": {"kind": "configmap", "configMap": {"namespace": STATE}},
    "live": {"argocdInstance": "ap-south-1", "seconds": 5},
}
KEY = "prod/dc1/dc1-a"


@dataclass
class Account:
    """The generator's ServiceAccount: its kubeconfig, and the settings of its pod from the chart."""

    administrator: Kube
    kubeconfig: Path
    settings: dict[str, str]

    @property
    def kube(self) -> Kube:
        return Kube(self.kubeconfig)


def login(kube, name, namespace, file):
    """Write a kubeconfig with a token of a ServiceAccount, as its pods get one."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    token = kube.must("POST", path, asked)["status"]["token"]
    server = {"server": kube.url, "certificate-authority-data": base64.b64encode(kube.ca).decode()}
    return write_kubeconfig(file, name, server, {"token": token})


@pytest.fixture(scope="module")
def account(management, tmp_path_factory):
    kube = management["management"].kube
    line = [helm_binary(), "template", NAME, ROOT / "charts" / "generator", "--namespace", ARGOCD, "--values", "-"]
    done = subprocess.run(line, input=json.dumps(VALUES), capture_output=True, text=True, check=True)
    objects = [item for item in yaml.safe_load_all(done.stdout) if item]
    for name in (ARGOCD, STATE, OTHER):
        assert kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).good
    applied = [item for item in objects if item["kind"] in {"ServiceAccount", "Role", "RoleBinding"}]
    assert len(applied) == 5
    for item in applied:
        reply = kube.apply(item)
        assert (reply.good, reply.warnings) == (True, ()), reply.message
    kubeconfig = login(kube, NAME, ARGOCD, tmp_path_factory.mktemp("account") / "kubeconfig")
    (deployment,) = [item for item in objects if item["kind"] == "Deployment"]
    environ = [item for c in deployment["spec"]["template"]["spec"]["containers"] for item in c.get("env", [])]
    names = ("SIXFOLD_STATE_CONFIGMAP", "SIXFOLD_LIVE_ARGOCD", "SIXFOLD_LIVE_SECONDS")
    settings = {item["name"]: item["value"] for item in environ if item["name"] in names}
    assert len(settings) == len(names)
    yield Account(kube, kubeconfig, settings | {"SIXFOLD_KUBECONFIG": str(kubeconfig)})
    for name in (ARGOCD, STATE, OTHER):
        kube.delete("v1", "Namespace", name)


def test_the_service_keeps_its_state_and_reads_the_clusters_of_argo_cd_with_its_roles(account, tmp_path):
    """Five adoptions create pieces, move the pointer and delete old pieces. A new pod reads the state back."""
    secret = cluster_secret("prod-dc1-a", "https://prod-dc1-a.example.com")
    secret["metadata"]["namespace"] = ARGOCD
    assert account.administrator.apply({"apiVersion": "v1", "kind": "Secret", **secret}).good
    tree = tmp_path / "tree"
    with Generator(Spec().write(tree), tmp_path / "pod", account.settings) as generator:
        generator.ready()
        for number in range(2, 6):
            spec = Spec()
            spec.where[KEY]["playback"][1]["player"] = f"# player {number}\n"
            spec.write(tree)
            generator.adopted(number)
        generator.until(lambda: generator.metric("sixfold_generator_state_persisted") == 1, "what is persisted")
        registered = 'sixfold_generator_cluster_registered{cluster="%s"}'
        generator.until(lambda: generator.metric(registered % KEY) == 1, "the reading of Argo CD's Secrets")
        assert generator.metric(registered % "prod/dc1/dc1-b") == 0
        reasons = " ".join(status(generator)["reasons"])
        assert not any(code in reasons for code in ("SF842", "SF845", "SF846")), reasons
        before = State(generator.state).read()
    pieces = account.administrator.items("v1", "ConfigMap", STATE)
    assert len([item for item in pieces if item["metadata"]["name"] != "kube-root-ca.crt"]) == 4, (
        "a pointer, three pieces"
    )
    (tree / "inventory.json").unlink()
    with Generator(tree, tmp_path / "new pod", account.settings) as generator:
        generator.until(lambda: generator.ask({"environment": "prod"}).status == 200, "an answer")
        assert State(generator.state).read() == before


def rules(kube, namespace):
    """Return {(resource, names): verbs} that a client may use in a namespace, from the server's own review."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    review_status = kube.must("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review)["status"]
    assert review_status["incomplete"] is False
    return {
        (resource, *rule.get("resourceNames", [])): set(rule["verbs"])
        for rule in review_status["resourceRules"]
        for resource in rule["resources"]
    }


def test_the_roles_allow_nothing_else(account, tmp_path):
    """The server's review of each namespace lists the rights of every ServiceAccount, and these."""
    administrator = account.administrator
    nobody = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": OTHER}}
    assert administrator.apply(nobody).good
    everyone = rules(Kube(login(administrator, "nobody", OTHER, tmp_path / "nobody")), OTHER)
    assert not {"secrets", "configmaps", "*"} & {resource for resource, *_ in everyone}
    pointer = account.settings["SIXFOLD_STATE_CONFIGMAP"].partition("/")[2]
    assert rules(account.kube, STATE) == everyone | {
        ("configmaps",): {"get", "list", "create", "delete"},
        ("configmaps", pointer): {"update"},
    }
    assert rules(account.kube, ARGOCD) == everyone | {("secrets",): {"list"}}
    for elsewhere in (OTHER, "default", "kube-system"):
        assert rules(account.kube, elsewhere) == everyone


REFUSED = [
    ("DELETE", f"/api/v1/namespaces/{ARGOCD}/secrets/cluster-prod-dc1-a"),
    ("DELETE", f"/api/v1/namespaces/{ARGOCD}/secrets"),
    ("GET", f"/api/v1/namespaces/{ARGOCD}/secrets/argocd-secret"),
    ("POST", f"/api/v1/namespaces/{ARGOCD}/secrets"),
    ("GET", f"/api/v1/namespaces/{STATE}/secrets"),
    ("GET", f"/api/v1/namespaces/{OTHER}/secrets"),
    ("GET", "/api/v1/secrets"),
    ("GET", f"/api/v1/namespaces/{ARGOCD}/configmaps"),
    ("GET", f"/api/v1/namespaces/{OTHER}/configmaps"),
    ("PUT", f"/api/v1/namespaces/{STATE}/configmaps/kube-root-ca.crt"),
    ("PATCH", f"/api/v1/namespaces/{STATE}/configmaps/sixfold-generator-state"),
    ("DELETE", f"/api/v1/namespaces/{STATE}/configmaps"),
    ("GET", "/api/v1/namespaces"),
    ("GET", "/api/v1/nodes"),
    ("GET", "/api/v1/pods"),
    ("POST", f"/api/v1/namespaces/{ARGOCD}/serviceaccounts/{NAME}/token"),
    ("POST", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{STATE}/rolebindings"),
]


@pytest.mark.parametrize(("method", "path"), REFUSED, ids=lambda part: part)
def test_the_server_refuses_what_no_role_allows(account, method, path):
    body = {"metadata": {"name": "x"}} if method in {"POST", "PUT", "PATCH"} else None
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    reply = account.kube.request(method, path, body, kind=kind)
    assert reply.status == 403, (reply.status, reply.message)
    assert f"system:serviceaccount:{ARGOCD}:{NAME}" in reply.message
