"""Pod security checks of objects that teams write: the `baseline` and `restricted` levels of Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.kubernetes.objects import Pod, at, containers, entries, pods_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.kubernetes.objects import KubernetesObject

__all__ = ["all_pods", "pod_security"]

_HOST = "remove it: a pod cannot use its node, only volumes, Services and metrics of the app"
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_NODE = {
    "hostNetwork": "gives the pod the network of its node",
    "hostPID": "lets the pod see all processes of its node",
    "hostIPC": "lets the pod share memory with its node",
}
_SELINUX_TYPES = ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SECCOMP = ("RuntimeDefault", "Localhost")
_FURTHEST = 24  # levels of an extension's object that are searched for pods


def all_pods(item: KubernetesObject, known: bool) -> list[Pod]:  # noqa: FBT001 (asked once, by position)
    """Return the pods and pod templates of an object.

    For a kind that is not `known`, every mapping with a list of containers counts as a pod.
    """
    return pods_of(item) if known else list(_search(item, item.value, ()))


def _search(item: KubernetesObject, value: Json | JsonObject, path: ValuePath) -> Iterator[Pod]:
    if len(path) > _FURTHEST:
        return
    if type(value) is dict:
        spec = value.get("spec")
        if type(spec) is dict and type(spec.get("containers")) is list:
            meta = at(value, "metadata")
            yield Pod(item, path, spec, at(meta, "labels"), at(meta, "annotations"))
        for key, below in value.items():
            if type(below) in (dict, list):
                yield from _search(item, below, (*path, key))
    elif type(value) is list:
        for index, below in enumerate(value):
            if type(below) in (dict, list):
                yield from _search(item, below, (*path, index))


def pod_security(pod: Pod, *, restricted: bool) -> Iterator[Finding]:
    """Report the fields of a pod that violate the `baseline` level and, with `restricted`, the `restricted` level."""
    yield from _host(pod)
    own = at(pod.spec, "securityContext")
    yield from _user(own, pod.under("securityContext"))
    yield from _profiles(own, pod.under("securityContext"))
    for index, sysctl in entries(own, "sysctls"):
        if str(sysctl.get("name")) not in _SYSCTLS:
            yield Finding(
                "SF631",
                pod.under("securityContext", "sysctls", index),
                f"sets {quote(sysctl.get('name'))}, which affects other pods of the node",
                "remove it",
            )
    for field, index, container in containers(pod):
        path = pod.under(field, index)
        inner = at(container, "securityContext")
        yield from _privileges(inner, (*path, "securityContext"))
        yield from _user(inner, (*path, "securityContext"))
        yield from _profiles(inner, (*path, "securityContext"))
        for number, port in entries(container, "ports"):
            if port.get("hostPort"):
                yield Finding(
                    "SF630",
                    (*path, "ports", number, "hostPort"),
                    "opens a port of the node",
                    "remove it: callers reach the app through a Service or a road",
                )
        if restricted:
            yield from _restricted(own, inner, (*path, "securityContext"))


def _host(pod: Pod) -> Iterator[Finding]:
    for field, message in _NODE.items():
        if pod.spec.get(field):
            yield Finding("SF630", pod.under(field), message, _HOST)
    for index, volume in entries(pod.spec, "volumes"):
        path = pod.under("volumes", index)
        for source in sorted(volume.keys() - {"name"} - _VOLUMES):
            message = "mounts files of the node" if source == "hostPath" else "is a kind of volume that is not allowed"
            yield Finding("SF630", (*path, source), message, _HOST)
    if pod.spec.get("nodeName"):
        yield Finding(
            "SF630", pod.under("nodeName"), "chooses a node without the scheduler", "remove it, and use nodeSelector"
        )


def _privileges(context: JsonObject, path: ValuePath) -> Iterator[Finding]:
    if context.get("privileged"):
        yield Finding("SF631", (*path, "privileged"), "gives the container all rights of the node", "remove it")
    if context.get("allowPrivilegeEscalation"):
        yield Finding(
            "SF631",
            (*path, "allowPrivilegeEscalation"),
            "lets a process get more rights than its parent",
            "set it to false",
        )
    if context.get("procMount", "Default") != "Default":
        yield Finding(
            "SF631", (*path, "procMount"), "shows the container more of the node than is allowed", "remove it"
        )
    added = at(context, "capabilities").get("add")
    for index, name in enumerate(added if type(added) is list else ()):
        if name != "NET_BIND_SERVICE":
            yield Finding(
                "SF631",
                (*path, "capabilities", "add", index),
                f"adds the capability {quote(name)}, which is not allowed",
                "remove it: only NET_BIND_SERVICE may be added",
            )


def _user(context: JsonObject, path: ValuePath) -> Iterator[Finding]:
    user = context.get("runAsUser")
    if user == 0 and user is not False:
        yield Finding(
            "SF632",
            (*path, "runAsUser"),
            "runs the container as root",
            "use an image that works as another user, and set its user id",
        )
    if context.get("runAsNonRoot") is False:
        yield Finding("SF632", (*path, "runAsNonRoot"), "allows the container to run as root", "set it to true")


def _profiles(context: JsonObject, path: ValuePath) -> Iterator[Finding]:
    for field in ("seccompProfile", "appArmorProfile"):
        if at(context, field).get("type") == "Unconfined":
            yield Finding(
                "SF631", (*path, field, "type"), "turns off a protection of the node", "set it to RuntimeDefault"
            )
    if context.get("windowsOptions"):
        yield Finding("SF631", (*path, "windowsOptions"), "is for Windows, but the nodes run Linux", "remove it")
    options = at(context, "seLinuxOptions")
    for field in ("user", "role", "type"):
        if options.get(field) and not (field == "type" and options[field] in _SELINUX_TYPES):
            yield Finding(
                "SF631",
                (*path, "seLinuxOptions", field),
                "changes the SELinux identity, which is not allowed",
                "remove it",
            )


def _restricted(own: JsonObject, context: JsonObject, path: ValuePath) -> Iterator[Finding]:
    """Report missing or wrong fields that the `restricted` level requires. The cluster would reject the pods."""
    missing = []
    if not context.get("runAsNonRoot", own.get("runAsNonRoot")) and "runAsNonRoot" not in context:
        missing.append("runAsNonRoot: true")
    if "allowPrivilegeEscalation" not in context:
        missing.append("allowPrivilegeEscalation: false")
    dropped = at(context, "capabilities").get("drop")
    if type(dropped) is not list or "ALL" not in dropped:
        missing.append("capabilities: {drop: [ALL]}")
    profile = at(context, "seccompProfile") or at(own, "seccompProfile")
    if profile.get("type") not in (*_SECCOMP, "Unconfined"):
        missing.append("seccompProfile: {type: RuntimeDefault}")
    if missing:
        yield Finding(
            "SF633",
            path,
            f"does not set {', '.join(missing)}",
            "add it: the pod security of the namespace is restricted, and rejects the pod without it",
        )
