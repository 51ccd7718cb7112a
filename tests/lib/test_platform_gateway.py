"""The gateway on one cluster: its objects, its configuration and the Services in front of it."""

from __future__ import annotations

import re

import pytest

from tests.lib.gateway_files import places_of, tables_of, upstreams_of
from tests.lib.platform_input import (
    LOCAL,
    cluster_input,
    config_file,
    entry,
    evaluate,
    find,
    service,
)  # fmt: skip

GATEWAY = "_platform/gateway.yaml"


@pytest.fixture(scope="module")
def files():
    return entry("cluster", cluster_input())


def test_the_files_of_a_cluster_are_its_platform_and_one_for_each_namespace(files):
    assert sorted(files) == [
        "_platform/gateway.yaml",
        "_platform/priority.yaml",
        "_platform/roads.yaml",
        "_tenancy/identity.yaml",
        "_tenancy/playback.yaml",
    ]


def test_the_platform_namespace_has_the_name_of_the_data_center(files):
    labels = find(files, "Namespace", "dc1")["metadata"]["labels"]
    assert labels["sixfold.dev/role"] == "gateway"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    placed = {o["metadata"].get("namespace", "dc1") for o in files[GATEWAY] + files["_platform/roads.yaml"]}
    assert placed == {"dc1"}


def test_every_service_has_an_intra_dc_name_with_its_own_ports_in_front_of_the_gateway(files):
    for name, ports in (("match-service", [8080]), ("auth", [8080, 9090]), ("ads", [8080])):
        spec = find(files, "Service", name)["spec"]
        assert spec["type"] == "ClusterIP"
        assert [p["port"] for p in spec["ports"]] == ports
        pods = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]
        assert spec["selector"].items() <= pods["metadata"]["labels"].items()
        (target,) = {p["targetPort"] for p in spec["ports"]}
        number = int(target.removeprefix("roads-"))
        opened = {"name": target, "containerPort": 10080 + number, "protocol": "TCP"}
        assert opened in pods["spec"]["containers"][0]["ports"]
        assert f"{name}.dc1.svc.cluster.local" in tables_of(files)[number]


@pytest.mark.parametrize(
    ("version", "word"), [("1.30", None), ("1.31", "PreferClose"), ("1.34", "PreferClose"), ("1.35", "PreferSameZone")]
)
def test_calls_stay_in_their_zone_with_the_setting_of_the_clusters_kubernetes_version(version, word):
    input_ = cluster_input()
    input_["cluster"]["version"] = version
    spec = find(entry("cluster", input_), "Service", "auth")["spec"]
    assert spec.get("trafficDistribution") == word


@pytest.mark.parametrize(("version", "word"), [("1.29", "exec"), ("1.30", "sleep")])
def test_the_kubelet_waits_by_itself_where_it_can(version, word):
    input_ = cluster_input()
    input_["cluster"]["version"] = version
    container = find(entry("cluster", input_), "Deployment", "sixfold-gateway")["spec"]["template"]["spec"][
        "containers"
    ][0]
    assert [*container["lifecycle"]["preStop"]] == [word]


def test_an_app_cannot_take_the_name_of_a_platform_object():
    with pytest.raises(RuntimeError, match="sixfold-gateway-peer: names of apps must not begin with 'sixfold-'"):
        entry("cluster", cluster_input([service("sixfold-gateway-peer")]))


def test_the_gateway_rejects_ports_of_other_protocols_than_http():
    port = {"name": "redis", "port": 6379, "protocol": "TCP", "appProtocol": "tcp"}
    with pytest.raises(RuntimeError, match="unknown 'tcp'; known: grpc, http, http2"):
        entry("cluster", cluster_input([service("cache", ports=[port])]))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2s", "2s"), ("1.5s", "1.5s"), ("250ms", "0.250000s"), ("1500ms", "1.500000s"), ("2m", "120s"), ("0.1h", "360s")],
)
def test_a_duration_is_given_to_envoy_in_seconds(written, seconds):
    assert (
        evaluate("function(input) (import 'main.libsonnet').systems.mesh.envoy.proxy.duration(input)", written)
        == seconds
    )


def test_pods_of_the_gateway_are_hardened(files):
    pod = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {"requests", "limits"} == set(container["resources"])
    assert pod["priorityClassName"] == "tier-p0"


def test_a_terminating_pod_outlives_every_connection_to_it(files):
    pod = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["spec"]
    wait = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    (listener,) = (
        li
        for li in config_file(files, "sixfold-gateway-bootstrap", "envoy.json")["static_resources"]["listeners"]
        if li["name"] == "roads-0"
    )
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    longest = manager["common_http_protocol_options"]["max_connection_duration"]
    assert int(longest.rstrip("s")) < wait < pod["terminationGracePeriodSeconds"]


def test_the_name_of_the_bootstrap_depends_on_its_content_and_not_on_services(files):
    def name(value):
        (matches,) = re.findall(
            "sixfold-gateway-bootstrap-[0-9a-f]{10}", str(value["_platform/gateway.yaml"][2]["metadata"])
        )
        return matches

    two_services = entry("cluster", cluster_input([service("one"), service("two")]))
    assert name(two_services) == name(files)
    envoy = {"memory": "1Gi"}
    assert name(entry("cluster", cluster_input(envoy=envoy))) != name(files)
    volumes = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == name(files)


@pytest.mark.parametrize(
    ("cpu", "threads"), [("500m", "2"), ("2", "2"), (4, "4"), ("2500m", "3"), ("3001m", "4"), (0.5, "2")]
)
def test_envoy_runs_one_thread_for_each_requested_core_and_at_least_two(cpu, threads):
    envoy = {"cpu": cpu}
    files = entry("cluster", cluster_input(envoy=envoy))
    args = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["spec"]["containers"][0]["args"]
    assert args[args.index("--concurrency") + 1] == threads


@pytest.mark.parametrize(("memory", "limit"), [("512Mi", 483183820), ("1Gi", 966367641), (1000000, 900000)])
def test_envoy_rejects_requests_before_its_memory_is_used_up(memory, limit):
    envoy = {"memory": memory}
    files = entry("cluster", cluster_input(envoy=envoy))
    monitors = config_file(files, "sixfold-gateway-bootstrap", "envoy.json")["overload_manager"]["resource_monitors"]
    assert monitors[0]["typed_config"]["max_heap_size_bytes"] == limit


def envoy(function, value):
    """Evaluate a function of the Envoy configuration."""
    return evaluate(f"function(input) (import 'main.libsonnet').systems.mesh.envoy.proxy.{function}(input)", value)


BYTES = {
    "7": 7, "1.5k": 1500, "1Ki": 2**10, "1M": 10**6, "1Mi": 2**20, "1G": 10**9, "1Gi": 2**30, "1T": 10**12, "1Ti": 2**40,
}  # fmt: skip


def test_memory_has_the_units_of_kubernetes():
    assert {text: envoy("bytes", text) for text in BYTES} == BYTES


@pytest.mark.parametrize("unit", ["Zi", "xi"])
def test_memory_in_an_unknown_unit_is_rejected_with_the_known_ones(unit):
    with pytest.raises(RuntimeError, match=f"memory 2{unit}: unknown '{unit}'; known: , G, Gi, Ki, "):
        envoy("bytes", f"2{unit}")


DURATIONS = {
    "1.5s": "1.5s",
    "250ms": "0.250000s",
    "1ms": "0.001000s",
    "2m": "120s",
    "0.01m": "0.600000s",
    "1h": "3600s",
}


def test_a_time_limit_is_in_seconds():
    assert {text: envoy("duration", text) for text in DURATIONS} == DURATIONS


def test_a_time_limit_in_an_unknown_unit_is_rejected_with_the_known_ones():
    with pytest.raises(RuntimeError, match="timeout 2d: unknown 'd'; known: h, m, ms"):
        envoy("duration", "2d")


def test_a_port_of_a_road_that_no_gateway_carries_is_rejected():
    port = {"name": "p", "port": 1, "protocol": "TCP", "appProtocol": "tcp"}
    with pytest.raises(RuntimeError, match=r"ports\.p\.appProtocol: unknown 'tcp'; known: grpc, http, http2"):
        entry("cluster", cluster_input([service("a", ports=[port])]))


def test_a_data_center_of_one_cluster_has_no_port_balancer_or_certificate_for_others():
    alone = cluster_input([service("a", endpoints=[LOCAL])])
    alone["dataCenter"]["clusters"] = ["dc1-a"]
    assert "peer" not in str(entry("cluster", alone)[GATEWAY])
    assert "certificate" not in str(entry("cluster", alone)[GATEWAY])
    # A service with one home does not name the other clusters, so the data center's list decides.
    alone["dataCenter"]["clusters"] = ["dc1-a", "dc1-b"]
    assert find(entry("cluster", alone), "Service", "sixfold-gateway-peer")


def test_other_clusters_reach_the_gateway_at_the_clusters_gateway_address(files):
    balancer = find(files, "Service", "sixfold-gateway-peer")
    assert balancer["metadata"]["annotations"]["external-dns.kubernetes.io/hostname"] == "gw.dc1-a.example.internal"
    assert balancer["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert balancer["spec"]["allocateLoadBalancerNodePorts"] is False
    assert [(p["port"], p["targetPort"]) for p in balancer["spec"]["ports"]] == [(443, "peer-0")]
    pods = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]
    assert balancer["spec"]["selector"].items() <= pods["metadata"]["labels"].items()
    assert {"name": "peer-0", "containerPort": 10443, "protocol": "TCP"} in pods["spec"]["containers"][0]["ports"]
    gate = find(files, "Namespace", "dc1")["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"]
    assert gate == "enabled"


def test_the_certificate_is_a_secret_made_by_hand_or_by_cert_manager(files):
    volumes = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["spec"]["volumes"]
    assert {"name": "certificate", "secret": {"secretName": "sixfold-gateway-certificate"}} in volumes
    assert not [item for item in files[GATEWAY] if item["kind"] == "Certificate"]
    written = entry("cluster", cluster_input(envoy={"issuer": {"name": "gateways"}}))
    spec = find(written, "Certificate", "sixfold-gateway-certificate")["spec"]
    assert spec["secretName"] == "sixfold-gateway-certificate"
    assert spec["uris"] == ["spiffe://example.internal/gateway/prod/dc1/dc1-a"]
    assert spec["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "gateways"}
    own = {"name": "g", "kind": "Issuer", "group": "awspca.cert-manager.io"}
    written = entry("cluster", cluster_input(envoy={"issuer": own}))
    assert find(written, "Certificate", "sixfold-gateway-certificate")["spec"]["issuerRef"] == own


def test_shards_divide_the_services_and_agree_over_clusters():
    services = [service(f"app-{number}") for number in range(40)]
    files = entry("cluster", cluster_input(services, envoy={"shards": 3}))
    owner = {}
    for shard, part in enumerate(["sixfold-gateway", "sixfold-gateway-1", "sixfold-gateway-2"]):
        upstreams = upstreams_of(files, part)
        container = find(files, "Deployment", part)["spec"]["template"]["spec"]["containers"][0]
        assert f"peer-{shard}" in [port["name"] for port in container["ports"]]
        # The other cluster accepts calls for a shard on that shard's port.
        assert places_of(upstreams["gw/dc1-b"])[0] == ("gw.dc1-b.example.internal", 443 + shard)
        owner |= {name.split("/")[2]: part for name in upstreams if name.startswith("s/")}
    assert len(owner) == 40
    assert len(set(owner.values())) == 3
    for name, part in owner.items():
        assert find(files, "Service", name)["spec"]["selector"]["app.kubernetes.io/instance"] == part
    ports = find(files, "Service", "sixfold-gateway-peer")["spec"]["ports"]
    assert [(p["port"], p["targetPort"]) for p in ports] == [(443, "peer-0"), (444, "peer-1"), (445, "peer-2")]


def test_pods_reach_the_ports_for_calls_and_other_clusters_the_one_for_gateways(files):
    gateway = find(files, "NetworkPolicy", "sixfold-gateway")["spec"]
    assert gateway["ingress"][0] == {
        "from": [{"namespaceSelector": {}}],
        "ports": [{"port": 10080, "protocol": "TCP"}, {"port": 10081, "protocol": "TCP"}],
    }
    assert gateway["ingress"][1] == {
        "from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
        "ports": [{"port": "peer-0", "protocol": "TCP"}, {"port": "status", "protocol": "TCP"}],
    }
    assert {"port": 443, "protocol": "TCP"} in gateway["egress"][-1]["ports"]
    deny = [p for p in files[GATEWAY] if p["metadata"]["name"] == "default-deny"]
    assert deny[0]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_every_tier_has_a_priority_class_and_the_lowest_never_evicts(files):
    classes = {o["metadata"]["name"]: (o["value"], o["preemptionPolicy"]) for o in files["_platform/priority.yaml"]}
    assert classes == {
        "tier-p0": (1000000, "PreemptLowerPriority"),
        "tier-p1": (100000, "PreemptLowerPriority"),
        "tier-p2": (10000, "Never"),
    }


def test_tiers_with_the_same_class_create_it_once():
    given = cluster_input()
    given["fleet"]["tiers"]["P1"] = given["fleet"]["tiers"]["P0"]
    names = [o["metadata"]["name"] for o in entry("cluster", given)["_platform/priority.yaml"]]
    assert names == ["tier-p0", "tier-p2"]


@pytest.mark.parametrize(("hops", "expected"), [(0, None), (2, 2)])
def test_headers_of_proxies_in_front_are_believed_as_far_as_the_fleet_says(hops, expected):
    files = entry("cluster", cluster_input(envoy={"trustedHops": hops}))
    roads, *_ = config_file(files, "sixfold-gateway-bootstrap", "envoy.json")["static_resources"]["listeners"]
    manager = roads["filter_chains"][0]["filters"][0]["typed_config"]
    assert manager["use_remote_address"] is True
    assert manager.get("xff_num_trusted_hops") == expected


def test_one_table_has_every_team():
    files = entry("cluster", cluster_input(envoy={"tables": 1}))
    (table,) = config_file(files, "sixfold-gateway-routes-0")["resources"]
    assert {host["name"].partition("/")[0] for host in table["virtual_hosts"]} >= {"playback", "identity"}
    assert {find(files, "Service", name)["spec"]["ports"][0]["targetPort"] for name in ("auth", "ads")} == {"roads-0"}


def watched(**platform):
    given = cluster_input(**platform)
    given["cluster"]["apis"] = ["monitoring.coreos.com/v1"]
    return given


def test_the_operator_of_prometheus_gets_a_monitor_and_alerts_that_name_the_teams():
    files = entry("cluster", watched())
    monitor, rule = files["_platform/monitoring.yaml"]
    labels = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    alerts = [(each["alert"], each["annotations"]["description"]) for each in rule["spec"]["groups"][0]["rules"]]
    assert [name for name, _ in alerts] == [
        "SixfoldGatewayRefusesUpstreams", *["SixfoldGatewayRefusesRoutes"] * 2, "SixfoldGatewayCertificate",
        "SixfoldGatewayGone",
    ]  # fmt: skip
    assert [text for name, text in alerts if name.endswith("Routes")] == [
        "No change of these teams reaches it: playback.",
        "No change of these teams reaches it: identity.",
    ]


def test_without_the_api_there_is_no_monitor_and_by_annotations_only_alerts(files):
    assert "_platform/monitoring.yaml" not in files
    given = watched()
    given["systems"]["observability"]["prometheus"]["discovery"] = "annotations"
    assert [item["kind"] for item in entry("cluster", given)["_platform/monitoring.yaml"]] == ["PrometheusRule"]
    del given["systems"]["mesh"]
    assert "_platform/monitoring.yaml" not in entry("cluster", given)


def test_a_data_center_of_one_cluster_has_no_alert_about_other_gateways():
    given = watched()
    given["dataCenter"]["clusters"] = ["dc1-a"]
    _, rule = entry("cluster", given)["_platform/monitoring.yaml"]
    assert {each["alert"] for each in rule["spec"]["groups"][0]["rules"]} == {
        "SixfoldGatewayRefusesUpstreams", "SixfoldGatewayRefusesRoutes",
    }  # fmt: skip
