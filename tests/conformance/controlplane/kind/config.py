"""The configuration of a kind cluster: its audit log, and the controllers of Kubernetes that run in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SHARED = "/sixfold"  # the path in the node of a folder of this machine
POLICY = "audit-policy.json"
LOG = "audit.log"
# The example fleet's images do not exist, so its clusters run without the controllers that create pods and report their
# status. `workloads.py` replaces them, as on loopback.
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
# All default controllers and the two that kubeadm adds, without these.
CONTROLLERS = ",".join(
    ["*", "bootstrap-signer-controller", "token-cleaner-controller", *(f"-{name}" for name in WORKLOADS)]
)


def cluster_config(shared: Path, *, runs_workloads: bool) -> dict:
    """Return kind's configuration of a cluster with one node, which mounts the host's folder `shared`.

    The patches add to the lists of flags, since a merge patch would delete those that kind has set.
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
