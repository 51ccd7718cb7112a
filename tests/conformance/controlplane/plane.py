"""Kubernetes control planes on loopback: one etcd, and a kube-apiserver for every cluster.

Each cluster is a kube-apiserver of its own under a prefix of the shared etcd, with RBAC, admission and tokens as in any
cluster; a kube-controller-manager collects garbage and finishes namespaces where it is asked for. There are no nodes:
nothing runs, and a Deployment stays without pods.
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

MANAGEMENT = "management"  # the cluster that Argo CD is in
TOKEN = "administrator-token"  # of the only user, who may do everything
CONTROLLERS = "namespace-controller,garbage-collector-controller,serviceaccount-controller"
# Every write is told, by whom and of what; reads are not. Nor is what a cluster with nodes does for itself, as kind's do:
# that is no deed of anyone whom the tests look at.
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
    """A request that changed something. `name` is `*` for a whole collection."""

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
        """Its address, as Argo CD is told."""
        return self.kube.url

    @property
    def written(self) -> int:
        """How far the record of its writes goes by now, for `since` of what follows."""
        assert self.audit is not None, "this cluster keeps no audit log"
        return self.audit.stat().st_size

    def writes(self, since: int = 0) -> list[Write]:
        """Every write that it took, in order, by the server's own audit log.

        A request whose client was killed meanwhile counts too (504): it was done, as a rule.
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
        """Every object that anyone has deleted here, as `plural/namespace/name`."""
        return [str(write) for write in self.writes(since) if write.verb.startswith("delete")]


class ControlPlane:
    """The clusters by name. Use as a context manager; they start side by side."""

    quiet = True  # nobody writes to the fleet's clusters but those whom a test starts

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
        self.certified = certified  # clusters whose administrator logs in with a certificate, not a token, as in kind's
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
        """The clusters that Argo CD is not in."""
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
            part.until(lambda folder=folder: (folder / "apiserver.crt").exists(), "its certificate")
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
            "--endpoint-reconciler-type=none",  # the one address is loopback, which no Endpoints object may hold
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
    """A kubeconfig with one context, which is the current one."""
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
