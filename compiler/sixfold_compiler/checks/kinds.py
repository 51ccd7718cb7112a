"""Tables of the kinds that teams may use. A kind that `ALLOWED` lacks is rejected; the other tables give the reason."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote, sample
from sixfold_compiler.diagnostics import nearest, suggest
from sixfold_compiler.kubernetes.objects import group_of
from sixfold_compiler.kubernetes.schemas import built_in_apis, built_in_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["allowed_kind", "fenced_kind", "served"]

# Built-in cluster-wide kinds, and those of well-known extensions.
CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterAnalysisTemplate",
        "ClusterIssuer",
        "ClusterExternalSecret",
        "ClusterGenerator",
        "ClusterPolicy",
        "ClusterPushSecret",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterSecretStore",
        "ClusterTriggerAuthentication",
        "ClusterTrustBundle",
        "ComponentStatus",
        "ConstraintTemplate",
        "CustomResourceDefinition",
        "DeviceClass",
        "DeviceTaintRule",
        "EC2NodeClass",
        "FlowSchema",
        "GatewayClass",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "NodeClaim",
        "NodePool",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "StorageVersionMigration",
        "SubjectAccessReview",
        "TokenReview",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
CLUSTER_WIDE_GROUPS = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "constraints.gatekeeper.sh",
        "flowcontrol.apiserver.k8s.io",
        "karpenter.k8s.aws",
        "karpenter.sh",
        "storagemigration.k8s.io",
    }
)

# Kinds that grant or use access rights.
_RIGHTS_GROUPS = frozenset({"rbac.authorization.k8s.io", "authentication.k8s.io", "authorization.k8s.io"})
_RIGHTS = frozenset({("", "Binding"), ("policy", "Eviction"), ("certificates.k8s.io", "PodCertificateRequest")})

# Namespaced kinds by which the platform fences a team's namespace, or which get around that fence: hand-written
# endpoints send a Service's traffic anywhere, past every network policy.
_FENCE = frozenset(
    {("", "ResourceQuota"), ("", "LimitRange"), ("", "Endpoints"), ("discovery.k8s.io", "EndpointSlice")}
)
_POLICY = ("networking.k8s.io", "NetworkPolicy")

# API groups of other entry points, which would claim hosts and paths outside the roads.
_ENTRY_POINT_GROUPS = frozenset(
    {"gateway.networking.k8s.io", "gateway.envoyproxy.io", "networking.istio.io", "elbv2.k8s.aws", "externaldns.k8s.io"}
)
_INGRESS = ("networking.k8s.io", "Ingress")

ALLOWED = frozenset(
    {
        ("", "ConfigMap"),
        ("", "PersistentVolumeClaim"),
        ("", "Pod"),
        ("", "PodTemplate"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("batch", "CronJob"),
        ("batch", "Job"),
        ("coordination.k8s.io", "Lease"),
        ("policy", "PodDisruptionBudget"),
        ("resource.k8s.io", "ResourceClaim"),
        ("resource.k8s.io", "ResourceClaimTemplate"),
        # Extensions, each namespaced and without rights beyond its namespace.
        ("argoproj.io", "Rollout"),
        ("autoscaling.k8s.io", "VerticalPodAutoscaler"),
        ("external-secrets.io", "ExternalSecret"),
        ("grafana.integreatly.org", "GrafanaDashboard"),
        ("keda.sh", "ScaledJob"),
        ("keda.sh", "ScaledObject"),
        ("keda.sh", "TriggerAuthentication"),
        ("monitoring.coreos.com", "AlertmanagerConfig"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "Probe"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("secrets-store.csi.x-k8s.io", "SecretProviderClass"),
        ("sloth.slok.dev", "PrometheusServiceLevel"),
    }
)
# Has a check of its own, which names the alternative.
_ELSEWHERE = frozenset({("", "Secret")})

_ARGO = "argoproj.io"


@lru_cache(maxsize=1024)
def fenced_kind(group: str, kind: str) -> Finding | None:
    """Return a finding if no overlay of an app may contain this kind, even if the library renders it; else None."""
    if kind in CLUSTER_WIDE or group in CLUSTER_WIDE_GROUPS:
        return Finding(
            "SF603",
            ("kind",),
            "belongs to the whole cluster, but an app can only have objects in its own namespace",
            "remove it, and ask the platform team, whose library creates the objects of a cluster",
        )
    if group in _RIGHTS_GROUPS or (group, kind) in _RIGHTS:
        return Finding(
            "SF604",
            ("kind",),
            "controls access rights, which an app cannot do",
            "remove it, and list the groups with access in teams.<team>.owners of the fleet",
        )
    if (group, kind) in _FENCE:
        return Finding(
            "SF605",
            ("kind",),
            "changes the limits or the isolation of the namespace, which only the platform sets",
            "remove it: quotas come from the fleet, and network policies from spec.calls and spec.roads",
        )
    if group == _ARGO and (group, kind) not in ALLOWED:
        return Finding(
            "SF606",
            ("kind",),
            "is an object of Argo CD, which an app cannot have",
            "remove it: Sixfold creates the Applications",
        )
    if kind.endswith("List") and not group:
        return Finding(
            "SF607",
            ("kind",),
            "is a list, whose objects would not be checked",
            "write each object as a document of its own, separated by ---",
        )
    return None


def allowed_kind(group: str, kind: str) -> Iterator[Finding]:
    """Report a kind that teams may not write in a manifest."""
    if (group, kind) in ALLOWED or (group, kind) in _ELSEWHERE:
        return
    if (group, kind) == _POLICY:
        yield Finding(
            "SF605",
            ("kind",),
            "is a network policy, which Sixfold creates from the calls and roads of the app",
            "remove it: list what the app calls in spec.calls, and its callers in spec.roads",
        )
    elif (group, kind) == _INGRESS or group in _ENTRY_POINT_GROUPS:
        yield Finding(
            "SF623",
            ("kind",),
            "makes the app reachable without a road, so that a host or path could get a second owner",
            "remove it, and use spec.roads.external with host and path",
        )
    else:
        where = f" of {quote(group)}" if group else ""
        yield Finding(
            "SF608",
            ("kind",),
            f"has the kind {quote(kind)}{where}, which a manifest cannot contain",
            _instead(group, kind),
        )


def _instead(group: str, kind: str) -> str:
    if elsewhere := _built_in(kind):
        return f"did you mean apiVersion: {elsewhere}?"
    near = nearest(kind, [name for of, name in ALLOWED if of == group])
    if near:
        return f"did you mean {near!r}?"
    return "use fields of the manifest, or ask the platform team to extend the library"


def _built_in(kind: str) -> str:
    """Return the newest built-in API that serves a kind that teams may use; "" if there is none."""
    apis = sorted(api for api, name in built_in_kinds() if name == kind and (group_of(api), kind) in ALLOWED)
    return apis[-1] if apis else ""


def served(api: str, kind: str, apis: frozenset[str], cluster: str) -> Finding | None:
    """Return a finding if the cluster does not serve the API, or the API does not have the kind; else None."""
    if api in apis:
        return None
    if api in built_in_apis():
        if (api, kind) in built_in_kinds():
            return None
        known = [name for of, name in built_in_kinds() if of == api]
        return Finding(
            "SF609", ("kind",), f"has the kind {quote(kind)}, which {api} does not have", suggest(kind, known)
        )
    where = f"cluster {cluster}" if cluster else "the cluster"
    same = sorted(of for of in apis if group_of(of) == group_of(api))
    if elsewhere := _built_in(kind):
        hint = f"did you mean apiVersion: {elsewhere}?"
    elif same:
        hint = f"use one that the cluster serves: {', '.join(same)}"
    else:
        hint = (
            f"use a built-in API, or one of {sample(apis)}" if apis else "use a built-in API: the cluster has no others"
        )
    return Finding("SF609", ("apiVersion",), f"is {quote(api)}, which {where} does not serve", hint)
