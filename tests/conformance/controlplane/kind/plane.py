"""The clusters of a control plane, made by kind: a node with kubeadm's Kubernetes in a container each."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

import yaml
from pytest_kind import KindCluster

from tests.conformance.controlplane.kind.binary import kind_binary
from tests.conformance.controlplane.kind.config import LOG, POLICY, cluster_config
from tests.conformance.controlplane.kind.engine import docker
from tests.conformance.controlplane.kube import Kube
from tests.conformance.controlplane.plane import AUDIT, Cluster, ControlPlane
from tests.conformance.gomodules import only_one

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PREFIX = "sixfold-conformance-"  # kind's names of these clusters; nobody else's begin so
PATIENCE = 180.0  # seconds until an API server is ready that kind has started


class KindPlane(ControlPlane):
    """The clusters by name. `program` is what Argo CD runs from: it stays beside the clusters, on this machine.

    Only the clusters in `controllers` make pods. There is one such plane on a machine at a time: a second one waits, and
    what a killed run left behind is removed before the first cluster is made.
    """

    quiet = False

    def _start(self) -> None:
        self.members: dict[str, KindCluster] = {}
        self._stack.enter_context(only_one("kind-clusters"))
        self.kind = kind_binary()
        self._remove_leftovers()
        self.add(self.names)

    def add(self, names: Iterable[str]) -> None:
        """Makes more clusters, one after the other: each keeps a few cores busy for half a minute."""
        for name in names:
            self._make(name)

    def shared(self, name: str) -> Path:
        """The folder of this machine that the node of a cluster has as `config.SHARED`."""
        return self.folder / name / "shared"

    def _make(self, name: str) -> None:
        shared = self.shared(name)
        shared.mkdir(parents=True)
        shared.chmod(0o755)  # pods with other users read in it
        (shared / LOG).touch()  # it stays ours to read, though root of the node writes it
        (shared / POLICY).write_text(json.dumps(AUDIT, indent=2))
        config = self.folder / name / "kind.yaml"
        config.write_text(yaml.safe_dump(cluster_config(shared, runs_workloads=name in self.controllers)))
        kubeconfig = self.folder / name / "kubeconfig"
        with contextlib.chdir(self.folder):  # where pytest-kind would keep programs of its own
            member = KindCluster(PREFIX + name, kubeconfig, kind_path=self.kind)
        self._stack.callback(member.delete)
        member.create(config)
        kube = Kube(kubeconfig)
        end = time.monotonic() + PATIENCE
        while not kube.up():
            assert time.monotonic() < end, f"the API server of {name} is not ready"
            time.sleep(0.5)
        self.members[name] = member
        self.clusters[name] = Cluster(name, kube, shared / LOG)

    def _remove_leftovers(self) -> None:
        listed = docker("ps", "--all", "--filter", "label=io.x-k8s.kind.cluster", "--format", "{{.Names}}")
        if nodes := [node for node in listed.split() if node.startswith(PREFIX)]:
            docker("rm", "--force", "--volumes", *nodes)
