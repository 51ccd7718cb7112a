"""Checks of a merged spec beyond the types of its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, listed, suggest
from sixfold_compiler.manifest.layers import at, image_version, repeated
from sixfold_compiler.model.container import Container, Probes
from sixfold_compiler.model.roads import Roads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.diagnostics.values import JsonObject
    from sixfold_compiler.model.app import Spec
    from sixfold_compiler.model.container import ContainerBody

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


@dataclass(frozen=True, slots=True)
class _Reporter:
    """A factory for the problems of one merged spec, with the app and the source position of a path of the spec."""

    span: Callable[[ValuePath], Span]
    app: str

    def __call__(self, code: str, message: str, path: ValuePath, help_text: str) -> Diagnostic:
        return Diagnostic(code, message, self.span(path), help_text, app=self.app)


def check_spec(spec: Spec, data: JsonObject, span: Callable[[ValuePath], Span], app: str) -> Iterator[Diagnostic]:
    """Yield the problems of a merged spec that its model cannot express.

    Args:
        spec: The spec.
        data: The spec as JSON data.
        span: Returns the source position of a path of the spec.
        app: The app's key for diagnostics.
    """
    problem = _Reporter(span, app)
    for field, value in (("tier", spec.tier), ("image", spec.image)):
        if value is None:
            yield problem("SF210", f"spec.{field} is missing", (), f"set spec.{field} in the manifest")
    kind = spec.kind or "Deployment"
    for field, kinds in _KINDS.items():
        if getattr(spec, field) is not None and kind not in kinds and field not in _SOFT:
            text, hint = f"spec.{field} does not go with kind {kind}", f"it is for {' and '.join(kinds)}"
            yield problem("SF212", text, (field,), hint)
    if kind == "CronJob":
        yield from _schedule(spec, problem)
    if spec.spread == "share" and kind != "Deployment":
        yield problem("SF212", f"spread: share does not go with kind {kind}", ("spread",), "use home or every")
    yield from _names(spec, data, problem)
    yield from _ports(spec, problem)
    yield from _scaling(spec, problem)
    yield from _mounts(spec, problem)


def is_fixed(image: str) -> bool:
    """Return whether an image names a digest, or a tag other than `latest`."""
    return image_version(image)[1] not in ("", "latest")


def unfixed(image: str, environments: Iterable[str], span: Span, app: str) -> Diagnostic:
    """Build the SF211 of an image without a fixed version, for all environments that it is used in."""
    names = sorted(environments)
    text = f"the image {image!r} has no fixed version in {listed(names)}"
    files = listed([f"releases/{name}.yaml" for name in names])
    return Diagnostic("SF211", text, span, f"add the app to {files}, or a tag or digest to the image", app=app)


def _schedule(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    if spec.schedule is None:
        hint = 'for example schedule: {cron: "*/5 * * * *"}'
        yield problem("SF212", "a CronJob needs spec.schedule", ("kind",), hint)
    elif not _CRON.match(spec.schedule.cron):
        text = f"{spec.schedule.cron!r} is not a cron schedule"
        yield problem("SF212", text, ("schedule", "cron"), "five fields: minute hour day month weekday")


def _names(spec: Spec, data: JsonObject, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF213 for ports, containers and list entries that share a name or a number."""
    numbers = Counter((port.port, port.protocol or "TCP") for port in spec.ports or ())
    for (number, protocol), count in numbers.items():
        if count > 1:
            yield problem("SF213", f"the port {number}/{protocol} is declared {count} times", ("ports",), "keep one")
    containers = Counter(container.name for container in (*(spec.containers or ()), *(spec.init_containers or ())))
    for name, count in containers.items():
        if count > 1:
            yield problem("SF213", f"two containers are named {name!r}", ("containers",), "rename one")
    for path, _ in _bodies(spec):
        value = at(data, path)
        for field in _NAMED:
            # Layers merge entries by name: one of two with the same name would silently replace the other.
            items = value.get(field) if isinstance(value, Mapping) else None
            if isinstance(items, list) and repeated(items, field):
                yield problem("SF213", f"two entries of {field} go by the same name", (*path, field), "keep one")


def _ports(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF217 for each road, probe or scrape that refers to an unknown port."""
    ports = {port.name for port in spec.ports or ()}
    roads = spec.roads or Roads.model_construct()
    opened = {
        "intra-dc": roads.intra_dc,
        "inter-dc": roads.inter_dc,
        "external": roads.external,
        "direct": roads.direct,
    }
    for road, value in opened.items():
        if value is not None and value.port is not None and value.port not in ports:
            text = f"roads.{road} names the unknown port {value.port!r}"
            yield problem("SF217", text, ("roads", road, "port"), suggest(value.port, ports))
    if any(opened.values()) and not ports:
        yield problem("SF217", "roads without ports: there is nothing to reach", ("roads",), "declare spec.ports")
    probes = spec.probes or Probes.model_construct()
    for probe, check in (("startup", probes.startup), ("readiness", probes.readiness), ("liveness", probes.liveness)):
        for handler, target in (
            ("httpGet", check.http_get if check else None),
            ("tcpSocket", check.tcp_socket if check else None),
        ):
            if target is not None and isinstance(target.port, str) and target.port not in ports:
                text = f"probes.{probe} names the unknown port {target.port!r}"
                yield problem("SF217", text, ("probes", probe, handler, "port"), suggest(target.port, ports))
    scraped = spec.scrape.port if spec.scrape else None
    if isinstance(scraped, str) and scraped not in ports:
        text = f"scrape names the unknown port {scraped!r}"
        yield problem("SF217", text, ("scrape", "port"), suggest(scraped, ports))


def _scaling(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF214 for contradictory autoscaling, and an SF218 for a disruption budget that permits no eviction."""
    scaling = spec.autoscaling
    if scaling is not None:
        if spec.replicas is not None:
            text, hint = "replicas beside autoscaling: one layer has both", "keep one: autoscaling counts"
            yield problem("SF214", text, ("replicas",), hint)
        if scaling.max is None:
            hint = "say how many pods the data center may have"
            yield problem("SF214", "autoscaling without max", ("autoscaling",), hint)
        elif (scaling.min or 1) > scaling.max:
            text = f"autoscaling.min {scaling.min} is over max {scaling.max}"
            yield problem("SF214", text, ("autoscaling", "min"), "lower min or raise max")
        if not (scaling.cpu or scaling.memory or scaling.metrics):
            yield problem("SF214", "autoscaling without a metric", ("autoscaling",), "add cpu: 60, memory or metrics")
        requests = (spec.resources.requests if spec.resources else None) or {}
        for resource, target in (("cpu", scaling.cpu), ("memory", scaling.memory)):
            if target is not None and resource not in requests:
                text = f"autoscaling by {resource} needs resources.requests.{resource}"
                hint = "utilization is a percentage of the request"
                yield problem("SF214", text, ("autoscaling", resource), hint)
    budget = spec.disruption
    if budget is not None and (budget.max_unavailable in (0, "0%") or budget.min_available == "100%"):
        yield problem(
            "SF218",
            "the disruption budget permits no eviction, so nodes can never be drained",
            ("disruption",),
            "allow at least one pod, for example maxUnavailable: 10%",
        )


def _mounts(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF219 for mounts of unknown volumes, and SF210 or SF211 for containers without a fixed image."""
    known = {volume.name for volume in spec.volumes or ()} | {f"config-{config.name}" for config in spec.config or ()}
    for path, body in _bodies(spec):
        for index, mount in enumerate(body.volume_mounts or ()):
            if mount.name not in known:
                text = f"the mount of {mount.mount_path} names the unknown volume {mount.name!r}"
                yield problem("SF219", text, (*path, "volumeMounts", index), suggest(mount.name, known))
        if not isinstance(body, Container):
            continue
        if body.image is None:
            yield problem("SF210", f"the container {body.name!r} has no image", path, "set its image")
        elif not is_fixed(body.image):
            text = f"the image {body.image!r} has no fixed version"
            yield problem("SF211", text, (*path, "image"), "add a tag or digest")


def _bodies(spec: Spec) -> Iterator[tuple[ValuePath, ContainerBody]]:
    """Yield the spec itself and each of its other containers, as (path, container)."""
    yield (), spec
    for field, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(containers or ()):
            yield (field, index), container
