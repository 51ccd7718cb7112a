"""Parts of the checks as functions over values: selectors, places in an object, pods that hide in it."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks import CheckContext, check_objects
from sixfold_compiler.checks.metadata import at_home
from sixfold_compiler.checks.podsecurity import all_pods, pod_security
from sixfold_compiler.checks.selectors import matches
from sixfold_compiler.kubernetes.objects import entries


def by(operator, *values):
    rule = {"key": "tier", "operator": operator, **({"values": list(values)} if values else {})}
    return {"matchExpressions": [rule]}


@pytest.mark.parametrize(
    ("selector", "of_web", "of_nothing"),
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
def test_a_selector_takes_labels_as_kubernetes_does(selector, of_web, of_nothing) -> None:
    assert matches(selector, {"tier": "web"}) is of_web
    assert matches(selector, {}) is of_nothing


def test_every_rule_of_a_selector_must_hold() -> None:
    assert matches({"matchExpressions": [by("Exists")["matchExpressions"][0], "no rule"]}, {"tier": "web"})
    both = [*by("Exists")["matchExpressions"], *by("In", "db")["matchExpressions"]]
    assert not matches({"matchExpressions": both}, {"tier": "web"})


def test_of_a_list_only_the_mappings_count_and_keep_their_positions() -> None:
    assert list(entries({"items": [1, {"a": 1}, "x", {"b": 2}]}, "items")) == [(1, {"a": 1}), (3, {"b": 2})]
    assert list(entries({"items": {"a": 1}}, "items")) == []


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"namespace": "shop"}, []),
        ({}, ["is missing"]),
        ({"namespace": "pay"}, ["is 'pay', not the team's namespace 'shop'"]),
    ],
)
def test_an_object_is_at_home_in_its_team_s_namespace_alone(metadata, said) -> None:
    assert [finding.message for finding in at_home({"metadata": metadata}, "shop")] == said


def nested(levels, value):
    for _ in range(levels):
        value = {"inner": value}
    return value


def test_pods_are_found_wherever_an_extension_s_object_keeps_them_but_not_without_end() -> None:
    pod = {"spec": {"containers": []}, "metadata": {"labels": {"a": "b"}}}
    item = {"kind": "Thing", "spec": {"size": 3, "workers": [1, pod, nested(3, pod)]}}
    found = all_pods(item, known=False)
    assert [one.path for one in found] == [("spec", "workers", 1), ("spec", "workers", 2, "inner", "inner", "inner")]
    assert found[0].labels == {"a": "b"}
    assert len(all_pods(nested(24, pod), known=False)) == 1
    assert all_pods(nested(25, pod), known=False) == []


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"windowsOptions": {"runAsUserName": "x"}}, ("windowsOptions",)),
        ({"seLinuxOptions": {"user": "root_u"}}, ("seLinuxOptions", "user")),
        ({"seLinuxOptions": {"role": "sysadm_r"}}, ("seLinuxOptions", "role")),
    ],
)
def test_identities_of_the_node_are_refused_at_their_field(context, field) -> None:
    (pod,) = all_pods({"spec": {"containers": [], "securityContext": context}}, known=False)
    assert [finding.path[-len(field) :] for finding in pod_security(pod, restricted=False)] == [field]


def told(*objects, faultless=None):
    context = CheckContext(
        app="shop/web", namespace="shop", cluster="prod/dc1/dc1-a", apis=frozenset(), plain=frozenset(),
        span=lambda *_: None, pod_security="baseline", kinds=frozenset(),
    )  # fmt: skip
    return [(d.code, d.message) for d in check_objects(objects, context, faultless)]


def config(name="web", **more):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, **more}


def test_an_object_without_fault_is_looked_at_once_but_beside_others_always() -> None:
    """The same object stands on many clusters; what is beside it differs."""
    faultless = set()
    one = config()
    assert told(one, faultless=faultless) == []
    assert {identity for identity, _ in faultless} == {id(one)}
    one["data"] = {"key": 5}
    assert told(one, faultless=faultless) == [], "an object is not changed after it was checked"
    assert [code for code, _ in told(one)] == ["SF616"]
    assert [code for code, _ in told(one, config(), faultless=faultless)] == ["SF610"]


def test_of_a_projected_volume_each_config_map_must_be_there_and_secrets_come_from_elsewhere() -> None:
    sources = [{"secret": {"name": "token"}}, {"configMap": {"name": "web"}}, {"configMap": {"name": "wbe"}}]
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": "a:1"}], "volumes": [{"name": "v", "projected": {"sources": sources}}]},
    }  # fmt: skip
    found = [message for _, message in told(config(), pod) if "sources" in message]
    assert len(found) == 1
    assert "sources[2]" in found[0]
    assert "'wbe'" in found[0]
