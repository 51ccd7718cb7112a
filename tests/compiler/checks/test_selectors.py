"""Label selectors against labels, and the objects that select nothing."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks.selectors import matches, may_match, own_selector, scale_target, selects
from sixfold_compiler.kubernetes.objects import KubernetesObject, parse_object, pods_of


def by(operator, *values):
    rule = {"key": "tier", "operator": operator, **({"values": list(values)} if values else {})}
    return {"matchExpressions": [rule]}


@pytest.mark.parametrize(
    ("selector", "web", "unlabeled"),
    [
        ({}, True, True),
        ({"matchLabels": {"tier": "web"}}, True, False),
        ({"matchLabels": {"tier": "db"}}, False, False),
        (by("In", "web", "api"), True, False),
        (by("In", "db"), False, False),
        (by("NotIn", "web"), False, True),
        (by("NotIn", "db"), True, True),
        (by("Exists"), True, False),
        (by("DoesNotExist"), False, True),
    ],
    ids=str,
)
def test_selectors_match_labels_like_kubernetes(selector, web, unlabeled) -> None:
    assert matches(selector, {"tier": "web"}) is web
    assert matches(selector, {}) is unlabeled


def test_a_selector_matches_only_when_every_rule_holds() -> None:
    assert matches({"matchExpressions": [by("Exists")["matchExpressions"][0], "no rule"]}, {"tier": "web"})
    both = [*by("Exists")["matchExpressions"], *by("In", "db")["matchExpressions"]]
    assert not matches({"matchExpressions": both}, {"tier": "web"})


def item(kind: str, api="apps/v1", labels=None, **spec) -> KubernetesObject:
    parsed = parse_object(
        {"apiVersion": api, "kind": kind, "metadata": {"name": "web", "labels": labels or {}}, "spec": spec}
    )
    assert parsed is not None
    return parsed


def workload(kind="Deployment", **labels: str):
    """Return the pods of a workload whose template has these labels."""
    template = {"metadata": {"labels": labels}, "spec": {"containers": []}}
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return list(pods_of(item(kind, **spec)))


def asks(**labels: str):
    return {"matchLabels": {key.replace("__", "/").replace("_", "-"): value for key, value in labels.items()}}


@pytest.mark.parametrize(
    ("kind", "selector", "expected"),
    [
        ("Deployment", asks(tier="web"), True),
        ("Deployment", asks(tier="db"), False),
        ("Deployment", asks(pod_template_hash="1"), True),
        ("Deployment", asks(pod_template_hash="1", tier="db"), False),
        ("Rollout", asks(rollouts_pod_template_hash="1"), True),
        ("Deployment", asks(rollouts_pod_template_hash="1"), False),
        ("DaemonSet", asks(controller_revision_hash="1"), True),
        ("DaemonSet", asks(pod_template_generation="1"), True),
        ("DaemonSet", asks(pod_template_hash="1"), False),
        ("Job", asks(job_name="web"), True),
        ("CronJob", asks(controller_uid="1"), True),
        ("CronJob", {"matchLabels": {"batch.kubernetes.io/job-name": "web-1"}}, True),
        ("StatefulSet", {"matchLabels": {"apps.kubernetes.io/pod-index": "0"}}, True),
        ("StatefulSet", {"matchLabels": {"statefulset.kubernetes.io/pod-name": "web-0"}}, True),
        ("StatefulSet", {"matchLabels": {"statefulset.kubernetes.io/pod-name": "web-x"}}, False),
        ("StatefulSet", {"matchLabels": {"statefulset.kubernetes.io/pod-name": "other-0"}}, False),
        ("Deployment", {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}]}, True),
        ("Deployment", {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}, *by("In", "db")["matchExpressions"]]}, False),
        ("Deployment", {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}, *by("In", "web")["matchExpressions"]]}, True),
    ],
    ids=str,
)  # fmt: skip
def test_a_selector_may_ask_for_labels_that_the_controller_of_the_pods_adds(kind, selector, expected) -> None:
    (pod,) = workload(kind, tier="web")
    assert may_match(selector, pod) is expected


@pytest.mark.parametrize(
    ("kind", "api", "spec", "path"),
    [
        ("Service", "v1", {"selector": {"tier": "db"}}, "selector"),
        ("Service", "v1", {"selector": {"tier": "web"}}, ""),
        ("Service", "v1", {}, ""),
        ("PodDisruptionBudget", "policy/v1", {"selector": asks(tier="db")}, "selector"),
        ("PodDisruptionBudget", "policy/v1", {"selector": asks(tier="web")}, ""),
        ("PodMonitor", "monitoring.coreos.com/v1", {"selector": asks(tier="db")}, "selector"),
        ("PodMonitor", "monitoring.coreos.com/v1", {"selector": {}}, ""),
        ("NetworkPolicy", "networking.k8s.io/v1", {"podSelector": asks(tier="db")}, "podSelector"),
        ("NetworkPolicy", "networking.k8s.io/v1", {"podSelector": asks(tier="web")}, ""),
        ("NetworkPolicy", "networking.k8s.io/v1", {"podSelector": {}}, ""),
        ("ServiceMonitor", "monitoring.coreos.com/v1", {"selector": asks(part="db")}, "selector"),
        ("ServiceMonitor", "monitoring.coreos.com/v1", {"selector": asks(part="web")}, ""),
        ("ConfigMap", "v1", {"selector": {"tier": "db"}}, ""),
    ],
)
def test_what_selects_nothing_of_the_app_is_reported_at_its_selector(kind, api, spec, path) -> None:
    services = [item("Service", "v1", {"part": "web"})]
    problems = list(selects(item(kind, api, **spec), [*workload(tier="web"), *workload(tier="api")], services))
    assert [(problem.code, problem.path) for problem in problems] == ([("SF640", ("spec", path))] if path else [])


def test_the_help_names_labels_that_exist() -> None:
    service = item("Service", "v1", selector={"tier": "db"})
    (problem,) = selects(service, [*workload(tier="web"), *workload("Job", tier="api")], [])
    assert (problem.message, problem.help) == (
        "selects no pod of the app",
        "use labels of its pods: 'tier=api', 'tier=web'",
    )
    (problem,) = selects(service, [], [])
    assert problem.help == "add a pod, or remove the object"
    (problem,) = selects(item("ServiceMonitor", selector=asks(part="x")), workload(tier="web"), [])
    assert (problem.message, problem.help) == ("selects no Service of the app", "add a Service, or remove the object")


@pytest.mark.parametrize(
    ("kind", "selector", "end"),
    [
        ("Deployment", asks(tier="web"), None),
        ("Deployment", asks(tier="db"), "the template: 'tier' differs"),
        ("StatefulSet", asks(tier="db", part="x"), "the template: 'part', 'tier' differ"),
        ("DaemonSet", by("In", "db"), "the template"),
        ("ReplicaSet", asks(tier="db"), "the template: 'tier' differs"),
        ("Deployment", {}, None),
        ("Job", asks(tier="db"), None),
    ],
)
def test_a_workload_selects_its_own_pods(kind, selector, end) -> None:
    problems = list(own_selector(item(kind, selector=selector), workload(tier="web", app="web")))
    assert [problem.code for problem in problems] == ["SF641"] * (end is not None)
    assert all(problem.message.endswith(f" {end}") and problem.path == ("spec", "selector") for problem in problems)


KNOWN = frozenset(
    {("apps", "Deployment", "web"), ("apps", "StatefulSet", "db"), ("", "Service", "db"), ("x.io", "Thing", "t")}
)


@pytest.mark.parametrize(
    ("kind", "spec", "shown", "help_text"),
    [
        ("HorizontalPodAutoscaler", {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}, "", ""),
        ("HorizontalPodAutoscaler", {"scaleTargetRef": {"name": "web"}}, "", ""),
        ("HorizontalPodAutoscaler", {"scaleTargetRef": {"apiVersion": "x.io/v2", "kind": "Thing", "name": "t"}}, "", ""),
        ("HorizontalPodAutoscaler", {}, "", ""),
        (
            "HorizontalPodAutoscaler", {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "db"}},
            "'Deployment/db'", "choose one of: 'Deployment/web', 'StatefulSet/db'",
        ),
        ("ScaledObject", {"scaleTargetRef": {"apiVersion": "y.io/v1", "kind": "Thing", "name": "t"}}, "'Thing/t'", "add the object to the manifest"),
        ("StatefulSet", {"serviceName": "db"}, "", ""),
        ("StatefulSet", {}, "", ""),
        ("StatefulSet", {"serviceName": "web"}, "'web'", "add a headless Service (clusterIP: None) that selects the pods"),
        ("Deployment", {"serviceName": "web"}, "", ""),
    ],
)  # fmt: skip
def test_the_target_of_an_autoscaler_and_the_service_of_a_stateful_set_exist(kind, spec, shown, help_text) -> None:
    problems = list(scale_target(item(kind, **spec), KNOWN))
    assert [problem.code for problem in problems] == ["SF648"] * bool(shown)
    assert all(f"is {shown}, " in problem.message and problem.help == help_text for problem in problems)
