"""Checks of the namespaces of a fleet: those of teams and of data centers are nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.names import DEVICES, PLATFORM_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.inputs.fleet import FleetInput

__all__ = ["check_namespaces"]

RESERVED_TEAMS = frozenset({"argocd", "default", "kube-system", "kube-public", "kube-node-lease"})
# Namespaces of well-known systems. A team of that name would get one of them, with its quota and its policies.
SYSTEMS = frozenset(
    {
        "amazon-cloudwatch", "amazon-guardduty", "argo-events", "argo-rollouts", "aws-observability", "calico-system",
        "cattle-system", "cert-manager", "cilium", "cnpg-system", "consul", "crossplane-system", "datadog",
        "elastic-system", "external-dns", "external-secrets", "falco", "flux-system", "gatekeeper-system",
        "gpu-operator", "grafana", "harbor", "ingress-nginx", "istio-ingress", "istio-system", "jaeger", "karpenter",
        "keda", "knative-serving", "kubeflow", "kubernetes-dashboard", "kyverno", "linkerd", "longhorn-system",
        "metallb-system", "monitoring", "node-feature-discovery", "openebs", "opentelemetry-operator-system",
        "prometheus", "rook-ceph", "tekton-pipelines", "tigera-operator", "traefik", "vault", "velero",
    }
)  # fmt: skip
# Ends of host names. A pod looks example.com up as example.com.svc.cluster.local first, which is the Service `example`
# of a namespace `com`.
SUFFIXES = frozenset(
    {
        "app", "arpa", "biz", "cloud", "cluster", "com", "dev", "edu", "example", "gov", "info", "int", "internal",
        "invalid", "io", "local", "localhost", "mil", "net", "org", "svc", "test",
    }
)  # fmt: skip
MAX_NAMESPACE = 63  # characters


def check_namespaces(loaded: FleetInput) -> Iterator[Diagnostic]:
    """Report namespaces that Kubernetes, the platform or another team uses, and reserved team names (SF304).

    The namespace of a gateway has the name of its data center.
    """
    fleet = loaded.model
    taken = _taken(loaded)
    for cell, _ in loaded.cells():
        if why := _why(cell.data_center, taken):
            text = f"the namespace {cell.data_center!r} of the gateways of {cell} {why}"
            yield Diagnostic("SF304", text, loaded.span(cell.value_path), "rename the data center")
    taken |= {cell.data_center: "belongs to the gateway of the data center of that name" for cell, _ in loaded.cells()}
    owners: dict[str, str] = {}  # over all environments, since several may share a cluster
    for team in sorted(fleet.teams):
        names: dict[str, str] = {}
        # The AppProject and the manifest folder of a team have its name, whatever its namespaces are.
        if team in RESERVED_TEAMS or team in DEVICES or team.startswith(PLATFORM_PREFIX):
            yield Diagnostic(
                "SF304", f"the team name {team!r} is reserved", loaded.span(("teams", team)), "rename the team"
            )
            continue
        for environment in sorted(fleet.environments):
            namespace = loaded.namespace(team, environment)
            owner = owners.setdefault(namespace, team)
            if why := _why(namespace, taken):
                names[namespace] = why
            elif owner != team:
                names[namespace] = f"is also the namespace of team {owner!r}"
            elif len(namespace) > MAX_NAMESPACE:
                names[namespace] = f"has more than {MAX_NAMESPACE} characters"
        for namespace, why in names.items():
            text = f"the namespace {namespace!r} of team {team!r} {why}"
            yield Diagnostic("SF304", text, loaded.span(("teams", team)), "rename the team")


def _taken(loaded: FleetInput) -> dict[str, str]:
    """Return the namespaces that others have, each with the reason."""
    fleet = loaded.model
    domains = (fleet.domains.cluster, fleet.domains.internal, fleet.domains.external)
    suffixes = SUFFIXES | {domain.rpartition(".")[2] for domain in domains}
    taken = dict.fromkeys(suffixes, "is the end of host names, which pods look up in the namespace of that name first")
    taken |= dict.fromkeys(SYSTEMS, "belongs to the system of that name")
    taken |= dict.fromkeys(fleet.platform.reserved_namespaces, "is in platform.reservedNamespaces")
    taken |= dict.fromkeys(RESERVED_TEAMS, "is reserved")
    taken |= {i.namespace: "belongs to Argo CD" for i in fleet.argocd.instances.values()}
    taken |= {namespace: f"belongs to {title}" for namespace, title in loaded.systems.namespaces().items()}
    return taken | {fleet.platform.dns_namespace: "belongs to the DNS of the cluster"}


def _why(namespace: str, taken: dict[str, str]) -> str:
    return taken.get(namespace) or ("is reserved" if namespace.startswith("kube-") else "")
