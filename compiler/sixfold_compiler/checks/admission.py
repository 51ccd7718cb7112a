"""Checks of values that the API server rejects and no schema describes: forms of texts, and rules between fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.kubernetes.cron import cron_problem
from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod, at, containers, entries
from sixfold_compiler.model.quantities import quantity_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath

__all__ = ["rejected"]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HEADER = re.compile(r"[-A-Za-z0-9]+")
_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_PREFIX = re.compile(r"[ -<>-~]*")
_POD_FIELD = re.compile(
    r"metadata\.(name|namespace|uid|labels\['[^']+'\]|annotations\['[^']+'\])"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)"
)
_RESOURCE = re.compile(r"(requests|limits)\.(cpu|memory|ephemeral-storage|hugepages-.+)")
_ZONE = re.compile(r"(?!(?i:local)$)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_GRACE = 30  # seconds, if a pod names none
_RESTARTS = {"Job": ("Never", "OnFailure"), "CronJob": ("Never", "OnFailure"), "ScaledJob": ("Never", "OnFailure")}
_DESCENDS = "use a path below the volume, without .."


def rejected(item: KubernetesObject, pods: Sequence[Pod]) -> Iterator[Finding]:
    """Report what the API server rejects in an object, of which `pods` are the pods."""
    for pod in pods:
        yield from _pod(pod)
    spec = item.spec
    match item.group, item.kind:
        case "apps", "Deployment" | "DaemonSet":
            yield from _rollout(item)
        case "batch", "CronJob":
            yield from _schedule(spec)
        case "", "PersistentVolumeClaim":
            yield from _claim(spec, ("spec",))
        case "apps", "StatefulSet":
            for index, claim in entries(spec, "volumeClaimTemplates"):
                yield from _claim(at(claim, "spec"), ("spec", "volumeClaimTemplates", index, "spec"))
        case "autoscaling", "HorizontalPodAutoscaler":
            least, most = spec.get("minReplicas", 1), spec.get("maxReplicas")
            if type(least) is int and type(most) is int and least > most:
                yield _wrong(("spec", "minReplicas"), f"is {least}, which is more than maxReplicas", "lower it")
        case "", "Service":
            yield from _service(spec)
        case "policy", "PodDisruptionBudget":
            if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
                yield _wrong(("spec",), "has minAvailable and maxUnavailable", "remove one of them")


def _wrong(path: ValuePath, message: str, hint: str) -> Finding:
    return Finding("SF616", path, message, hint)


def _pod(pod: Pod) -> Iterator[Finding]:
    restart = pod.spec.get("restartPolicy")
    allowed = _RESTARTS.get(pod.owner.kind, ("Always",))
    if pod.owner.kind not in ("Pod", "PodTemplate") and (restart or "Always") not in allowed:
        hint = f"set it to {' or '.join(allowed)}"
        yield _wrong(pod.under("restartPolicy"), f"is {quote(restart or 'Always')}, but must be {allowed[0]}", hint)
    for index, toleration in entries(pod.spec, "tolerations"):
        path = pod.under("tolerations", index)
        if toleration.get("tolerationSeconds") is not None and toleration.get("effect") != "NoExecute":
            yield _wrong((*path, "tolerationSeconds"), "needs the effect NoExecute", "add effect: NoExecute")
        if toleration.get("operator") == "Exists" and toleration.get("value"):
            yield _wrong((*path, "value"), "cannot be set with the operator Exists", "remove it")
    yield from _files(pod)
    grace = pod.spec.get("terminationGracePeriodSeconds", _GRACE)
    for field, index, container in containers(pod):
        yield from _container(container, pod.under(field, index), grace)
    holders = ((pod.spec, pod.under()), *((c, pod.under(field, n)) for field, n, c in containers(pod)))
    for holder, path in holders:
        profile = at(holder, "securityContext", "seccompProfile")
        file = profile.get("localhostProfile")
        if (profile.get("type") == "Localhost") is not bool(file) or (file and not _descends(file)):
            where = (*path, "securityContext", "seccompProfile", "localhostProfile")
            yield _wrong(where, "is for the type Localhost, and a path below its folder", "correct or remove it")


def _files(pod: Pod) -> Iterator[Finding]:
    """Report files of volumes that would be outside of them."""
    for index, volume in entries(pod.spec, "volumes"):
        sources: list[tuple[ValuePath, JsonObject]] = [(pod.under("volumes", index), volume)]
        for number, source in entries(at(volume, "projected"), "sources"):
            sources.append((pod.under("volumes", index, "projected", "sources", number), source))
        for path, source in sources:
            files = [((*path, "serviceAccountToken"), at(source, "serviceAccountToken"))]
            for name in ("configMap", "secret", "downwardAPI"):
                files += [((*path, name, "items", n), item) for n, item in entries(at(source, name), "items")]
            for where, file in files:
                if file.get("path") is not None and not _descends(file["path"]):
                    yield _wrong((*where, "path"), f"is {quote(file['path'])}, which leads elsewhere", _DESCENDS)


def _container(container: JsonObject, path: ValuePath, grace: Json) -> Iterator[Finding]:
    yield from _mounts(container, path)
    yield from _environment(container, path)
    for index, port in entries(container, "ports"):
        name = port.get("name")
        if type(name) is str and not _PORT_NAME.fullmatch(name):
            hint = "use at most 15 lower-case letters, digits and single hyphens, with at least one letter"
            yield _wrong((*path, "ports", index, "name"), f"is {quote(name)}, which no port can have", hint)
    resources = at(container, "resources")
    limits = at(resources, "limits")
    for name, asked in at(resources, "requests").items():
        if name in limits and _exceeds(asked, limits[name]):
            where = (*path, "resources", "requests", name)
            yield _wrong(where, f"is {quote(asked)}, which is more than the limit", "lower it, or raise the limit")
    for field in _PROBES:
        probe = at(container, field)
        yield from _action(probe, (*path, field))
        if field != "readinessProbe" and probe.get("successThreshold", 1) not in (0, 1):
            yield _wrong((*path, field, "successThreshold"), "must be 1 for this probe", "remove it")
        if field == "readinessProbe" and probe.get("terminationGracePeriodSeconds") is not None:
            where = (*path, field, "terminationGracePeriodSeconds")
            yield _wrong(where, "is not for this probe, which stops no container", "remove it")
    for field in ("postStart", "preStop"):
        action = at(container, "lifecycle", field)
        yield from _action(action, (*path, "lifecycle", field))
        seconds = at(action, "sleep").get("seconds")
        if type(seconds) is int and type(grace) is int and seconds > grace:
            where = (*path, "lifecycle", field, "sleep", "seconds")
            yield _wrong(where, f"is {seconds}, which is more than the grace period of {grace}", "lower it")


def _mounts(container: JsonObject, path: ValuePath) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, mount in entries(container, "volumeMounts"):
        where = (*path, "volumeMounts", index)
        folder = mount.get("mountPath")
        if type(folder) is str and (":" in folder or folder in seen):
            problem = "has a colon" if ":" in folder else f"is {quote(folder)}, like that of another mount"
            yield _wrong((*where, "mountPath"), problem, "use another path")
        seen.add(str(folder))
        for field in ("subPath", "subPathExpr"):
            if mount.get(field) and not _descends(mount[field]):
                yield _wrong((*where, field), f"is {quote(mount[field])}, which leads elsewhere", _DESCENDS)


def _environment(container: JsonObject, path: ValuePath) -> Iterator[Finding]:
    for index, variable in entries(container, "env"):
        where = (*path, "env", index, "valueFrom")
        field = at(variable, "valueFrom", "fieldRef").get("fieldPath")
        if type(field) is str and not _POD_FIELD.fullmatch(field):
            hint = "use metadata.name, metadata.labels['…'], spec.nodeName, status.podIP or the like"
            yield _wrong((*where, "fieldRef", "fieldPath"), f"is {quote(field)}, which no variable can have", hint)
        resource = at(variable, "valueFrom", "resourceFieldRef").get("resource")
        if type(resource) is str and not _RESOURCE.fullmatch(resource):
            hint = "use requests.cpu, limits.memory or the like"
            yield _wrong(
                (*where, "resourceFieldRef", "resource"), f"is {quote(resource)}, which no variable can have", hint
            )
    for index, source in entries(container, "envFrom"):
        prefix = source.get("prefix")
        if type(prefix) is str and not _PREFIX.fullmatch(prefix):
            yield _wrong(
                (*path, "envFrom", index, "prefix"),
                f"is {quote(prefix)}, which no variable can have",
                "use letters, digits and _",
            )


def _action(action: JsonObject, path: ValuePath) -> Iterator[Finding]:
    if "exec" in action and not at(action, "exec").get("command"):
        yield _wrong((*path, "exec", "command"), "is empty", "name the program")
    for index, header in entries(at(action, "httpGet"), "httpHeaders"):
        if not _HEADER.fullmatch(str(header.get("name"))):
            where = (*path, "httpGet", "httpHeaders", index, "name")
            yield _wrong(
                where, f"is {quote(header.get('name'))}, which is no name of a header", "use letters, digits and '-'"
            )


def _rollout(item: KubernetesObject) -> Iterator[Finding]:
    spec = item.spec
    field = "strategy" if item.kind == "Deployment" else "updateStrategy"
    change = at(spec, field, "rollingUpdate")
    surge, missing = change.get("maxSurge"), change.get("maxUnavailable")
    if (surge in _NONE or (item.kind == "DaemonSet" and surge is None)) and missing in _NONE:
        yield _wrong(("spec", field, "rollingUpdate"), "allows no pod more and no pod fewer", "allow one of the two")
    ready, deadline = spec.get("minReadySeconds", 0), spec.get("progressDeadlineSeconds", 600)
    if item.kind == "Deployment" and type(ready) is int and type(deadline) is int and ready >= deadline:
        hint = "set progressDeadlineSeconds to more than minReadySeconds"
        yield _wrong(("spec", "minReadySeconds"), f"is {ready}, and the deadline is {deadline}", hint)


def _schedule(spec: JsonObject) -> Iterator[Finding]:
    schedule, zone = spec.get("schedule"), spec.get("timeZone")
    if type(schedule) is str and (problem := cron_problem(schedule)):
        hint = "write five fields (minute, hour, day, month, weekday), such as */5 * * * *"
        yield _wrong(("spec", "schedule"), f"is {quote(schedule)}: {problem} is not valid", hint)
    if type(zone) is str and not _ZONE.fullmatch(zone):
        yield _wrong(("spec", "timeZone"), f"is {quote(zone)}, which is no time zone", "use Asia/Kolkata or the like")


def _claim(spec: JsonObject, path: ValuePath) -> Iterator[Finding]:
    size = at(spec, "resources", "requests").get("storage")
    if size is not None and _is_zero(size):
        yield _wrong(
            (*path, "resources", "requests", "storage"), f"is {quote(size)}, but must be more than 0", "name the size"
        )
    modes = spec.get("accessModes")
    if type(modes) is list and "ReadWriteOncePod" in modes and len(modes) > 1:
        yield _wrong((*path, "accessModes"), "has ReadWriteOncePod and others", "keep one of them")


def _service(spec: JsonObject) -> Iterator[Finding]:
    ports = list(entries(spec, "ports"))
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        yield _wrong(("spec", "ports"), "is missing", "add a port, or set clusterIP: None")
    numbers: set[tuple[str, str]] = set()
    names: set[str] = set()
    for index, port in ports:
        number = (str(port.get("port")), str(port.get("protocol") or "TCP"))
        name = str(port.get("name") or "")
        if (len(ports) > 1 and not name) or name in names:
            yield _wrong(("spec", "ports", index, "name"), "must be set, and be unique", "name the port")
        if number in numbers:
            yield _wrong(
                ("spec", "ports", index, "port"), "is that of another port of the Service", "remove one of them"
            )
        numbers.add(number)
        names.add(name)


_NONE = (0, "0%")


def _descends(path: Json) -> bool:
    """Return whether a path stays below where it begins."""
    return type(path) is str and not path.startswith("/") and ".." not in path.split("/")


def _exceeds(left: Json, right: Json) -> bool:
    """Return whether a quantity is more than another; not if one of them is no quantity, which the schema reports."""
    try:
        return quantity_value(left) > quantity_value(right)
    except ValueError:
        return False


def _is_zero(value: Json) -> bool:
    try:
        return quantity_value(value) == 0
    except ValueError:
        return False
