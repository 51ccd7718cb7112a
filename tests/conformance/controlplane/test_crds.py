"""An API server accepts other projects' schemas as CustomResourceDefinitions, and overlays are valid by them."""

from __future__ import annotations

import json
import re

import pytest

from tests.conformance.argocd.build import VERSIONS, build
from tests.conformance.controlplane.commands import Commands
from tests.conformance.controlplane.crds import of_systems, source_of_argocd
from tests.conformance.controlplane.documented import FINALIZER, documented, pattern
from tests.conformance.controlplane.plane import ControlPlane
from tests.conformance.controlplane.schemas import SCHEMAS, of_shared
from tests.conformance.controlplane.site import manifests
from tests.support.binaries import kubectl_binary
from tests.support.counterparts import met

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]
CLUSTER = ("prod", "dc1", "dc1-a")
BUILT_IN = {
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
}


def group_of(document):
    return document["apiVersion"].rpartition("/")[0]


@pytest.fixture(scope="module")
def replies(tmp_path_factory):
    """Start an empty cluster, apply all definitions, and yield (cluster, {definition: reply}) when they are served."""
    crds = of_shared()
    with ControlPlane(build(VERSIONS[-1], "controlplane"), tmp_path_factory.mktemp("plane"), ["empty"]) as plane:
        cluster = plane["empty"]
        met("kube-apiserver", lambda: cluster.kube.must("GET", "/version")["gitVersion"])
        replies = {crd["metadata"]["name"]: cluster.kube.apply(crd) for crd in crds}
        cluster.kube.define(crd for crd in crds if replies[crd["metadata"]["name"]].good)
        yield cluster, replies


@pytest.fixture(scope="module")
def stocked(replies):
    """Return the empty cluster with the definition of ExternalSecrets too, which the folder does not have."""
    cluster, _ = replies
    cluster.kube.define(of_systems(frozenset({"ExternalSecret"})))
    return cluster


def test_every_schema_is_accepted_and_served_without_a_warning(replies):
    """The server's discovery has each served version of each kind, with the project's name in paths."""
    cluster, answers = replies
    assert {name: (reply.message, reply.warnings) for name, reply in answers.items() if not reply.good} == {}
    assert {name: reply.warnings for name, reply in answers.items() if reply.warnings} == {}
    index = json.loads((SCHEMAS / "index.json").read_text())
    assert len(index) > 100
    for entry in (entry for entry in index if entry["served"]):
        _, namespaced = cluster.kube.resource(f"{entry['group']}/{entry['version']}", entry["kind"])
        assert namespaced == (entry["scope"] == "Namespaced"), entry


def test_one_command_fills_an_empty_cluster(stocked, example, tmp_path):
    """The command is that of docs/operating.md for a day without Argo CD; the names of folders put namespaces first.

    Every field then has one manager, with the name of Argo CD's own server-side apply.
    """
    kubectl = Commands(kubectl_binary(), stocked, tmp_path)
    files = pattern(example.tree.joinpath(*CLUSTER))
    documents = manifests(files.parents[1])
    done = kubectl("apply", *documented("apply"), "--validate=strict", "-f", files)
    assert done.clean, done
    assert len(done.lines) == len(documents)
    same = kubectl("diff", *documented("diff"), "-f", files)
    assert same.clean, same
    source = (source_of_argocd(VERSIONS[-1]) / "common" / "common.go").read_text()
    manager = re.search(r'ArgoCDSSAManager += "([^"]+)"', source)[1]
    services = [document["metadata"] for document in documents if document["kind"] == "Service"]
    for service in services:
        stored = stocked.kube.get("v1", "Service", service["name"], service["namespace"])
        assert [field["manager"] for field in stored["metadata"]["managedFields"]] == [manager]


def test_objects_of_other_systems_are_valid_by_the_published_schemas(stocked, example):
    """PodMonitors and PrometheusRules have schemas from the folder, ExternalSecrets from a release of their project."""
    documents = [manifest for path in ("dev", "staging", "prod") for manifest in manifests(example.tree / path)]
    foreign = [document for document in documents if group_of(document) and group_of(document) not in BUILT_IN]
    assert {document["kind"] for document in foreign} == {"PodMonitor", "PrometheusRule", "ExternalSecret"}
    for name in {document["metadata"]["namespace"] for document in foreign}:
        assert stocked.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).good
    wrong = rejected(stocked.kube, foreign)
    assert wrong == {}
    assert len(foreign) > 50


def test_objects_of_argo_cd_are_valid_by_the_published_schemas(stocked, example):
    """The only warning is about Argo CD's own name of a finalizer."""
    documents = [manifest for instance in ("nonprod", "prod") for manifest in manifests(example.argocd(instance))]
    documents += manifests(example.by_hand("prod").parent)
    assert {document["kind"] for document in documents if group_of(document)} == {"AppProject", "ApplicationSet"}
    assert stocked.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}).good
    warned = {f"ApplicationSet/argocd/{name}" for name in ("sixfold-bootstrap", "sixfold-platform")}
    assert rejected(stocked.kube, documents) == dict.fromkeys(warned, ("", (FINALIZER,)))


@pytest.mark.parametrize("kind", ["PodMonitor", "ApplicationSet"])
def test_a_field_that_is_in_no_schema_is_rejected(stocked, example, kind):
    """The tests above would fail for an unknown field."""
    folder = example.tree.joinpath(*CLUSTER) if kind == "PodMonitor" else example.argocd("prod")
    document = next(manifest for manifest in manifests(folder) if manifest["kind"] == kind)
    document["spec"]["notAField"] = True
    reply = stocked.kube.apply(document, dry_run=True, force=True)
    assert "notAField" in reply.message


def rejected(kube, documents):
    """Return {object: (message, warnings)} of the objects that are rejected, or accepted with a warning."""
    replies = {
        f"{document['kind']}/{document['metadata'].get('namespace')}/{document['metadata']['name']}": kube.apply(
            document, dry_run=True, force=True
        )
        for document in documents
    }
    return {
        name: (reply.message, reply.warnings) for name, reply in replies.items() if not reply.good or reply.warnings
    }
