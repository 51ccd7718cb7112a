"""Identities of Kubernetes objects, in full and in the short form of inventories."""

from __future__ import annotations

import pytest

from sixfold_compiler.kubernetes.identity import holds, identity, lost, names_of


def thing(kind, name, api="v1"):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}}


@pytest.mark.parametrize(
    ("item", "full", "short"),
    [
        (thing("Deployment", "web", "apps/v1"), "Deployment.apps/web", "Deployment"),
        (thing("Service", "web-2"), "Service/web-2", "Service/web-2"),
        (thing("NetworkPolicy", "x", "networking.k8s.io/v1"), "NetworkPolicy.networking.k8s.io/x", "NetworkPolicy/x"),
        (
            thing("PodMonitor", "web", "monitoring.coreos.com/v1"),
            "PodMonitor.monitoring.coreos.com/web",
            "PodMonitor.monitoring.coreos.com",
        ),
        (thing("ConfigMap", "web-main-0123456789"), "ConfigMap/web-main-0123456789", "ConfigMap/web-main"),
        (thing("Secret", "web-main-0123456789"), "Secret/web-main-0123456789", "Secret/web-main-0123456789"),
        (thing("Service", "a b"), "Service/a b", "Service/a%20b"),
        ({"apiVersion": "v1", "kind": "Service", "metadata": None}, "Service/", "Service/"),
        ({"kind": "List", "metadata": []}, "List/", "List/"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_identity_is_kind_group_and_name(item, full, short) -> None:
    assert identity(item) == full
    assert names_of([item, item]) == {full}
    assert holds([item, item], "web") == short


def test_the_short_form_is_sorted_and_names_versions_of_an_object_once() -> None:
    objects = [thing("Service", "web"), thing("Deployment", "api", "apps/v1"), thing("Deployment", "api", "apps/v2")]
    assert holds(objects, "web") == "Deployment/api Service"


def test_lost_identities_are_those_of_the_first_line_alone() -> None:
    assert lost("A/x B/x", "A/x B/x") == ()
    assert lost("B/x A/x C/x", "C/x D/x") == ("A/x", "B/x")
