"""Kubernetes control planes on loopback: one etcd, and a kube-apiserver for every cluster.

Each cluster is a kube-apiserver with a prefix in the shared etcd, and with RBAC, admission and tokens like any cluster.
Selected clusters have a kube-controller-manager, which collects garbage and finishes namespaces. There are no nodes, so
a Deployment stays without pods.
"""

from __future__ import annotations

import base64
import json
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import yaml

from tests.conformance.controlplane.certificates import Authority
from tests.conformance.controlplane.kube import Kube
from tests.conformance.controlplane.part import Part
from tests.support.generator import free_ports

if TYPE_CHECKING:
    from pathlib import Path

MANAGEMENT = "management"  # the cluster of Argo CD
TOKEN = "administrator-token"  # of the only user, who has all rights
CONTROLLERS = "namespace-controller,garbage-collector-controller,serviceaccount-controller"
# The audit log has every write with its program and its object, but no reads. It omits writes that clusters with nodes,
# such as kind's, make for themselves, since no test is about them.
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "namespaces": ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]},
        {"level": "None", "resources": [{"group": "", "resources": ["events", "nodes", "pods"]}]},
        {"level": "None", "resources": [{"group": "apps", "resources": ["replicasets"]}]},
        {"level": "None", "resources": [{"group": "certificates.k8s.io"}, {"group": "discovery.k8s.io"}]},
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
    ],
}


@dataclass(frozen=True)
class Write:
    """A request that changed an object. `name` is `*` for a complete collection."""

    verb: str  # create, update, patch, delete, deletecollection
    resource: str
    namespace: str
    name: str
    by: str  # the program

    def __str__(self) -> str:
        return f"{self.resource}/{self.namespace}/{self.name}"


@dataclass
class Cluster:
    """One API server and its administrator."""

    name: str
    kube: Kube
    audit: Path | None = None  # the log of every write, where there is one
    parts: list[Part] = field(default_factory=list, repr=False)

    @property
    def kubeconfig(self) -> Path:
        return self.kube.kubeconfig

    @property
    def server(self) -> str:
        """Return the address of the API server in Argo CD's configuration."""
        return self.kube.url

    @property
    def audit_position(self) -> int:
        """Return the current end of the audit log, for `since` of later calls."""
        assert self.audit is not None, "this cluster keeps no audit log"
        return self.audit.stat().st_size

    def writes(self, since: int = 0) -> list[Write]:
        """Return every successful write, in order, from the server's own audit log.

        A request whose client was killed meanwhile counts too (504), since the server usually completes it.
        """
        assert self.audit is not None, "this cluster keeps no audit log"
        with self.audit.open("rb") as log:
            log.seek(since)
            events = [json.loads(line) for line in log]
        return [
            Write(
                event["verb"],
                event["objectRef"]["resource"],
                event["objectRef"].get("namespace", ""),
                event["objectRef"].get("name", "*"),
                event.get("userAgent", "").partition("/")[0],
            )
            for event in events
            if not 300 <= event["responseStatus"]["code"] < 500 and "subresource" not in event["objectRef"]
        ]

    def deletions(self, since: int = 0) -> list[str]:
        """Return every object that was deleted in this cluster, as `plural/namespace/name`."""
        return [str(write) for write in self.writes(since) if write.verb.startswith("delete")]


class ControlPlane:
    """A context manager with the clusters by name, which start concurrently."""

    quiet = True  # only programs that a test starts write to the fleet's clusters

    def __init__(
        self,
        program: Path,
        folder: Path,
        names: list[str],
        controllers: tuple[str, ...] = (),
        certified: tuple[str, ...] = (),
    ) -> None:
        self.program = program
        self.folder = folder
        self.names = names
        self.controllers = controllers  # clusters that get a kube-controller-manager
        self.certified = certified  # clusters with a certificate instead of a token, like kind's
        self.clusters: dict[str, Cluster] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __getitem__(self, name: str) -> Cluster:
        return self.clusters[name]

    @property
    def fleet(self) -> list[Cluster]:
        """Return the clusters except that of Argo CD."""
        return [cluster for name, cluster in self.clusters.items() if name != MANAGEMENT]

    def _start(self) -> None:
        (port,) = free_ports(1)
        store = f"http://127.0.0.1:{port}"
        self._run("etcd", "etcd", f"--data-dir={self.folder / 'etcd'}", f"--listen-client-url={store}")
        self.key = self.folder / "service-account.key"
        subprocess.run([self.program, "service-account-key", self.key], check=True, timeout=60)
        self.tokens = self.folder / "tokens.csv"
        self.tokens.write_text(f'{TOKEN},administrator,1,"system:masters"\n')
        self.authority = Authority(self.folder / "authority") if self.certified else None
        self.policy = self.folder / "audit-policy.json"
        self.policy.write_text(json.dumps(AUDIT))
        ports = free_ports(len(self.names))
        started = [self._api_server(name, port, store) for name, port in zip(self.names, ports, strict=True)]
        for name, (part, folder, port) in zip(self.names, started, strict=True):
            part.until(lambda folder=folder: _complete(folder / "apiserver.crt"), "its certificate")
            kube = Kube(self._kubeconfig(name, folder, port))
            part.until(kube.up, "its readiness")
            self.clusters[name] = Cluster(name, kube, folder / "audit.log", [part])
        for name in self.controllers:
            self._controller_manager(name)

    def _api_server(self, name: str, port: int, store: str) -> tuple[Part, Path, int]:
        folder = self.folder / name
        part = self._run(
            f"{name}/kube-apiserver",
            "kube-apiserver",
            f"--etcd-servers={store}",
            f"--etcd-prefix=/{name}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--endpoint-reconciler-type=none",  # its only address is loopback, which is invalid in an Endpoints object
            f"--cert-dir={folder}",
            f"--token-auth-file={self.tokens}",
            *([f"--client-ca-file={self.authority.certificate}"] if self.authority else []),
            f"--audit-policy-file={self.policy}",
            f"--audit-log-path={folder / 'audit.log'}",
            "--audit-log-mode=blocking",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.key}",
            f"--service-account-signing-key-file={self.key}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
        )
        return part, folder, port

    def _controller_manager(self, name: str) -> None:
        cluster = self.clusters[name]
        cluster.parts.append(
            self._run(
                f"{name}/kube-controller-manager",
                "kube-controller-manager",
                f"--kubeconfig={cluster.kubeconfig}",
                f"--controllers={CONTROLLERS}",
                "--leader-elect=false",
                "--secure-port=0",
                f"--service-account-private-key-file={self.key}",
            )
        )

    def _run(self, log: str, name: str, *flags: str) -> Part:
        part = Part(self.program, name, self.folder / f"{log}.log", flags).start()
        self._stack.callback(part.stop)
        return part

    def _kubeconfig(self, name: str, folder: Path, port: int) -> Path:
        certificate = base64.b64encode((folder / "apiserver.crt").read_bytes()).decode()
        return write_kubeconfig(
            folder / "kubeconfig",
            name,
            {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": certificate},
            self._login(name),
        )

    def _login(self, name: str) -> dict:
        if self.authority is None or name not in self.certified:
            return {"token": TOKEN}
        pair = self.authority.client(f"administrator-of-{name}", "system:masters")
        files = {"client-certificate-data": pair.certificate, "client-key-data": pair.key}
        return {key: base64.b64encode(path.read_bytes()).decode() for key, path in files.items()}


def write_kubeconfig(path: Path, name: str, cluster: dict, user: dict) -> Path:
    """Write a kubeconfig with one context, the current one, and return its path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    path.write_text(yaml.safe_dump(document))
    path.chmod(0o600)
    return path


def _complete(certificate: Path) -> bool:
    """Return whether a certificate is written to its end: the API server creates the file before."""
    try:
        return certificate.read_text().rstrip().endswith("-----END CERTIFICATE-----")
    except FileNotFoundError:
        return False
