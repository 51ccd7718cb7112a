"""Limits, bounds and robustness of the checks, for inputs that a case file cannot hold."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.checks import CheckContext, check_objects, check_plain
from sixfold_compiler.diagnostics import Span, printable
from sixfold_compiler.diagnostics.codes.objects import OBJECTS as OF_OBJECTS
from sixfold_compiler.diagnostics.codes.policy import POLICY
from sixfold_compiler.yaml.loader import load_documents
from tests.profiles import examples
from tests.support.policy import ANY_IMAGE, lists

OBJECTS = OF_OBJECTS | POLICY
SECRET = "correct-horse-battery"
HTTP = {"name": "http", "port": 80, "targetPort": "http"}
CLAIMS = [{"metadata": {"name": "x"}}]
CONTAINER = {
    "name": "app",
    "image": "a:1",
    "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}],
    "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "a"}}}],
    "envFrom": [{"configMapRef": {"name": "web"}}],
    "readinessProbe": {"httpGet": {"port": "http"}},
    "lifecycle": {"preStop": {"httpGet": {"port": "http"}}},
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": []},
        "seccompProfile": {"type": "RuntimeDefault"},
        "runAsNonRoot": True,
    },
}
POD = {
    "containers": [CONTAINER],
    "serviceAccountName": "web",
    "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1"}], "seLinuxOptions": {"level": "s0"}},
    "volumes": [
        {"name": "data", "persistentVolumeClaim": {"claimName": "web"}},
        {"name": "config", "configMap": {"name": "web", "items": [{"key": "a", "path": "a"}]}},
        {"name": "all", "projected": {"sources": [{"configMap": {"name": "web"}}]}},
    ],
}


def item(api: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **fields}


def workload(api: str, kind: str, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}}, "spec": POD}
    return item(api, kind, spec={"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec})


OBJECTS_OF_ALL_KINDS: list[dict[str, Any]] = [
    item("v1", "ConfigMap", data={"a": "b"}, binaryData={"c": "ZA=="}),
    item("v1", "ServiceAccount"),
    item("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"]}),
    item("v1", "Service", spec={"selector": {"app": "web"}, "ports": [HTTP]}),
    workload("apps/v1", "Deployment"),
    workload("apps/v1", "StatefulSet", serviceName="web", replicas=2, volumeClaimTemplates=CLAIMS),
    item("batch/v1", "CronJob", spec={"schedule": "@daily", "jobTemplate": {"spec": {"template": {
        "spec": {**POD, "restartPolicy": "Never"}}}}}),
    item("autoscaling/v2", "HorizontalPodAutoscaler", spec={"maxReplicas": 2, "scaleTargetRef": {
        "apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}),
    item("policy/v1", "PodDisruptionBudget", spec={"selector": {"matchExpressions": [
        {"key": "app", "operator": "In", "values": ["web"]}]}}),
    item("monitoring.coreos.com/v1", "PodMonitor", spec={
        "selector": {"matchLabels": {"app": "web"}}, "podMetricsEndpoints": [{"port": "http"}]}),
    item("monitoring.coreos.com/v1", "ServiceMonitor", spec={
        "selector": {}, "endpoints": [{"port": "http"}]}),
    item("networking.k8s.io/v1", "Ingress", spec={"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}),
    item("argoproj.io/v1alpha1", "Rollout", spec={"template": {"spec": POD}}),
]  # fmt: skip


def context(**fields: Any) -> CheckContext:
    apis = frozenset({"monitoring.coreos.com/v1", "argoproj.io/v1alpha1"})
    return CheckContext(app="shop/web", namespace="shop", cluster="c", apis=apis, **{"lists": ANY_IMAGE, **fields})


def span(_path: Any) -> Span:
    return Span("plain.yaml", 1, 1)


def plain(value: Any) -> list[Any]:
    return check_plain(value, span, "shop/web", ["shop"], ANY_IMAGE)


def test_objects_whose_references_hold_have_no_findings():
    assert check_objects(OBJECTS_OF_ALL_KINDS, context()) == []


@pytest.mark.parametrize("code", [code for code, entry in OBJECTS.items() if not entry.example.startswith("#")])
def test_the_example_of_a_code_fails_with_that_code(code):
    documents = load_documents(OBJECTS[code].example.encode(), "example.yaml")
    own = lists(images=["nginx:*", "redis:*", "registry.example.com/*"])
    findings = {
        d.code for document in documents for d in check_plain(document.value, document.span, "shop/web", ["shop"], own)
    }
    values = [document.value for document in documents]
    named = frozenset((v.get("kind", ""), v["metadata"]["name"]) for v in values)
    findings |= {d.code for d in check_objects(values, context(plain=named))}
    assert code in findings


def test_every_code_has_a_fix():
    assert all(entry.fix and entry.explanation for entry in OBJECTS.values())


def test_a_config_map_over_one_mebibyte_is_rejected():
    large = item("v1", "ConfigMap", data={"a": "x" * 700_000, "b": "y" * 400_000})
    assert [d.code for d in check_objects([large], context())] == ["SF611"]
    fits = item("v1", "ConfigMap", data={"a": "x" * 700_000})
    assert check_objects([fits, {**fits, "metadata": {"name": "b", "namespace": "shop"}}], context()) == []


def test_structured_config_data_counts_as_its_json_text():
    large = item("v1", "ConfigMap", data={"a": ["x" * 100] * 10_500})
    assert [d.code for d in check_objects([large], context())] == ["SF611"]


def test_an_object_too_large_for_etcd_is_rejected():
    large = item("v1", "ServiceAccount")
    large["metadata"]["annotations"] = {"a": "x" * 1_500_000}
    assert "SF611" in [d.code for d in check_objects([large], context())]


def test_more_than_500_objects_are_rejected_with_one_finding():
    many = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}", "namespace": "shop"}}
        for n in range(501)
    ]
    assert [d.code for d in check_objects(many, context())] == ["SF612"]
    assert check_objects(many[1:], context()) == []


def test_findings_of_one_object_are_limited():
    service = item("v1", "Service", spec={"ports": [{"port": n, "nope": 1} for n in range(1000)]})
    names = {f"argocd.argoproj.io/x{n}": "y" for n in range(1000)}
    service["metadata"]["annotations"] = names
    assert 10 <= len(plain(service)) <= 30
    assert len(check_objects([service], context())) <= 30


def test_missing_apis_name_the_cluster():
    findings = check_objects(
        OBJECTS_OF_ALL_KINDS, CheckContext(app="shop/web", namespace="shop", cluster="prod/dc2/dc2-a", lists=ANY_IMAGE)
    )
    assert [d.code for d in findings] == ["SF609"] * 3
    assert all("prod/dc2/dc2-a" in d.message for d in findings)


def test_findings_name_the_app_and_the_place_of_the_plain_object():
    wrong = item("v1", "Service", spec={"type": "NodePort", "ports": [{"port": 80}]})
    place = Span("apps/shop/web.yaml", 20, 1)
    target = context(
        plain=frozenset({("Service", "web")}), span=lambda kind, name: place if kind == "Service" else None
    )
    (findings,) = check_objects([wrong], target)
    assert (findings.code, findings.app, findings.span) == ("SF620", "shop/web", place)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    findings = [path]
    if isinstance(value, dict):
        for key, below in value.items():
            findings += places(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            findings += places(below, (*path, index))
    return findings


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = replaced(value[path[0]], path[1:], new)
    return value


@examples(400)
@given(st.data())
def test_checks_survive_objects_of_any_shape(data):
    objects = copy.deepcopy(OBJECTS_OF_ALL_KINDS)
    number = data.draw(st.integers(0, len(objects) - 1))
    path = data.draw(st.sampled_from(places(objects[number])))
    objects[number] = replaced(objects[number], path, data.draw(JSON))
    kinds = frozenset((o["kind"], "web") for o in OBJECTS_OF_ALL_KINDS)
    for findings in (plain(objects[number]), check_objects(objects, context(plain=kinds))):
        for diagnostic in findings:
            assert diagnostic.code in OBJECTS
            assert printable(diagnostic.message) == diagnostic.message
            assert printable(diagnostic.help) == diagnostic.help


@examples(150)
@given(JSON)
def test_checks_survive_any_document(value):
    assert all(d.code in OBJECTS for d in plain(value))


@examples(150)
@given(st.sampled_from(["data", "stringData", "type", "immutable", "extra"]), st.data())
def test_values_of_secrets_are_never_shown(field, data):
    shape = data.draw(
        st.sampled_from(
            [SECRET, {"k": SECRET}, {"k": [SECRET]}, {"k": {"k": SECRET}}, [SECRET], {"k": {"x": [SECRET, 5]}}]
        )
    )
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, field: shape}
    findings = plain(secret) + check_objects([secret], context(plain=frozenset({("Secret", "web")})))
    assert "SF624" in {d.code for d in findings}
    assert SECRET not in json.dumps([(d.message, d.help, d.detail) for d in findings])


def test_the_same_objects_give_the_same_findings_in_the_same_order():
    wrong = copy.deepcopy(OBJECTS_OF_ALL_KINDS)
    for item in wrong:
        item["metadata"] = {"name": "web", "namespace": "x", "zzz": 1, "aaa": 2}
    assert check_objects(wrong, context()) == check_objects(copy.deepcopy(wrong), context())
