"""Network policy, labels and the team's own objects."""

from __future__ import annotations

from tests.lib.library import given

SELECTOR = {"app.kubernetes.io/name": "match", "app.kubernetes.io/instance": "match"}
GATEWAY = {
    "namespaceSelector": {"matchLabels": {"sixfold.dev/role": "gateway"}},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "sixfold-gateway"}},
}


def peer(namespace, app):
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": app, "app.kubernetes.io/instance": app}},
    }


@given(
    {"ports": [{"name": "http", "port": 8080}], "scrape": {"port": 9090}},
    ingress={
        "gateway": [{"port": 8080, "protocol": "TCP"}],
        "direct": [{"namespace": "shop", "app": "cart", "ports": [{"port": 8080}]}],
        "scrape": {"port": 9090},
    },
)
def test_the_gateway_named_callers_and_prometheus_reach_the_pods_and_nobody_else(output):
    spec = output.spec("NetworkPolicy")
    assert (spec["podSelector"], spec["policyTypes"]) == ({"matchLabels": SELECTOR}, ["Ingress", "Egress"])
    http = [{"port": 8080, "protocol": "TCP"}]
    assert spec["ingress"] == [
        {"from": [GATEWAY], "ports": http},
        {"from": [peer("shop", "cart")], "ports": http},
        {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
            "ports": [{"port": 9090, "protocol": "TCP"}],
        },
    ]
    assert "egress" not in spec


@given(
    egress={
        "gateway": True,
        "direct": [{"namespace": "shop", "app": "redis", "ports": [{"port": 6379, "protocol": "TCP"}]}],
        "outside": [{"port": 443}, {"port": 123, "protocol": "UDP"}],
    }
)
def test_pods_reach_the_gateway_named_apps_and_outside_ports_but_no_private_network(output):
    gateway, direct, outside = output.spec("NetworkPolicy")["egress"]
    assert gateway == {"to": [GATEWAY], "ports": [{"port": port, "protocol": "TCP"} for port in (10080, 10081)]}
    assert direct == {"to": [peer("shop", "redis")], "ports": [{"port": 6379, "protocol": "TCP"}]}
    (block,) = outside["to"]
    assert block["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert set(block["ipBlock"]["except"]) == {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
    assert outside["ports"] == [{"port": 443, "protocol": "TCP"}, {"port": 123, "protocol": "UDP"}]


@given(
    ingress={
        "direct": [{"namespace": "shop", "ports": [{"port": 8080}]}, {"ports": [{"port": 9090, "protocol": "UDP"}]}]
    }
)
def test_a_complete_team_or_every_team_may_be_admitted_but_no_platform_namespace(output):
    team, every = output.spec("NetworkPolicy")["ingress"]
    assert team == {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}],
        "ports": [{"port": 8080, "protocol": "TCP"}],
    }
    assert every == {
        "from": [{"namespaceSelector": {"matchLabels": {"sixfold.dev/role": "team"}}}],
        "ports": [{"port": 9090, "protocol": "UDP"}],
    }


@given(egress={"outside": [{"port": 443}]}, platform={"privateNetworks": ["10.0.0.0/8", "fd00::/8"]})
def test_a_private_network_of_ipv6_is_excluded_from_ipv6_only(output):
    ((four, six),) = (rule["to"] for rule in output.spec("NetworkPolicy")["egress"])
    assert four["ipBlock"]["except"] == ["10.0.0.0/8", "169.254.0.0/16"]
    assert six["ipBlock"] == {"cidr": "::/0", "except": ["fd00::/8", "fd00:ec2::/32", "fe80::/10"]}


@given(
    app={
        "labels": {
            "cost": "a",
            "app.kubernetes.io/part-of": "live",
            "app.kubernetes.io/name": "other",
            "sixfold.dev/team": "other",
        },
        "annotations": {"owner": "x"},
    }
)
def test_a_team_adds_labels_but_cannot_replace_those_of_the_owner(output):
    labels = output.single("Deployment")["metadata"]["labels"]
    assert labels == output.template["metadata"]["labels"]
    assert labels == {
        **SELECTOR,
        "cost": "a",
        "app.kubernetes.io/part-of": "live",
        "app.kubernetes.io/managed-by": "sixfold",
        "app.kubernetes.io/version": "1.4.2",
        "sixfold.dev/team": "playback",
        "sixfold.dev/tier": "P1",
    }
    assert output.single("ServiceAccount")["metadata"]["annotations"] == {"owner": "x"}
    assert output.template["metadata"]["annotations"] == {"owner": "x"}


@given(version=None)
def test_an_app_without_a_version_has_no_version_label(output):
    assert "app.kubernetes.io/version" not in output.single("Deployment")["metadata"]["labels"]


@given(version="nightly_-")
def test_a_version_is_trimmed_to_a_valid_label(output):
    assert output.single("Deployment")["metadata"]["labels"]["app.kubernetes.io/version"] == "nightly"


@given(
    objects=[
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "plain",
                "labels": {"app.kubernetes.io/component": "db", "sixfold.dev/team": "other"},
                "annotations": {"a": "b"},
            },
            "data": {"k": "v"},
        }
    ],
    app={"annotations": {"owner": "x"}},
)
def test_a_plain_object_keeps_its_content_and_gets_labels_and_namespace(output):
    plain = output.single("ConfigMap", "plain")
    assert plain["data"] == {"k": "v"}
    assert plain["metadata"]["namespace"] == "playback"
    assert plain["metadata"]["annotations"] == {"owner": "x", "a": "b"}
    assert plain["metadata"]["labels"]["app.kubernetes.io/component"] == "db"
    assert plain["metadata"]["labels"]["sixfold.dev/team"] == "playback"


@given(
    objects=[
        {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": kind.lower(), "labels": None, "annotations": None, "namespace": None},
            "spec": None,
        }
        for api, kind in (("monitoring.coreos.com/v1", "PrometheusRule"), ("apps/v1", "StatefulSet"))
    ],
    app={"annotations": {"owner": "x"}},
)
def test_null_metadata_of_a_plain_object_counts_as_absent(output):
    for kind in ("PrometheusRule", "StatefulSet"):
        meta = output.single(kind, kind.lower())["metadata"]
        assert meta["namespace"] == "playback"
        assert meta["annotations"] == {"owner": "x"}
        assert meta["labels"]["sixfold.dev/team"] == "playback"
