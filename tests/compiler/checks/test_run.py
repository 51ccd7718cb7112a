"""Checks of an app's objects together."""

from __future__ import annotations

from sixfold_compiler.checks import CheckContext, check_objects


def findings(*objects, faultless=None):
    context = CheckContext(
        app="shop/web", namespace="shop", cluster="prod/dc1/dc1-a", apis=frozenset(), plain=frozenset(),
        span=lambda *_: None, pod_security="baseline",
    )  # fmt: skip
    return [(d.code, d.message) for d in check_objects(objects, context, faultless)]


def config(name="web", **fields):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, **fields}


def test_an_object_without_problems_is_checked_once_and_its_references_always() -> None:
    """The same object may be in many overlays with different other objects, so its references are checked in each."""
    faultless = set()
    item = config()
    assert findings(item, faultless=faultless) == []
    assert {identity for identity, _ in faultless} == {id(item)}
    item["data"] = {"key": 5}
    assert findings(item, faultless=faultless) == [], "an object is not changed after it was checked"
    assert [code for code, _ in findings(item)] == ["SF616"]
    assert [code for code, _ in findings(item, config(), faultless=faultless)] == ["SF610"]


def test_config_maps_of_projected_volumes_must_exist_and_secrets_need_not() -> None:
    sources = [{"secret": {"name": "token"}}, {"configMap": {"name": "web"}}, {"configMap": {"name": "wbe"}}]
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": "a:1"}], "volumes": [{"name": "v", "projected": {"sources": sources}}]},
    }  # fmt: skip
    messages = [message for _, message in findings(config(), pod) if "sources" in message]
    assert len(messages) == 1
    assert "sources[2]" in messages[0]
    assert "'wbe'" in messages[0]


def test_too_many_objects_are_reported_at_the_first() -> None:
    objects = [config(f"config-{number}") for number in range(501)]
    assert findings(*objects[:500]) == []
    ((code, message),) = findings(*objects)
    assert code == "SF612"
    assert message.startswith("ConfigMap/config-0 is one of 501 objects of the app on the cluster")


def pod(name, *, account=None, port="http"):
    container = {"name": "app", "image": "a:1", "ports": [{"name": port, "containerPort": 8080}]}
    spec = {"containers": [container], **({"serviceAccountName": account} if account else {})}
    labels = {"app": name}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": spec
    }  # fmt: skip


def test_the_default_account_of_a_namespace_exists_and_no_other() -> None:
    def codes(account):
        return [code for code, _ in findings(pod("web", account=account)) if code == "SF645"]

    assert (codes("default"), codes("web")) == ([], ["SF645"])


def test_a_port_name_of_a_service_is_one_of_the_pods_that_it_selects() -> None:
    def codes(app):
        spec = {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "shop"}, "spec": spec}
        return [code for code, _ in findings(pod("web"), pod("other", port="metrics"), service) if code == "SF643"]

    assert (codes("web"), codes("other")) == ([], ["SF643"])
