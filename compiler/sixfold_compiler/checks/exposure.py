"""Checks of Services, Secrets, monitors and ConfigMaps that teams write themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding
from sixfold_compiler.kubernetes.objects import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.kubernetes.objects import KubernetesObject

__all__ = ["config_size", "inline_secret", "monitored_namespaces", "service_exposure"]

_ROAD = "use type: ClusterIP, and spec.roads.intra-dc for callers inside or spec.roads.external for those outside"


def service_exposure(item: KubernetesObject) -> Iterator[Finding]:
    """Report the fields of a Service that make it reachable from outside the app's roads."""
    spec = item.spec
    match spec.get("type"):
        case "NodePort":
            yield Finding(
                "SF620", ("spec", "type"), "is NodePort, which opens a port on every node of the cluster", _ROAD
            )
        case "LoadBalancer":
            yield Finding(
                "SF621",
                ("spec", "type"),
                "is LoadBalancer, which makes the app reachable without a road",
                "remove the type, and set loadBalancer: true in spec.roads.external of the manifest",
            )
        case "ExternalName":
            yield Finding(
                "SF622",
                ("spec", "type"),
                "is ExternalName, which leads callers to another address, past every network policy",
                "remove the Service, and list the host in spec.calls of the manifest",
            )
    for field in ("externalIPs", "loadBalancerIP", "externalName"):
        if spec.get(field) and not (field == "externalName" and spec.get("type") == "ExternalName"):
            yield Finding(
                "SF622", ("spec", field), "gives the Service an address that no road declares", "remove the field"
            )


def inline_secret(item: KubernetesObject) -> Iterator[Finding]:
    """Report a Secret that is written in a manifest. The finding never quotes the Secret's values."""
    fields = [field for field in ("data", "stringData") if item.value.get(field)]
    for field in fields:
        yield Finding(
            "SF624",
            (field,),
            "puts secret values into git, where every reader of the repository sees them",
            "store the values in the secret store, and refer to them with an ExternalSecret or secretKeyRef",
        )
    if not fields:
        yield Finding(
            "SF624",
            ("kind",),
            "is a Secret, which a manifest must not contain",
            "use an ExternalSecret, or secretKeyRef in spec.env",
        )


def monitored_namespaces(item: KubernetesObject) -> Iterator[Finding]:
    """Report a monitor that selects namespaces other than its own."""
    home = item.metadata.get("namespace")  # unknown until the library has set it
    for path in (("spec", "namespaceSelector"), ("spec", "targets", "ingress", "namespaceSelector")):
        selector = at(item.value, *path)
        names = selector.get("matchNames")
        others = [n for n in names if n != home] if home and isinstance(names, list) else []
        if selector.get("any") or others:
            yield Finding(
                "SF625",
                path,
                "selects namespaces other than the team's own",
                "remove it: the monitor then reads the team's own namespace",
            )


def config_size(item: JsonObject) -> int:
    """Return the size of a ConfigMap's keys and values in bytes."""
    total = 0
    for field in ("data", "binaryData"):
        for key, value in at(item, field).items():
            total += len(key) + (len(value.encode(errors="replace")) if isinstance(value, str) else _written(value))
    return total


def _written(value: Json) -> int:
    from sixfold_compiler.yaml.emitter import config_text  # noqa: PLC0415 (the emitter, only for structured values)

    return len(config_text(value))
