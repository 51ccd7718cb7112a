"""The API servers of the tests of the store: the recorded one, and a real one.

The real one is a kube-apiserver of this machine, or that of a kubeconfig which SIXFOLD_TEST_KUBECONFIG names; there, the
namespace SIXFOLD_TEST_NAMESPACE is written to. Everything is removed at the end.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from sixfold_compiler.files.atomic import nothing
from sixfold_compiler.live import own_cluster
from sixfold_generator.state.configmaps import ConfigMaps
from tests.support.apiserver import ApiServer
from tests.support.counterparts import met
from tests.support.persisting import adopt, tree

VARIABLE = "SIXFOLD_TEST_KUBECONFIG"


@dataclass
class Cluster:
    """An API server with a kubeconfig; `server` is the recorded one, and None for a real one."""

    kubeconfig: Path
    namespace: str
    name: str
    server: ApiServer | None

    @property
    def configmap(self):
        return f"{self.namespace}/{self.name}"

    @property
    def api(self):
        return own_cluster(self.kubeconfig)

    def maps(self, checkpoint=nothing):
        return ConfigMaps(self.api, self.namespace, self.name, checkpoint)

    def stored(self):
        """Return every ConfigMap of this store as {name: object}."""
        path = f"/api/v1/namespaces/{self.namespace}/configmaps"
        return {
            item["metadata"]["name"]: item
            for item in self.api.items(path)
            if item["metadata"]["name"].startswith(self.name)
        }

    def delete(self, name):
        self.api.send("DELETE", f"/api/v1/namespaces/{self.namespace}/configmaps/{name}", {})


@pytest.fixture
def recorded(tmp_path):
    """Start the recorded server, for tests that inject faults before requests."""
    with ApiServer() as server:
        yield Cluster(server.kubeconfig(tmp_path / "kubeconfig"), "argocd", "sixfold-state", server)


@pytest.fixture(params=["recorded", pytest.param("real", marks=pytest.mark.conformance("Kubernetes API server"))])
def cluster(request):
    """Start each server in turn: the test must pass against both."""
    if request.param == "recorded":
        yield request.getfixturevalue("recorded")
        return
    named = os.environ.get(VARIABLE)
    kubeconfig = Path(named) if named else request.getfixturevalue("management")["management"].kubeconfig
    namespace = os.environ.get("SIXFOLD_TEST_NAMESPACE", "default")
    target = Cluster(kubeconfig, namespace, f"sixfold-test-{uuid.uuid4().hex[:12]}", None)
    met("kube-apiserver", lambda: target.api.get("/version")["gitVersion"])
    try:
        yield target
    finally:
        for name in target.stored():
            target.delete(name)


@pytest.fixture
def adopted(cluster, tmp_path):
    """Persist one adoption."""
    tree(tmp_path)
    assert adopt(cluster, tmp_path).outcome == "adopted"
    return cluster


@pytest.fixture
def faulty(recorded, tmp_path):
    """Persist one adoption on the recorded server, for tests that inject faults."""
    tree(tmp_path)
    assert adopt(recorded, tmp_path).outcome == "adopted"
    return recorded
