"""What a kind cluster is told to be: its audit log, and which controllers of Kubernetes run in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SHARED = "/sixfold"  # in the node: a folder of this machine's
POLICY = "audit-policy.json"
LOG = "audit.log"
# The example fleet's images are nowhere to be pulled, so that its clusters run without those who would make pods of it
# and write into its status what became of them. `workloads.py` stands in for them, as on loopback.
WORKLOADS = (
    "cronjob-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "horizontal-pod-autoscaler-controller",
    "job-controller",
    "replicaset-controller",
    "statefulset-controller",
)
# All that are on by default, the two that kubeadm adds, and not these.
CONTROLLERS = ",".join(
    ["*", "bootstrap-signer-controller", "token-cleaner-controller", *(f"-{name}" for name in WORKLOADS)]
)


def cluster_config(shared: Path, *, runs_workloads: bool) -> dict:
    """kind's own configuration of one cluster of one node, with the host's folder `shared` in it.

    The lists of flags are added to, not merged: a merge patch would take away those that kind has set.
    """
    flags = {
        "audit-policy-file": f"{SHARED}/{POLICY}",
        "audit-log-path": f"{SHARED}/{LOG}",
        "audit-log-mode": "blocking",
    }
    volume = {"name": "sixfold", "hostPath": SHARED, "mountPath": SHARED, "pathType": "Directory"}
    patch = [_add("/apiServer/extraArgs/-", {"name": name, "value": value}) for name, value in flags.items()]
    patch.append(_add("/apiServer/extraVolumes", [volume]))
    if not runs_workloads:
        patch.append(_add("/controllerManager/extraArgs/-", {"name": "controllers", "value": CONTROLLERS}))
    return {
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "kind": "Cluster",
        "networking": {"ipFamily": "ipv4", "apiServerAddress": "127.0.0.1"},
        "nodes": [
            {
                "role": "control-plane",
                "extraMounts": [{"hostPath": str(shared), "containerPath": SHARED, "selinuxRelabel": True}],
            }
        ],
        "kubeadmConfigPatchesJSON6902": [
            {
                "group": "kubeadm.k8s.io",
                "version": "v1beta4",
                "kind": "ClusterConfiguration",
                "patch": json.dumps(patch, indent=2),
            }
        ],
    }


def _add(path: str, value: object) -> dict:
    return {"op": "add", "path": path, "value": value}
