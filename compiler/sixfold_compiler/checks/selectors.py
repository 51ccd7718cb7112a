"""That selectors select something, and targets exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sixfold_compiler.checks.context import Finding, quote, sample
from sixfold_compiler.kubernetes.objects import Pod, at, entries, group_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["matches", "own_selector", "scale_target", "selects", "takes"]

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


def matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a label selector takes `labels`; the empty one takes all."""
    for key, value in at(selector, "matchLabels").items():
        if labels.get(key) != value:
            return False
    for _, rule in entries(selector, "matchExpressions"):
        key, values = str(rule.get("key")), rule.get("values")
        chosen = type(values) is list and key in labels and labels[key] in values
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


def takes(selector: Mapping[str, Any], pod: Pod) -> bool:
    """Whether a label selector may take a pod once it runs, when its controller has put labels of its own on it."""
    given = _GIVEN.get(str(pod.item.get("kind")), frozenset())
    asked = at(selector, "matchLabels")
    if given.isdisjoint([*asked, *(str(rule.get("key")) for _, rule in entries(selector, "matchExpressions"))]):
        return matches(selector, pod.labels)
    name = str(at(pod.item, "metadata").get("name"))
    if _POD_NAME in asked and re.fullmatch(rf"{re.escape(name)}-[0-9]+", str(asked[_POD_NAME])) is None:
        return False
    written = {
        "matchLabels": {key: value for key, value in asked.items() if key not in given},
        "matchExpressions": [r for _, r in entries(selector, "matchExpressions") if str(r.get("key")) not in given],
    }
    return matches(written, pod.labels)


def own_selector(item: Mapping[str, Any], pods: Sequence[Pod]) -> Iterator[Finding]:
    """Whether a workload selects the pods that it makes; Kubernetes refuses one that does not."""
    if item["kind"] not in _WORKLOADS:
        return
    selector = at(item, "spec", "selector")
    for pod in pods:
        if selector and not matches(selector, pod.labels):
            missing = [k for k, v in at(selector, "matchLabels").items() if pod.labels.get(k) != v]
            yield Finding(
                "SF641",
                ("spec", "selector"),
                f"does not match the template's labels{_differ(missing)}",
                "give spec.template.metadata.labels what spec.selector.matchLabels asks for",
            )


def _differ(keys: list[str]) -> str:
    return f": {sample(keys)} {'differs' if len(keys) == 1 else 'differ'}" if keys else ""


def selects(item: Mapping[str, Any], pods: Sequence[Pod], services: Collection[Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether a Service, budget, policy or monitor selects anything of the app."""
    spec = at(item, "spec")
    match item["kind"]:
        case "Service":
            selector = at(spec, "selector")
            if selector and not any(takes({"matchLabels": selector}, pod) for pod in pods):
                yield _nothing(("spec", "selector"), "pod", pods)
        case "PodDisruptionBudget" | "PodMonitor":
            if not any(takes(at(spec, "selector"), pod) for pod in pods):
                yield _nothing(("spec", "selector"), "pod", pods)
        case "NetworkPolicy":
            if at(spec, "podSelector") and not any(takes(at(spec, "podSelector"), pod) for pod in pods):
                yield _nothing(("spec", "podSelector"), "pod", pods)
        case "ServiceMonitor":
            if not any(matches(at(spec, "selector"), at(service, "metadata", "labels")) for service in services):
                yield _nothing(("spec", "selector"), "Service", ())


def _nothing(path: tuple[str, ...], what: str, pods: Sequence[Pod]) -> Finding:
    labels = {f"{key}={value}" for pod in pods[:5] for key, value in pod.labels.items()}
    return Finding(
        "SF640",
        path,
        f"selects no {what} of the app",
        f"labels of its pods: {sample(labels)}" if labels else f"the app has no {what}",
    )


def scale_target(item: Mapping[str, Any], known: frozenset[tuple[str, str, str]]) -> Iterator[Finding]:
    """Whether what an autoscaler scales, and what serves a StatefulSet, is of the app. `known`: (group, kind, name)."""
    spec = at(item, "spec")
    kind = item["kind"]
    if kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        target = at(spec, "scaleTargetRef")
        group = group_of(str(target.get("apiVersion", "apps/v1")))
        wanted = (group, str(target.get("kind", "Deployment")), str(target.get("name")))
        if target and wanted not in known:
            names = [f"{of}/{name}" for found, of, name in known if found == group]
            yield Finding(
                "SF648",
                ("spec", "scaleTargetRef"),
                f"names {quote(f'{wanted[1]}/{wanted[2]}')}, which is not an object of the app",
                f"there is {sample(names)}" if names else "",
            )
    elif kind == "StatefulSet":
        name = spec.get("serviceName")
        if name and ("", "Service", str(name)) not in known:
            yield Finding(
                "SF648",
                ("spec", "serviceName"),
                f"names {quote(name)}, which is not a Service of the app",
                "name a headless Service (clusterIP: None) that selects the pods",
            )
