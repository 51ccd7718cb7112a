"""Names that the platform uses and no app may have."""

from __future__ import annotations

from sixfold_compiler.model.names import DEVICES, PLATFORM_PREFIX

__all__ = ["TENANCY", "reserved_app"]

_MARKERS = frozenset({"kustomization", "chart"})  # with .yaml, in any case

# Identities of the objects that Kubernetes and `_tenancy` put into every namespace of a team.
TENANCY = frozenset(
    {
        "ConfigMap/istio-ca-root-cert",
        "ConfigMap/kube-root-ca.crt",
        "LimitRange/containers",
        "NetworkPolicy.networking.k8s.io/allow-dns",
        "NetworkPolicy.networking.k8s.io/allow-pod-identity",
        "NetworkPolicy.networking.k8s.io/default-deny",
        "ResourceQuota/team",
        "Role.rbac.authorization.k8s.io/team-operate",
        "Role.rbac.authorization.k8s.io/team-view",
        "RoleBinding.rbac.authorization.k8s.io/team-operate",
        "RoleBinding.rbac.authorization.k8s.io/team-view",
        "ServiceAccount/default",
    }
)


def reserved_app(name: str) -> str:
    """Return why no app may have this name; "" if the name is allowed."""
    if name.startswith(PLATFORM_PREFIX):
        return f"begins with {PLATFORM_PREFIX!r}, which is reserved for the platform"
    if name in _MARKERS:
        return "is that of a file by which Kustomize or Helm recognizes a folder as its own"
    if name in DEVICES:
        return "is reserved on Windows, where git could not check out the tree"
    return ""
