"""Checks of a merged spec beyond the types of its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, listed, path_text, suggest, value_at
from sixfold_compiler.kubernetes.cron import cron_problem
from sixfold_compiler.manifest.layers import image_version, repeated
from sixfold_compiler.model.container import Container, Probes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sixfold_compiler.diagnostics import JsonObject, Span, ValuePath
    from sixfold_compiler.model.app import Spec
    from sixfold_compiler.model.container import ContainerBody

__all__ = ["check_spec", "is_fixed", "unfixed"]

_KINDS = {
    "autoscaling": ("Deployment", "StatefulSet"),
    "replicas": ("Deployment", "StatefulSet"),
    "schedule": ("CronJob",),
    "job": ("CronJob", "Job"),
    "rollout": ("Deployment", "StatefulSet", "DaemonSet"),
    "disruption": ("Deployment", "StatefulSet"),
    "roads": ("Deployment", "StatefulSet", "DaemonSet"),
}
_IDENTITIES = {"volumeMounts": "mountPath", "calls": "app or host"}  # by which the entries of other lists are one
_NAMED = ("ports", "env", "volumes", "config", "calls", "volumeMounts")
# Fields that defaults may set for every kind, so that one that does not use them stays silent.
_SOFT = frozenset({"rollout", "disruption", "replicas"})
_OVER_TCP = frozenset({"http", "http2", "grpc", "tls"})
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")  # RFC 1035, which Kubernetes demands of Services


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
            yield problem("SF210", f"the app has no spec.{field}", (), f"set spec.{field} in the manifest")
    kind = spec.kind or "Deployment"
    for field, kinds in _KINDS.items():
        if getattr(spec, field) is not None and kind not in kinds and field not in _SOFT:
            text = f"spec.{field} is set, but a {kind} cannot use it"
            hint = f"remove it, or set spec.kind to {' or '.join(kinds)}"
            yield problem("SF212", text, (field,), hint)
    if kind == "CronJob":
        yield from _schedule(spec, problem)
    if spec.spread == "share" and kind != "Deployment":
        yield problem(
            "SF212", f"spec.spread is share, which a {kind} cannot use", ("spread",), "set it to home or every"
        )
    yield from _names(spec, data, problem)
    yield from _service(spec, problem)
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
    files = listed([f"releases/{name}/{app.partition('/')[0]}.yaml" for name in names])
    return Diagnostic("SF211", text, span, f"add the app to {files}, or add a tag or digest to the image", app=app)


def _schedule(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    if spec.schedule is None:
        hint = 'add it, for example schedule: {cron: "*/5 * * * *"}'
        yield problem("SF212", "the CronJob has no spec.schedule", ("kind",), hint)
    elif cron_problem(spec.schedule.cron):
        text = f"spec.schedule.cron is {spec.schedule.cron!r}, which is not a cron schedule"
        hint = "write five fields (minute, hour, day, month, weekday), such as */5 * * * *"
        yield problem("SF212", text, ("schedule", "cron"), hint)


def _names(spec: Spec, data: JsonObject, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF213 for ports, containers and list entries that share a name or a number."""
    numbers = Counter((port.port, port.protocol or "TCP") for port in spec.ports or ())
    for (number, protocol), count in numbers.items():
        if count > 1:
            text = f"spec.ports declares the port {number}/{protocol} {count} times"
            yield problem("SF213", text, ("ports",), "remove all but one of them")
    containers = Counter(container.name for container in (*(spec.containers or ()), *(spec.init_containers or ())))
    for name, count in containers.items():
        if count > 1:
            yield problem("SF213", f"two containers are named {name!r}", ("containers",), "rename one of them")
    for path, _ in _bodies(spec):
        value = value_at(data, path)
        for field in _NAMED:
            # Layers merge entries by name: one of two with the same name would silently replace the other.
            items = value.get(field) if isinstance(value, Mapping) else None
            if isinstance(items, list) and (name := repeated(items, field)):
                what = _IDENTITIES.get(field, "name")
                text = f"two entries of {path_text(('spec', *path, field))} have the {what} {name!r}"
                yield problem("SF213", text, (*path, field), "remove or rename one of them")


def _service(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF224 for what the app's Service, or the gateway in front of it, cannot be."""
    name = problem.app.rpartition("/")[2]
    if spec.ports and not _SERVICE_NAME.fullmatch(name):
        text = f"the app has ports, and no Service can be named {name!r}"
        yield problem("SF224", text, ("ports",), "begin the app's name with a letter, or remove spec.ports")
    for index, port in enumerate(spec.ports or ()):
        if port.app_protocol in _OVER_TCP and port.protocol not in (None, "TCP"):
            text = f"the port {port.name!r} is {port.app_protocol} over {port.protocol}"
            hint = f"remove protocol: {port.app_protocol} runs over TCP"
            yield problem("SF224", text, ("ports", index, "appProtocol"), hint)


def _ports(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF217 for each road, probe or scrape that refers to an unknown port."""
    ports = {port.name for port in spec.ports or ()}
    roads = spec.roads.by_name if spec.roads else {}
    for road, value in roads.items():
        if value.port is not None and value.port not in ports:
            text = f"spec.roads.{road} uses the port {value.port!r}, which spec.ports does not declare"
            yield problem("SF217", text, ("roads", road, "port"), suggest(value.port, ports))
    if roads and not ports:
        yield problem(
            "SF217", "the app has roads, but no ports that they could reach", ("roads",), "declare spec.ports"
        )
    probes = spec.probes or Probes.model_construct()
    for probe, check in (("startup", probes.startup), ("readiness", probes.readiness), ("liveness", probes.liveness)):
        for handler, target in (
            ("httpGet", check.http_get if check else None),
            ("tcpSocket", check.tcp_socket if check else None),
        ):
            if target is not None and isinstance(target.port, str) and target.port not in ports:
                text = f"spec.probes.{probe} uses the port {target.port!r}, which spec.ports does not declare"
                yield problem("SF217", text, ("probes", probe, handler, "port"), suggest(target.port, ports))
    scraped = spec.scrape.port if spec.scrape else None
    if isinstance(scraped, str) and scraped not in ports:
        text = f"spec.scrape uses the port {scraped!r}, which spec.ports does not declare"
        yield problem("SF217", text, ("scrape", "port"), suggest(scraped, ports))


def _scaling(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF214 for contradictory autoscaling, and an SF218 for a disruption budget that permits no eviction."""
    scaling = spec.autoscaling
    if scaling is not None:
        if spec.replicas is not None:
            text = "spec.replicas and spec.autoscaling are set in the same place, and only one can decide"
            hint = "remove one of them"
            yield problem("SF214", text, ("replicas",), hint)
        if scaling.max is None:
            hint = "set max to the largest number of pods in a data center"
            yield problem("SF214", "spec.autoscaling has no max", ("autoscaling",), hint)
        elif (scaling.min or 1) > scaling.max:
            text = f"spec.autoscaling.min is {scaling.min}, which is more than max, {scaling.max}"
            yield problem("SF214", text, ("autoscaling", "min"), "lower min or raise max")
        if not (scaling.cpu or scaling.memory or scaling.metrics):
            hint = "add cpu (such as cpu: 60), memory or metrics"
            yield problem("SF214", "spec.autoscaling has no metric to scale by", ("autoscaling",), hint)
        requests = (spec.resources.requests if spec.resources else None) or {}
        for resource, target in (("cpu", scaling.cpu), ("memory", scaling.memory)):
            if target is not None and resource not in requests:
                text = f"spec.autoscaling.{resource} is a percentage of the request, and the app requests no {resource}"
                hint = f"set spec.resources.requests.{resource}"
                yield problem("SF214", text, ("autoscaling", resource), hint)
    budget = spec.disruption
    if budget is not None and (budget.max_unavailable in (0, "0%") or budget.min_available == "100%"):
        yield problem(
            "SF218",
            "spec.disruption lets no pod be evicted, so nodes with the app can never be drained",
            ("disruption",),
            "let at least one pod be evicted, for example with maxUnavailable: 10%",
        )


def _mounts(spec: Spec, problem: _Reporter) -> Iterator[Diagnostic]:
    """Yield an SF219 for mounts of unknown volumes, and SF210 or SF211 for containers without a fixed image."""
    known = {volume.name for volume in spec.volumes or ()} | {f"config-{config.name}" for config in spec.config or ()}
    for path, body in _bodies(spec):
        for index, mount in enumerate(body.volume_mounts or ()):
            if mount.name not in known:
                text = f"the mount at {mount.mount_path} uses the volume {mount.name!r}, which is not in spec.volumes"
                yield problem("SF219", text, (*path, "volumeMounts", index), suggest(mount.name, known))
        if not isinstance(body, Container):
            continue
        if body.image is None:
            yield problem("SF210", f"the container {body.name!r} has no image", path, "set the image of the container")
        elif not is_fixed(body.image):
            text = f"the image {body.image!r} has no fixed version"
            yield problem("SF211", text, (*path, "image"), "add a tag or digest to the image")


def _bodies(spec: Spec) -> Iterator[tuple[ValuePath, ContainerBody]]:
    """Yield the spec itself and each of its other containers, as (path, container)."""
    yield (), spec
    for field, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(containers or ()):
            yield (field, index), container
