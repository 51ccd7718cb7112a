"""Checks of Services, Secrets and ConfigMaps that teams write themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.kubernetes.objects import at, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.kubernetes.objects import KubernetesObject

__all__ = ["config_size", "inline_secret", "service_exposure"]

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
        case other if other not in (None, "ClusterIP"):
            yield Finding("SF616", ("spec", "type"), f"is {quote(other)}, but must be ClusterIP", "remove the type")
    for field in ("externalIPs", "loadBalancerIP", "externalName", "loadBalancerClass", "loadBalancerSourceRanges"):
        if spec.get(field) and not (field == "externalName" and spec.get("type") == "ExternalName"):
            yield Finding(
                "SF622", ("spec", field), "gives the Service an address that no road declares", "remove the field"
            )
    addresses = spec.get("clusterIPs")
    chosen: list[tuple[ValuePath, Json]] = [(("spec", "clusterIP"), spec.get("clusterIP"))]
    chosen += [
        (("spec", "clusterIPs", n), address) for n, address in enumerate(addresses if type(addresses) is list else ())
    ]
    for path, address in chosen:
        if address not in (None, "", "None"):
            yield Finding(
                "SF622", path, "chooses an address, which another Service may have or need", "remove it, or use None"
            )
    ports = ((("spec", "ports", n, "nodePort"), port.get("nodePort")) for n, port in entries(spec, "ports"))
    for path, port in (*ports, (("spec", "healthCheckNodePort"), spec.get("healthCheckNodePort"))):
        if port:
            yield Finding("SF620", path, "opens a port on every node of the cluster", "remove it")


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
