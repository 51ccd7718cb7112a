"""Checks that selectors match pods or Services of the app, and that scale targets exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding, quote, sample
from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod, at, entries, group_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["matches", "may_match", "own_selector", "scale_target", "selects"]

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_POD_NAME = "statefulset.kubernetes.io/pod-name"
# Labels that controllers put on the pods that they make, beside those of the template.
_GIVEN = {
    "CronJob": frozenset(
        {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index",
         "batch.kubernetes.io/job-name", "controller-uid", "job-name"}
    ),
    "DaemonSet": frozenset({"controller-revision-hash", "pod-template-generation"}),
    "Deployment": frozenset({"pod-template-hash"}),
    "Rollout": frozenset({"rollouts-pod-template-hash"}),
    "StatefulSet": frozenset({"apps.kubernetes.io/pod-index", "controller-revision-hash", _POD_NAME}),
}  # fmt: skip
_GIVEN["Job"] = _GIVEN["CronJob"]


def matches(selector: JsonObject, labels: JsonObject) -> bool:
    """Return whether a label selector matches `labels`; an empty selector matches everything."""
    for key, value in at(selector, "matchLabels").items():
        if labels.get(key) != value:
            return False
    for _, rule in entries(selector, "matchExpressions"):
        key, values = str(rule.get("key")), rule.get("values")
        chosen = isinstance(values, list) and key in labels and labels[key] in values
        match rule.get("operator"):
            case "In" if not chosen:
                return False
            case "NotIn" if chosen:
                return False
            case "Exists" if key not in labels:
                return False
            case "DoesNotExist" if key in labels:
                return False
    return True


def may_match(selector: JsonObject, pod: Pod) -> bool:
    """Return whether a selector may match a running pod, whose controller adds labels to those of the template."""
    given = _GIVEN.get(pod.owner.kind, frozenset())
    asked = at(selector, "matchLabels")
    if given.isdisjoint([*asked, *(str(rule.get("key")) for _, rule in entries(selector, "matchExpressions"))]):
        return matches(selector, pod.labels)
    name = pod.owner.name
    if _POD_NAME in asked and re.fullmatch(rf"{re.escape(name)}-[0-9]+", str(asked[_POD_NAME])) is None:
        return False
    rules = [rule for _, rule in entries(selector, "matchExpressions") if str(rule.get("key")) not in given]
    template_selector: dict[str, Json] = {
        "matchLabels": {key: value for key, value in asked.items() if key not in given},
        "matchExpressions": [dict(rule) for rule in rules],
    }
    return matches(template_selector, pod.labels)


def own_selector(item: KubernetesObject, pods: Sequence[Pod]) -> Iterator[Finding]:
    """Report a workload whose selector does not match its own pod template, which Kubernetes rejects."""
    if item.kind not in _WORKLOADS:
        return
    selector = at(item.spec, "selector")
    for pod in pods:
        if selector and not matches(selector, pod.labels):
            missing = [k for k, v in at(selector, "matchLabels").items() if pod.labels.get(k) != v]
            yield Finding(
                "SF641",
                ("spec", "selector"),
                f"does not match the labels of the template{_differ(missing)}",
                "use the same labels in spec.selector.matchLabels and spec.template.metadata.labels",
            )


def _differ(keys: list[str]) -> str:
    return f": {sample(keys)} {'differs' if len(keys) == 1 else 'differ'}" if keys else ""


def selects(item: KubernetesObject, pods: Sequence[Pod], services: Collection[KubernetesObject]) -> Iterator[Finding]:
    """Report a Service, disruption budget, network policy or monitor whose selector matches no object of the app."""
    spec = item.spec
    match item.kind:
        case "Service":
            selector = at(spec, "selector")
            if selector and not any(may_match({"matchLabels": dict(selector)}, pod) for pod in pods):
                yield _nothing(("spec", "selector"), "pod", pods)
        case "PodDisruptionBudget" | "PodMonitor":
            if not any(may_match(at(spec, "selector"), pod) for pod in pods):
                yield _nothing(("spec", "selector"), "pod", pods)
        case "NetworkPolicy":
            if at(spec, "podSelector") and not any(may_match(at(spec, "podSelector"), pod) for pod in pods):
                yield _nothing(("spec", "podSelector"), "pod", pods)
        case "ServiceMonitor":
            if not any(matches(at(spec, "selector"), at(service.metadata, "labels")) for service in services):
                yield _nothing(("spec", "selector"), "Service", ())


def _nothing(path: tuple[str, ...], what: str, pods: Sequence[Pod]) -> Finding:
    labels = {f"{key}={value}" for pod in pods[:5] for key, value in pod.labels.items()}
    return Finding(
        "SF640",
        path,
        f"selects no {what} of the app",
        f"use labels of its pods: {sample(labels)}" if labels else f"add a {what}, or remove the object",
    )


def scale_target(item: KubernetesObject, known: frozenset[tuple[str, str, str]]) -> Iterator[Finding]:
    """Report an autoscaler's target, or a StatefulSet's Service, that the app does not contain.

    `known` holds the (group, kind, name) of the app's objects.
    """
    spec, kind = item.spec, item.kind
    if kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        target = at(spec, "scaleTargetRef")
        group = group_of(str(target.get("apiVersion", "apps/v1")))
        wanted = (group, str(target.get("kind", "Deployment")), str(target.get("name")))
        if target and wanted not in known:
            names = [f"{of}/{name}" for api_group, of, name in known if api_group == group]
            yield Finding(
                "SF648",
                ("spec", "scaleTargetRef"),
                f"is {quote(f'{wanted[1]}/{wanted[2]}')}, which is not an object of the app",
                f"choose one of: {sample(names)}" if names else "add the object to the manifest",
            )
    elif kind == "StatefulSet":
        name = spec.get("serviceName")
        if name and ("", "Service", str(name)) not in known:
            yield Finding(
                "SF648",
                ("spec", "serviceName"),
                f"is {quote(name)}, but the app has no Service of that name",
                "add a headless Service (clusterIP: None) that selects the pods",
            )
