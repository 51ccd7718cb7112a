"""Checks that the ConfigMaps, keys, claims, service accounts, volumes and ports that an app refers to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.checks.context import Finding, quote, sample
from sixfold_compiler.checks.selectors import matches, may_match
from sixfold_compiler.diagnostics import suggest
from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod, at, containers, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath

__all__ = ["Names", "pod_references", "port_references"]

# In every namespace, put there by Kubernetes itself.
_GIVEN_CONFIG = frozenset({"kube-root-ca.crt"})
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


class Names(NamedTuple):
    """The objects of an app that other objects can refer to.

    `configs` maps the name of each ConfigMap to its keys, and `services` the name of each Service to the object.
    `claims` and `accounts` are names of claims and service accounts.
    """

    configs: Mapping[str, frozenset[str]]
    claims: frozenset[str]
    accounts: frozenset[str]
    services: Mapping[str, KubernetesObject]


def pod_references(pod: Pod, names: Names) -> Iterator[Finding]:
    """Report the references of a pod to objects, volumes and ports that the app does not have."""
    templates = {str(at(claim, "metadata").get("name")) for _, claim in entries(pod.owner.spec, "volumeClaimTemplates")}
    volumes = set(templates)
    for index, volume in entries(pod.spec, "volumes"):
        volumes.add(str(volume.get("name")))
        if str(volume.get("name")) not in templates:  # a StatefulSet puts each pod's own claim in its place
            yield from _volume(volume, pod.under("volumes", index), names)
    account = pod.spec.get("serviceAccountName")
    if account and account != "default" and str(account) not in names.accounts:
        yield Finding(
            "SF645",
            pod.under("serviceAccountName"),
            f"is {quote(account)}, but the app has no ServiceAccount of that name",
            suggest(str(account), names.accounts) if names.accounts else "add a ServiceAccount to the manifest",
        )
    seen: set[str] = set()
    for field, index, container in containers(pod):
        path = pod.under(field, index)
        name = str(container.get("name"))
        if name in seen:
            yield Finding(
                "SF646",
                (*path, "name"),
                f"is {quote(name)}, like that of another container of the pod",
                "rename one of the two",
            )
        seen.add(name)
        yield from _environment(container, path, names)
        for number, mount in entries(container, "volumeMounts"):
            if str(mount.get("name")) not in volumes:
                yield Finding(
                    "SF647",
                    (*path, "volumeMounts", number, "name"),
                    f"is {quote(mount.get('name'))}, but the pod has no volume of that name",
                    suggest(str(mount.get("name")), volumes) if volumes else "add the volume under volumes",
                )
        yield from _own_ports(container, path)


def _volume(volume: JsonObject, path: ValuePath, names: Names) -> Iterator[Finding]:
    if "configMap" in volume:
        yield from _config(at(volume, "configMap"), (*path, "configMap"), names)
    elif "persistentVolumeClaim" in volume:
        claim = at(volume, "persistentVolumeClaim").get("claimName")
        if str(claim) not in names.claims:
            yield Finding(
                "SF644",
                (*path, "persistentVolumeClaim", "claimName"),
                f"is {quote(claim)}, but the app has no PersistentVolumeClaim of that name",
                suggest(str(claim), names.claims) if names.claims else "add a PersistentVolumeClaim to the manifest",
            )
    elif "projected" in volume:
        for index, source in entries(at(volume, "projected"), "sources"):
            if "configMap" in source:
                yield from _config(at(source, "configMap"), (*path, "projected", "sources", index, "configMap"), names)


def _environment(container: JsonObject, path: ValuePath, names: Names) -> Iterator[Finding]:
    for index, variable in entries(container, "env"):
        if "valueFrom" in variable and (reference := at(variable, "valueFrom", "configMapKeyRef")):
            yield from _config(reference, (*path, "env", index, "valueFrom", "configMapKeyRef"), names)
    for index, source in entries(container, "envFrom"):
        if "configMapRef" in source:
            yield from _config(at(source, "configMapRef"), (*path, "envFrom", index, "configMapRef"), names)


def _config(reference: JsonObject, path: ValuePath, names: Names) -> Iterator[Finding]:
    name = str(reference.get("name"))
    if reference.get("optional") or name in _GIVEN_CONFIG:
        return
    keys = names.configs.get(name)
    if keys is None:
        yield Finding(
            "SF642",
            (*path, "name"),
            f"is {quote(name)}, but the app has no ConfigMap of that name",
            suggest(name, names.configs) if names.configs else "add it to spec.config, or set optional: true",
        )
        return
    wanted: list[tuple[ValuePath, Json]] = [((*path, "key"), reference["key"])] if "key" in reference else []
    wanted += [((*path, "items", i, "key"), item.get("key")) for i, item in entries(reference, "items")]
    for where, key in wanted:
        if str(key) not in keys:
            yield Finding(
                "SF642",
                where,
                f"is {quote(key)}, but the ConfigMap {quote(name)} has no such key",
                suggest(str(key), keys),
            )


def _own_ports(container: JsonObject, path: ValuePath) -> Iterator[Finding]:
    """Report probes and hooks that refer to a port name which their container does not define."""
    asked = [(field, container[field]) for field in _PROBES if field in container]
    lifecycle = at(container, "lifecycle")
    asked += [(f"lifecycle.{field}", lifecycle[field]) for field in ("postStart", "preStop") if field in lifecycle]
    for field, probe in asked:
        for action in ("httpGet", "tcpSocket"):
            port = at(probe, action).get("port")
            if isinstance(port, str) and not port.isdigit():
                named = {n for _, p in entries(container, "ports") if isinstance(n := p.get("name"), str)}
                if port not in named:
                    yield Finding(
                        "SF643",
                        (*path, *field.split("."), action, "port"),
                        f"is {quote(port)}, but the container has no port of that name",
                        suggest(port, named) if named else "use the number of the port, or give a port this name",
                    )


def port_references(item: KubernetesObject, pods: Sequence[Pod], names: Names) -> Iterator[Finding]:
    """Report port names in a Service, an Ingress or a monitor that the referenced object does not define."""
    spec = item.spec
    match item.kind:
        case "Service" if at(spec, "selector"):
            ports = ((("ports", i, "targetPort"), port.get("targetPort")) for i, port in entries(spec, "ports"))
            yield from _among(
                ports, lambda: _named(pods, {"matchLabels": dict(at(spec, "selector"))}), "a pod behind the Service"
            )
        case "PodMonitor":
            ends = (
                (("podMetricsEndpoints", i, "port"), e.get("port")) for i, e in entries(spec, "podMetricsEndpoints")
            )
            yield from _among(ends, lambda: _named(pods, at(spec, "selector")), "a pod of the app")
        case "ServiceMonitor":
            ends = ((("endpoints", i, "port"), e.get("port")) for i, e in entries(spec, "endpoints"))
            yield from _among(ends, lambda: _service_ports(names, at(spec, "selector")), "a Service of the app")
        case "Ingress":
            yield from _ingress(spec, names)


def _among(asked: Iterator[tuple[ValuePath, Json]], ports_of: Callable[[], set[str]], what: str) -> Iterator[Finding]:
    """Report the port names that `ports_of` does not return. If it returns none, report none: the selector is wrong."""
    for path, port in asked:
        if isinstance(port, str) and not port.isdigit():
            named = ports_of()
            if named and port not in named:
                yield Finding(
                    "SF643",
                    ("spec", *path),
                    f"is {quote(port)}, but {what} has no port of that name",
                    suggest(port, named),
                )


def _service_ports(names: Names, selector: JsonObject) -> set[str]:
    """Return the named ports of the Services that `selector` matches."""
    return {
        str(port.get("name"))
        for service in names.services.values()
        if matches(selector, at(service.metadata, "labels"))
        for _, port in entries(service.spec, "ports")
        if port.get("name")
    }


def _named(pods: Sequence[Pod], selector: JsonObject) -> set[str]:
    """Return the named ports of the pods that `selector` may match."""
    return {
        str(port.get("name"))
        for pod in pods
        if may_match(selector, pod)
        for _, _, container in containers(pod)
        for _, port in entries(container, "ports")
        if port.get("name")
    }


def _ingress(spec: JsonObject, names: Names) -> Iterator[Finding]:
    backends: list[tuple[ValuePath, JsonObject]] = [(("spec", "defaultBackend"), at(spec, "defaultBackend"))]
    backends += [
        (("spec", "rules", i, "http", "paths", j, "backend"), at(rule_path, "backend"))
        for i, rule in entries(spec, "rules")
        for j, rule_path in entries(at(rule, "http"), "paths")
    ]
    for path, backend in backends:
        wanted = at(backend, "service")
        if not wanted:
            continue
        service = names.services.get(str(wanted.get("name")))
        if service is None:
            yield Finding(
                "SF648",
                (*path, "service", "name"),
                f"is {quote(wanted.get('name'))}, but the app has no Service of that name",
                suggest(str(wanted.get("name")), names.services),
            )
            continue
        ports = [port for _, port in entries(service.spec, "ports")]
        port = at(wanted, "port")
        own, asked = ("name", port["name"]) if "name" in port else ("port", port.get("number"))
        if all(p.get(own) != asked for p in ports):
            known = {str(p.get("name", p.get("port"))) for p in ports}
            yield Finding(
                "SF643",
                (*path, "service", "port"),
                f"is {quote(asked)}, but the Service has no such port",
                f"choose one of: {sample(known)}",
            )
