"""An installation like that of a platform team: the Dockerfile's image, the chart by helm, a deploy repo over HTTPS."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.controlplane.certificates import Authority
from tests.conformance.controlplane.kind import git_server
from tests.conformance.controlplane.kind.config import SHARED
from tests.conformance.controlplane.kind.engine import docker
from tests.support.binaries import helm_binary
from tests.support.generator import ROOT

if TYPE_CHECKING:
    from tests.conformance.controlplane.plane import Cluster

REPOSITORY, TAG = "sixfold-conformance/sixfold", "here"
IMAGE = f"{REPOSITORY}:{TAG}"
NAMESPACE = "generator"  # other tests count the writes in Argo CD's namespace
RELEASE = "sixfold-generator"
GIT = "deploy-git"
GIT_PORT = 8443  # of the pod, since network policies apply to pods
BARE = "deploy.git"  # in the folder that the node mounts


def build_image() -> None:
    """Build the Dockerfile at the top of the repository, which installs from the package index."""
    docker("build", "--tag", IMAGE, ROOT, seconds=1800)


class Installation:
    """One release of the chart in one cluster, and the git server for its git-sync."""

    def __init__(self, cluster: Cluster, shared: Path, folder: Path, token: str) -> None:
        self.cluster = cluster
        self.kube = cluster.kube
        self.shared = shared
        self.folder = folder
        self.token = token

    def install(self, repo: Path, path: str) -> None:
        """Install everything, with the tree in `path` of a repo of this machine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.publish(repo)
        authority = Authority(self.folder / "authority")
        self.apply("v1", "Namespace", NAMESPACE)
        self.apply("v1", "Secret", RELEASE, stringData={"token": self.token})
        self.apply("v1", "ConfigMap", f"{GIT}-ca", data={"ca.crt": authority.certificate.read_text()})
        self.serve_git(authority)
        self.helm(path)

    def publish(self, repo: Path) -> None:
        """Create a bare copy of the repo that every user may read, since pods run as other users."""
        bare = self.shared / BARE
        subprocess.run(["git", "clone", "--quiet", "--bare", "--no-hardlinks", repo, bare], check=True)
        for file in (bare, *bare.rglob("*")):
            file.chmod(0o755 if file.is_dir() else 0o644)

    def serve_git(self, authority: Authority) -> None:
        """Start a git server from the product's image."""
        pair = authority.server(f"{GIT}.{NAMESPACE}.svc.cluster.local")
        tls = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
        self.apply("v1", "Secret", f"{GIT}-tls", type="kubernetes.io/tls", stringData=tls)
        self.apply("v1", "ConfigMap", GIT, data={"git_server.py": Path(git_server.__file__).read_text()})
        self.apply(
            "v1", "Service", GIT, spec={"selector": {"app": GIT}, "ports": [{"port": 443, "targetPort": GIT_PORT}]}
        )
        container = {
            "name": "git",
            "image": IMAGE,
            "imagePullPolicy": "Never",
            "command": git_server.command("python", "/code", "/tls", f"0.0.0.0:{GIT_PORT}"),
            "env": [{"name": git_server.VARIABLE, "value": f"/shared/{BARE}"}],
            "readinessProbe": {"tcpSocket": {"port": GIT_PORT}, "periodSeconds": 1},
            "volumeMounts": [
                {"name": "code", "mountPath": "/code", "readOnly": True},
                {"name": "tls", "mountPath": "/tls", "readOnly": True},
                {"name": "shared", "mountPath": "/shared", "readOnly": True},
            ],
        }
        volumes = [
            {"name": "code", "configMap": {"name": GIT}},
            {"name": "tls", "secret": {"secretName": f"{GIT}-tls"}},
            {"name": "shared", "hostPath": {"path": SHARED, "type": "Directory"}},
        ]
        template = {"metadata": {"labels": {"app": GIT}}, "spec": {"containers": [container], "volumes": volumes}}
        spec = {"replicas": 1, "selector": {"matchLabels": {"app": GIT}}, "template": template}
        self.apply("apps/v1", "Deployment", GIT, spec=spec)
        self.until_running(GIT)

    def helm(self, path: str) -> None:
        """Install the chart with the real helm, and with the required values only."""
        values = {
            "image": {"repository": REPOSITORY, "tag": TAG, "pullPolicy": "Never"},
            "git": {
                "repo": f"https://{GIT}.{NAMESPACE}.svc.cluster.local{git_server.PATH}",
                "path": path,
                "period": "2s",
                "ca": {"existingConfigMap": f"{GIT}-ca"},
            },
            "networkPolicy": {"git": {"ports": [GIT_PORT]}},
        }
        line = [helm_binary(), "install", RELEASE, ROOT / "charts" / "generator", "--namespace", NAMESPACE]
        line += ["--kubeconfig", self.cluster.kubeconfig, "--values", "-"]
        environ = {**os.environ, "HELM_CACHE_HOME": str(self.folder), "HELM_CONFIG_HOME": str(self.folder)}
        done = subprocess.run(
            line, input=json.dumps(values), env=environ, check=False, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def apply(self, version: str, kind: str, name: str, **content: object) -> None:
        metadata = {"name": name, **({} if kind == "Namespace" else {"namespace": NAMESPACE})}
        reply = self.kube.apply({"apiVersion": version, "kind": kind, "metadata": metadata, **content}, force=True)
        assert reply.good, (kind, name, reply.message)

    def until_running(self, name: str, seconds: float = 300) -> None:
        """Wait until every pod of a Deployment is ready and has the current generation."""
        end = time.monotonic() + seconds
        while True:
            deployment = self.kube.get("apps/v1", "Deployment", name, NAMESPACE) or {"spec": {}, "metadata": {}}
            status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas")
            counts = {status.get(key) for key in ("replicas", "updatedReplicas", "readyReplicas")}
            if counts == {wanted} and status["observedGeneration"] == deployment["metadata"]["generation"]:
                return
            assert time.monotonic() < end, f"{name} is not ready: {json.dumps(self.pods())}"
            time.sleep(1)

    def pods(self) -> dict[str, list]:
        """Return {pod: states of its containers}, for error messages."""
        return {
            item["metadata"]["name"]: [
                {"name": container["name"], "restarts": container["restartCount"], **container["state"]}
                for container in item.get("status", {}).get("containerStatuses", [])
            ]
            for item in self.kube.items("v1", "Pod", NAMESPACE)
        }

    def stop_git(self) -> None:
        """Stop the git server, so that nothing can be fetched."""
        path = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{GIT}"
        reply = self.kube.request("PATCH", path, {"spec": {"replicas": 0}}, kind="application/merge-patch+json")
        assert reply.good, reply.message
        end = time.monotonic() + 120
        while self.pods_of(f"app={GIT}"):
            assert time.monotonic() < end, "the git server does not stop"
            time.sleep(1)

    def restart(self) -> None:
        """Delete the generator's pod, and wait for another one."""
        label = f"app.kubernetes.io/instance={RELEASE}"
        (old,) = self.pods_of(label)
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{old}"
        reply = self.kube.request("DELETE", path)
        assert reply.good, reply.message
        end = time.monotonic() + 120
        while old in self.pods_of(label):
            assert time.monotonic() < end, f"{old} is not deleted"
            time.sleep(1)
        self.until_running(RELEASE)

    def pods_of(self, label: str) -> list[str]:
        return [item["metadata"]["name"] for item in self.kube.items("v1", "Pod", NAMESPACE, labelSelector=label)]
