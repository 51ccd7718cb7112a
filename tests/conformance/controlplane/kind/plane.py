"""The clusters of a control plane, created by kind: each is a node in a container, with kubeadm's Kubernetes."""

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

PREFIX = "sixfold-conformance-"  # of kind's names of these clusters only
PATIENCE = 180.0  # seconds until an API server of kind is ready


class KindPlane(ControlPlane):
    """A context manager with the clusters by name. `program` runs Argo CD on this machine, outside the clusters.

    Only the clusters in `controllers` create pods. A machine has one such plane at a time: a second one waits. Clusters
    of a killed run are deleted first.
    """

    quiet = False

    def _start(self) -> None:
        self.members: dict[str, KindCluster] = {}
        self._stack.enter_context(only_one("kind-clusters"))
        self.kind = kind_binary()
        self._remove_leftovers()
        self.add(self.names)

    def add(self, names: Iterable[str]) -> None:
        """Create more clusters, one after the other, since each uses several cores for half a minute."""
        for name in names:
            self._create(name)

    def shared(self, name: str) -> Path:
        """Return the folder of this machine that the node of a cluster mounts at `config.SHARED`."""
        return self.folder / name / "shared"

    def _create(self, name: str) -> None:
        shared = self.shared(name)
        shared.mkdir(parents=True)
        shared.chmod(0o755)  # pods with other users read it
        (shared / LOG).touch()  # so that this user can read it, although root of the node writes it
        (shared / POLICY).write_text(json.dumps(AUDIT, indent=2))
        config = self.folder / name / "kind.yaml"
        config.write_text(yaml.safe_dump(cluster_config(shared, runs_workloads=name in self.controllers)))
        kubeconfig = self.folder / name / "kubeconfig"
        with contextlib.chdir(self.folder):  # pytest-kind stores its programs in the current folder
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
