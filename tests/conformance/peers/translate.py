"""Translate a workload of a real project to an application manifest, field by field, for tests.

The result is incomplete: fields that a manifest does not have (volumes, accounts, security contexts) are omitted, and
so are references to missing objects.
"""

from __future__ import annotations

import re
from typing import Any

from sixfold_compiler.manifest.spec_checks import is_fixed

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
SAME = ("command", "args", "workingDir", "imagePullPolicy")
AMOUNTS = ("requests", "limits")
PORT = ("name", "containerPort", "protocol")
PROBES = {"startupProbe": "startup", "readinessProbe": "readiness", "livenessProbe": "liveness"}


def translate(item: dict[str, Any], team: str, name: str) -> dict[str, Any] | None:
    """Return a manifest of `team/name` with the workload's containers, or None for other objects."""
    if item["kind"] not in KINDS:
        return None
    spec = item.get("spec") or {}
    if item["kind"] == "CronJob":
        schedule, spec = spec.get("schedule"), (spec.get("jobTemplate") or {}).get("spec") or {}
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = [c for c in pod.get("containers") or () if isinstance(c, dict) and c.get("image")]
    if not containers:
        return None
    out: dict[str, Any] = {"tier": "P2", "kind": item["kind"], **_body(containers[0])}
    if ports := _ports(containers[0]):
        out["ports"] = ports
    if len(containers) > 1:
        out["containers"] = [{"name": f"side{n}", **_body(c)} for n, c in enumerate(containers[1:])]
        for container, source in zip(out["containers"], containers[1:], strict=True):
            if ports := source.get("ports"):
                container["ports"] = [{field: port[field] for field in PORT if field in port} for port in ports]
    if item["kind"] in ("Deployment", "StatefulSet"):
        out["replicas"] = min(spec.get("replicas") or 1, 3)
    if item["kind"] == "CronJob":
        out["schedule"] = {"cron": schedule}
    return {
        "apiVersion": "sixfold.dev/v1",
        "kind": "App",
        "metadata": {"name": name, "team": team},
        "spec": out,
    }


def _body(container: dict[str, Any]) -> dict[str, Any]:
    image = container["image"]
    out: dict[str, Any] = {"image": image if is_fixed(image) else f"{image.removesuffix(':latest')}:1.0"}
    out.update({field: container[field] for field in SAME if container.get(field)})
    if env := [_variable(variable) for variable in container.get("env") or () if _is_self_contained(variable)]:
        out["env"] = env
    if resources := {k: _stated(v) for k, v in (container.get("resources") or {}).items() if k in AMOUNTS and v}:
        out["resources"] = resources
    if probes := {ours: _probe(container[theirs]) for theirs, ours in PROBES.items() if container.get(theirs)}:
        out["probes"] = probes
    return out


def _stated(amounts: dict[str, Any]) -> dict[str, Any]:
    """Return amounts without nulls."""
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _probe(probe: dict[str, Any]) -> dict[str, Any]:
    """Return a probe without its host, since a manifest has no field for it."""
    if "httpGet" not in probe:
        return probe
    return {**probe, "httpGet": {field: value for field, value in probe["httpGet"].items() if field != "host"}}


def _is_self_contained(variable: dict[str, Any]) -> bool:
    """Return whether a variable has a value, or gets it from a Secret, the pod or its resources."""
    source = variable.get("valueFrom")
    if source is None:
        return isinstance(variable.get("value"), str)
    return len(source) == 1 and not {"secretKeyRef", "fieldRef", "resourceFieldRef"}.isdisjoint(source)


def _variable(variable: dict[str, Any]) -> dict[str, Any]:
    """Return a variable without the version of its field reference, since there is only one version."""
    field = (variable.get("valueFrom") or {}).get("fieldRef")
    return {**variable, "valueFrom": {"fieldRef": {"fieldPath": field["fieldPath"]}}} if field else variable


def _ports(container: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the container's ports as ports of a service: with names, and with unique numbers and names."""
    variables: dict[tuple[int, str], dict[str, Any]] = {}
    for port in container.get("ports") or ():
        number, protocol = port.get("containerPort"), port.get("protocol", "TCP")
        name = port.get("name") or f"p{number}-{protocol.lower()}"
        name = re.sub(r"[^a-z0-9-]", "-", name)
        if name not in {other["name"] for other in variables.values()}:
            variables.setdefault((number, protocol), {"name": name, "port": number, "protocol": protocol})
    return list(variables.values())
