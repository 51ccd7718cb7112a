"""Services and Secrets that teams write themselves: how they may be reached, and what must not be in a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sixfold_compiler.checks.context import Finding
from sixfold_compiler.kubernetes.objects import at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["config_size", "inline_secret", "monitored_namespaces", "service_exposure"]

_ROAD = "use type: ClusterIP, and a road: spec.roads.intra-dc inside, spec.roads.external from outside"


def service_exposure(item: Mapping[str, Any]) -> Iterator[Finding]:
    """Ways to reach a Service past the roads."""
    spec = at(item, "spec")
    match spec.get("type"):
        case "NodePort":
            yield Finding(
                "SF620", ("spec", "type"), "is NodePort, which opens a port on every node of the cluster", _ROAD
            )
        case "LoadBalancer":
            yield Finding(
                "SF621",
                ("spec", "type"),
                "is LoadBalancer, which opens a way in that no road declares",
                "use spec.roads.external with loadBalancer: true in the manifest",
            )
        case "ExternalName":
            yield Finding(
                "SF622",
                ("spec", "type"),
                "is ExternalName, which sends callers anywhere, past every network policy",
                "list the host under spec.calls",
            )
    for field in ("externalIPs", "loadBalancerIP", "externalName"):
        if spec.get(field) and not (field == "externalName" and spec.get("type") == "ExternalName"):
            yield Finding("SF622", ("spec", field), "takes an address that is not the Service's", "remove it")


def inline_secret(item: Mapping[str, Any]) -> Iterator[Finding]:
    """A Secret in a manifest; what it says is never quoted."""
    fields = [field for field in ("data", "stringData") if item.get(field)]
    for field in fields:
        yield Finding(
            "SF624",
            (field,),
            "puts secret values into git, where everybody who can read can keep them",
            "store the value in the secret store, and refer to it by an ExternalSecret or secretKeyRef",
        )
    if not fields:
        yield Finding(
            "SF624",
            ("kind",),
            "is a Secret; secrets reach an app by reference only",
            "use an ExternalSecret, or spec.env with secretKeyRef",
        )


def monitored_namespaces(item: Mapping[str, Any]) -> Iterator[Finding]:
    """A monitor that looks into namespaces other than its own."""
    selectors: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [
        (("spec", "namespaceSelector"), at(item, "spec", "namespaceSelector")),
        (
            ("spec", "targets", "ingress", "namespaceSelector"),
            at(item, "spec", "targets", "ingress", "namespaceSelector"),
        ),
    ]
    for path, selector in selectors:
        names, home = selector.get("matchNames"), item["metadata"].get("namespace")  # unknown until it is in place
        others = [n for n in names if n != home] if home and isinstance(names, list) else []
        if selector.get("any") or others:
            yield Finding(
                "SF625", path, "looks into namespaces that are not the team's", "remove it: the own one is the default"
            )


def config_size(item: Mapping[str, Any]) -> int:
    """Bytes of a ConfigMap's values and keys, as text."""
    total = 0
    for field in ("data", "binaryData"):
        for key, value in at(item, field).items():
            total += len(key) + (len(value.encode(errors="replace")) if isinstance(value, str) else _written(value))
    return total


def _written(value: Any) -> int:
    from sixfold_compiler.yaml.emitter import config_text  # noqa: PLC0415 (the emitter, only for structured values)

    return len(config_text(value))
