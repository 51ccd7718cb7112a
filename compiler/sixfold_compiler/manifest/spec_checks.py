"""Checks of a merged spec beyond the types of its fields."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, listed, suggest
from sixfold_compiler.manifest.layers import image_version, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sixfold_compiler.diagnostics import Span, ValuePath

__all__ = ["check_spec", "is_fixed", "unfixed"]

_CRON = re.compile(
    r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[-0-9*/,A-Za-z?]+( [-0-9*/,A-Za-z?]+){4})$"
)
_KINDS = {
    "autoscaling": ("Deployment", "StatefulSet"),
    "replicas": ("Deployment", "StatefulSet"),
    "schedule": ("CronJob",),
    "job": ("CronJob", "Job"),
    "rollout": ("Deployment", "StatefulSet", "DaemonSet"),
    "disruption": ("Deployment", "StatefulSet"),
}
_NAMED = ("ports", "env", "volumes", "config", "calls", "volumeMounts")
# Fields that defaults may set for every kind, so that one that does not use them stays silent.
_SOFT = frozenset({"rollout", "disruption", "replicas"})


def check_spec(spec: dict[str, Any], span: Callable[[ValuePath], Span], app: str) -> Iterator[Diagnostic]:
    """Yield the problems of a merged spec.

    Args:
        spec: The spec as JSON data.
        span: Gives the place of a path of the spec.
        app: The app as diagnostics name it.
    """

    def problem(code: str, message: str, path: ValuePath, help_text: str) -> Diagnostic:
        return Diagnostic(code, message, span(path), help_text, app=app)

    for field in ("tier", "image"):
        if field not in spec:
            yield problem("SF210", f"spec.{field} is missing", (), f"set spec.{field} in the manifest")
    kind = spec.get("kind", "Deployment")
    for field, kinds in _KINDS.items():
        if field in spec and kind not in kinds and field not in _SOFT:
            yield problem(
                "SF212", f"spec.{field} does not go with kind {kind}", (field,), f"it is for {' and '.join(kinds)}"
            )
    if kind == "CronJob":
        if "schedule" not in spec:
            yield problem(
                "SF212", "a CronJob needs spec.schedule", ("kind",), 'for example schedule: {cron: "*/5 * * * *"}'
            )
        elif not _CRON.match(spec["schedule"]["cron"]):
            yield problem(
                "SF212",
                f"{spec['schedule']['cron']!r} is not a cron schedule",
                ("schedule", "cron"),
                "five fields: minute hour day month weekday",
            )
    if spec.get("spread") == "share" and kind != "Deployment":
        yield problem("SF212", f"spread: share does not go with kind {kind}", ("spread",), "use home or every")
    yield from _names(spec, problem)
    yield from _scaling(spec, problem)
    yield from _mounts(spec, problem)


def is_fixed(image: str) -> bool:
    """Return whether an image has a digest, or a tag other than `latest`."""
    return image_version(image)[1] not in ("", "latest")


def unfixed(image: str, environments: Iterable[str], span: Span, app: str) -> Diagnostic:
    """Build the problem of an image without a fixed version, for all of its environments (SF211)."""
    names = sorted(environments)
    text = f"the image {image!r} has no fixed version in {listed(names)}"
    files = listed([f"releases/{name}.yaml" for name in names])
    return Diagnostic("SF211", text, span, f"add the app to {files}, or a tag or digest to the image", app=app)


def _names(spec: dict[str, Any], problem: Callable[..., Diagnostic]) -> Iterator[Diagnostic]:
    for number, count in Counter((p["port"], p.get("protocol", "TCP")) for p in spec.get("ports", [])).items():
        if count > 1:
            yield problem(
                "SF213", f"the port {number[0]}/{number[1]} is declared {count} times", ("ports",), "keep one"
            )
    ports = {p["name"] for p in spec.get("ports", [])}
    containers = [c["name"] for field in ("containers", "initContainers") for c in spec.get(field, [])]
    for name, count in Counter(containers).items():
        if count > 1:
            yield problem("SF213", f"two containers are named {name!r}", ("containers",), "rename one")
    for path, body in _bodies(spec):
        for field in _NAMED:
            # Layers merge entries by name: one of two with the same name would silently replace the other.
            if repeated(body.get(field, []), field):
                yield problem("SF213", f"two entries of {field} go by the same name", (*path, field), "keep one")
    for road, value in spec.get("roads", {}).items():
        wanted = value.get("port")
        if wanted is not None and wanted not in ports:
            yield problem(
                "SF217",
                f"roads.{road} names the unknown port {wanted!r}",
                ("roads", road, "port"),
                suggest(wanted, ports),
            )
    if spec.get("roads") and not ports:
        yield problem("SF217", "roads without ports: there is nothing to reach", ("roads",), "declare spec.ports")
    for probe, value in spec.get("probes", {}).items():
        for handler in ("httpGet", "tcpSocket"):
            wanted = value.get(handler, {}).get("port")
            if isinstance(wanted, str) and wanted not in ports:
                yield problem(
                    "SF217",
                    f"probes.{probe} names the unknown port {wanted!r}",
                    ("probes", probe, handler, "port"),
                    suggest(wanted, ports),
                )
    wanted = spec.get("scrape", {}).get("port")
    if isinstance(wanted, str) and wanted not in ports:
        yield problem("SF217", f"scrape names the unknown port {wanted!r}", ("scrape", "port"), suggest(wanted, ports))


def _scaling(spec: dict[str, Any], problem: Callable[..., Diagnostic]) -> Iterator[Diagnostic]:
    scaling = spec.get("autoscaling")
    if scaling:
        if "replicas" in spec:
            yield problem(
                "SF214",
                "replicas beside autoscaling: one layer has both",
                ("replicas",),
                "keep one: autoscaling counts",
            )
        if "max" not in scaling:
            yield problem(
                "SF214", "autoscaling without max", ("autoscaling",), "say how many pods the data center may have"
            )
        elif scaling.get("min", 1) > scaling["max"]:
            yield problem(
                "SF214",
                f"autoscaling.min {scaling['min']} is over max {scaling['max']}",
                ("autoscaling", "min"),
                "lower min or raise max",
            )
        if not any(scaling.get(m) for m in ("cpu", "memory", "metrics")):
            yield problem("SF214", "autoscaling without a metric", ("autoscaling",), "add cpu: 60, memory or metrics")
        requests = spec.get("resources", {}).get("requests", {})
        for resource in ("cpu", "memory"):
            if resource in scaling and resource not in requests:
                yield problem(
                    "SF214",
                    f"autoscaling by {resource} needs resources.requests.{resource}",
                    ("autoscaling", resource),
                    "utilization is a percentage of the request",
                )
    budget = spec.get("disruption", {})
    if budget.get("maxUnavailable") in (0, "0%") or budget.get("minAvailable") == "100%":
        yield problem(
            "SF218",
            "the disruption budget permits no eviction, so nodes can never be drained",
            ("disruption",),
            "allow at least one pod, for example maxUnavailable: 10%",
        )


def _mounts(spec: dict[str, Any], problem: Callable[..., Diagnostic]) -> Iterator[Diagnostic]:
    known = {v["name"] for v in spec.get("volumes", [])} | {f"config-{c['name']}" for c in spec.get("config", [])}
    for path, body in _bodies(spec):
        for index, mount in enumerate(body.get("volumeMounts", [])):
            if mount["name"] not in known:
                yield problem(
                    "SF219",
                    f"the mount of {mount['mountPath']} names the unknown volume {mount['name']!r}",
                    (*path, "volumeMounts", index),
                    suggest(mount["name"], known),
                )
        if path and "image" not in body:
            yield problem("SF210", f"the container {body['name']!r} has no image", path, "set its image")
        elif path and image_version(body["image"])[1] in ("", "latest"):
            yield problem(
                "SF211", f"the image {body['image']!r} has no fixed version", (*path, "image"), "add a tag or digest"
            )


def _bodies(spec: dict[str, Any]) -> Iterator[tuple[ValuePath, dict[str, Any]]]:
    """Yield everything with the fields of a container, by path: the spec itself, and its other containers."""
    yield (), spec
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field, [])):
            yield (field, index), container
