"""Places that several rules have in common, as values of `Where`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.policy.rules import EACH, Where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.checks.policy.rules import Scope

__all__ = ["CONTAINERS", "DEVICE_REQUESTS", "containers", "inside", "path_of", "places"]

CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# The requests of devices, as places up to a field's name.
DEVICE_REQUESTS = tuple(
    f"{kind}.devices.requests[].{form}"
    for kind in ("resource-claim:spec", "resource-template:spec.spec")
    for form in ("", "exactly.", "firstAvailable[].")
)

_SCOPES: dict[str, Scope] = {
    "pod": "pod",
    "object": "object",
    "manifest": "manifest",
    "claim": ("", "PersistentVolumeClaim"),
    "account": ("", "ServiceAccount"),
    "set": ("apps", "StatefulSet"),
    "cronjob": ("batch", "CronJob"),
    "resource-claim": ("resource.k8s.io", "ResourceClaim"),
    "resource-template": ("resource.k8s.io", "ResourceClaimTemplate"),
    "secret": ("external-secrets.io", "ExternalSecret"),
    "provider": ("secrets-store.csi.x-k8s.io", "SecretProviderClass"),
    "rollout": ("argoproj.io", "Rollout"),
    "dashboard": ("grafana.integreatly.org", "GrafanaDashboard"),
    "level": ("sloth.slok.dev", "PrometheusServiceLevel"),
    "services": ("monitoring.coreos.com", "ServiceMonitor"),
    "pods": ("monitoring.coreos.com", "PodMonitor"),
    "probe": ("monitoring.coreos.com", "Probe"),
    "rules": ("monitoring.coreos.com", "PrometheusRule"),
    "trigger": ("keda.sh", "TriggerAuthentication"),
    "scaled": ("keda.sh", "ScaledObject"),
    "scaled-job": ("keda.sh", "ScaledJob"),
}


def path_of(text: str) -> tuple[str, ...]:
    """Return the steps of a path in which `[]` follows the name of a list: `spec.rules[].labels`."""
    return tuple(step for name in text.split(".") for step in ((name[:-2], EACH) if name.endswith(EACH) else (name,)))


def places(*texts: str, parts: tuple[tuple[str | None, str], ...] = (), joint: str = "/") -> tuple[Where, ...]:
    """Return the places written as `scope:path`, such as `claim:spec.volumeName`."""
    written = (text.partition(":") for text in texts)
    return tuple(Where(_SCOPES[scope], path_of(path), parts, joint) for scope, _, path in written)


def inside(where: Iterable[Where], *steps: str) -> tuple[Where, ...]:
    """Return the places below others."""
    return tuple(Where(place.scope, (*place.path, *steps)) for place in where)


def containers(*steps: str) -> tuple[Where, ...]:
    """Return the places of a field in every container of a pod."""
    return tuple(Where("pod", ("spec", field, EACH, *steps)) for field in CONTAINERS)
