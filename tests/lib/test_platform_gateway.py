"""The gateway on one cluster: its objects, its configuration and the Services in front of it."""

from __future__ import annotations

import re

import pytest

from tests.lib.platform_input import (
    LOCAL,
    REMOTE,
    REMOTE_2,
    cluster_input,
    config_file,
    config_text,
    entry,
    evaluate,
    find,
    service,
)  # fmt: skip

GATEWAY = "_platform/gateway.yaml"


@pytest.fixture(scope="module")
def files():
    return entry("cluster", cluster_input())


def hosts_of(files, part):
    (table,) = config_file(files, f"{part}-routes")["resources"]
    return {domain: host for host in table["virtual_hosts"] for domain in host["domains"]}


def upstreams_of(files, part):
    return {u["name"]: u for u in config_file(files, f"{part}-clusters")["resources"]}


def places_of(upstream):
    return {
        place["locality"]["sub_zone"]: (
            place["load_balancing_weight"],
            *place["lb_endpoints"][0]["endpoint"]["address"]["socket_address"].values(),
        )
        for place in upstream["load_assignment"]["endpoints"]
    }


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
        assert {p["targetPort"] for p in spec["ports"]} == {"http"}
        pods = find(files, "Deployment", "sixfold-gateway")["spec"]["template"]
        assert spec["selector"].items() <= pods["metadata"]["labels"].items()
        assert pods["spec"]["containers"][0]["ports"][0] == {"name": "http", "containerPort": 10080, "protocol": "TCP"}


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


def test_a_service_is_matched_by_its_host_with_and_without_a_port(files):
    hosts = hosts_of(files, "sixfold-gateway")
    assert hosts["auth.dc1.svc.cluster.local"]["name"] == "identity/auth/http"
    assert hosts["auth.dc1.svc.cluster.local:8080"]["name"] == "identity/auth/http"
    assert hosts["auth.dc1.svc.cluster.local:9090"]["name"] == "identity/auth/grpc"
    assert set(hosts) == {
        "*",
        *(f"match-service.dc1.svc.cluster.local{port}" for port in ("", ":8080")),
        *(f"ads.dc1.svc.cluster.local{port}" for port in ("", ":8080")),
        *(f"auth.dc1.svc.cluster.local{port}" for port in ("", ":8080", ":9090")),
    }


@pytest.mark.parametrize("part", ["sixfold-gateway", "sixfold-gateway-peer"])
def test_an_unregistered_host_is_rejected(files, part):
    (route,) = hosts_of(files, part)["*"]["routes"]
    assert route["direct_response"]["status"] == 421


def test_the_gateway_spreads_over_the_clusters_by_weight(files):
    assert places_of(upstreams_of(files, "sixfold-gateway")["playback/match-service/http"]) == {
        "dc1-a": (50, "match-service.playback.svc.cluster.local", 8080),
        "dc1-b": (30, "gw.dc1-b.example.internal", 443),
        "dc1-c": (20, "gw.dc1-c.example.internal", 443),
    }


def test_a_call_from_another_cluster_is_never_forwarded_again(files):
    upstreams = upstreams_of(files, "sixfold-gateway-peer")
    assert set(upstreams) == {"playback/match-service/http", "identity/auth/http", "identity/auth/grpc"}
    assert {cluster for u in upstreams.values() for cluster in places_of(u)} == {"dc1-a"}
    assert "gw.dc1" not in config_text(files, "sixfold-gateway-peer-clusters")


def test_a_cluster_without_weight_gets_no_calls_while_another_has_weight():
    drained, idle = LOCAL | {"weight": 0}, REMOTE | {"weight": 0}
    least = [drained, REMOTE | {"weight": 1}, REMOTE_2]
    given = [service("a", endpoints=least), service("b", endpoints=[drained, idle])]
    upstreams = upstreams_of(entry("cluster", cluster_input(given)), "sixfold-gateway")
    assert list(places_of(upstreams["playback/a/http"])) == ["dc1-b", "dc1-c"]
    assert places_of(upstreams["playback/b/http"])["dc1-a"][0] == 1


def test_an_app_with_no_weight_anywhere_is_still_called_from_other_clusters():
    """The app runs once, and its home is being drained."""
    given = [service("a", endpoints=[REMOTE | {"weight": 0}])]
    upstreams = upstreams_of(entry("cluster", cluster_input(given)), "sixfold-gateway")
    assert places_of(upstreams["playback/a/http"]) == {"dc1-b": (1, "gw.dc1-b.example.internal", 443)}


def test_grpc_uses_http2_and_gets_no_timeout_from_the_gateway(files):
    upstreams = upstreams_of(files, "sixfold-gateway")
    assert "typed_extension_protocol_options" in upstreams["identity/auth/grpc"]
    assert "typed_extension_protocol_options" not in upstreams["identity/auth/http"]
    hosts = hosts_of(files, "sixfold-gateway")
    timeout = {name: host["routes"][0]["route"]["timeout"] for name, host in hosts.items() if name != "*"}
    assert timeout["auth.dc1.svc.cluster.local:9090"] == "0s"
    assert timeout["auth.dc1.svc.cluster.local"] == "15s"
    assert timeout["match-service.dc1.svc.cluster.local"] == "0.250000s"


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
        for li in config_file(files, "sixfold-gateway-bootstrap")["static_resources"]["listeners"]
        if li["name"] == "http"
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
    for part in ("sixfold-gateway", "sixfold-gateway-peer"):
        volumes = find(files, "Deployment", part)["spec"]["template"]["spec"]["volumes"]
        assert volumes[0]["configMap"]["name"] == name(files)


def test_a_change_of_a_service_changes_only_its_own_lines(files):
    given = cluster_input()
    given["services"][0]["timeout"] = "3s"
    after = entry("cluster", given)
    for part, lines in (("clusters", 0), ("routes", 1)):
        before_lines = config_text(files, f"sixfold-gateway-{part}").splitlines()
        after_lines = config_text(after, f"sixfold-gateway-{part}").splitlines()
        assert len(before_lines) == len(after_lines)
        assert sum(a != b for a, b in zip(before_lines, after_lines, strict=True)) == lines


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
    monitors = config_file(files, "sixfold-gateway-bootstrap")["overload_manager"]["resource_monitors"]
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


def test_a_data_center_of_one_cluster_has_no_peer_gateway():
    alone = cluster_input([service("a", endpoints=[LOCAL])])
    alone["dataCenter"]["clusters"] = ["dc1-a"]
    assert not [o for o in entry("cluster", alone)[GATEWAY] if "peer" in o["metadata"]["name"]]
    # A service with one home does not name the other clusters, so the data center's list decides.
    alone["dataCenter"]["clusters"] = ["dc1-a", "dc1-b"]
    assert [o for o in entry("cluster", alone)[GATEWAY] if "peer" in o["metadata"]["name"]]


def test_other_clusters_reach_the_peer_gateway_at_the_clusters_gateway_address(files):
    balancer = find(files, "Service", "sixfold-gateway-peer")
    assert balancer["metadata"]["annotations"]["external-dns.kubernetes.io/hostname"] == "gw.dc1-a.example.internal"
    assert balancer["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert balancer["spec"]["allocateLoadBalancerNodePorts"] is False
    assert [(p["port"], p["targetPort"]) for p in balancer["spec"]["ports"]] == [(443, "peer-0")]
    pods = {
        part: find(files, "Deployment", part)["spec"]["template"]
        for part in ("sixfold-gateway", "sixfold-gateway-peer")
    }
    chosen = [p for p, t in pods.items() if balancer["spec"]["selector"].items() <= t["metadata"]["labels"].items()]
    assert chosen == ["sixfold-gateway-peer"]


def test_shards_divide_the_services_and_agree_over_clusters():
    services = [service(f"app-{number}") for number in range(40)]
    envoy = {"shards": 3}
    files = entry("cluster", cluster_input(services, envoy=envoy))
    owner = {}
    for shard, part in enumerate(["sixfold-gateway", "sixfold-gateway-1", "sixfold-gateway-2"]):
        upstreams = upstreams_of(files, part)
        assert upstreams
        peer = part.replace("gateway", "gateway-peer")
        assert set(upstreams_of(files, peer)) == set(upstreams)
        container = find(files, "Deployment", peer)["spec"]["template"]["spec"]["containers"][0]
        assert container["ports"][0]["name"] == f"peer-{shard}"
        for name, upstream in upstreams.items():
            owner[name.split("/")[1]] = part
            # The other cluster accepts calls for a shard on that shard's port.
            assert places_of(upstream)["dc1-b"][1:] == ("gw.dc1-b.example.internal", 443 + shard)
    assert len(owner) == 40
    for name, part in owner.items():
        assert find(files, "Service", name)["spec"]["selector"]["app.kubernetes.io/instance"] == part
    ports = find(files, "Service", "sixfold-gateway-peer")["spec"]["ports"]
    assert [(p["port"], p["targetPort"]) for p in ports] == [(443, "peer-0"), (444, "peer-1"), (445, "peer-2")]


def test_pods_reach_only_the_gateway_and_other_clusters_only_the_peer_gateway(files):
    gateway = find(files, "NetworkPolicy", "sixfold-gateway")["spec"]
    peer = find(files, "NetworkPolicy", "sixfold-gateway-peer")["spec"]
    assert gateway["ingress"][0] == {
        "from": [{"namespaceSelector": {}}],
        "ports": [{"port": "http", "protocol": "TCP"}],
    }
    assert peer["ingress"][0]["from"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    assert {"port": 443, "protocol": "TCP"} in gateway["egress"][-1]["ports"]
    assert not [rule for rule in peer["egress"] if "ipBlock" in str(rule)]
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
