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
    config_texts,
    entry,
    evaluate,
    find,
    service,
)  # fmt: skip

GATEWAY = "_platform/gateway.yaml"
TABLES = 2
MATCH, ADS = "match-service.dc1.svc.cluster.local", "ads.dc1.svc.cluster.local"


@pytest.fixture(scope="module")
def files():
    return entry("cluster", cluster_input())


def tables_of(files, part="sixfold-gateway"):
    """Return the virtual hosts by table and domain."""
    return [
        {
            domain: host
            for host in config_file(files, f"{part}-routes-{number}")["resources"][0]["virtual_hosts"]
            for domain in host["domains"]
        }
        for number in range(TABLES)
    ]


def hosts_of(files, part="sixfold-gateway"):
    return {domain: host for table in tables_of(files, part) for domain, host in table.items()}


def upstreams_of(files, part="sixfold-gateway"):
    return {u["name"]: u for u in config_file(files, f"{part}-upstreams")["resources"]}


def ways_of(host):
    """Return the upstreams of a virtual host with their weights."""
    action = host["routes"][0]["route"]
    ways = action.get("weighted_clusters", {"clusters": [{"name": action.get("cluster"), "weight": None}]})
    return {way["name"]: way["weight"] for way in ways["clusters"]}


def places_of(upstream):
    return [
        tuple(place["endpoint"]["address"]["socket_address"].values())[:2]
        for group in upstream["load_assignment"]["endpoints"]
        for place in group["lb_endpoints"]
    ]


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


def test_a_service_is_matched_by_its_host_with_and_without_a_port(files):
    hosts = hosts_of(files)
    assert hosts["auth.dc1.svc.cluster.local"]["name"] == "identity/auth/http"
    assert hosts["auth.dc1.svc.cluster.local:8080"]["name"] == "identity/auth/http"
    assert hosts["auth.dc1.svc.cluster.local:9090"]["name"] == "identity/auth/grpc"
    assert set(hosts) == {
        "*",
        "_ready",
        *(f"match-service.dc1.svc.cluster.local{port}" for port in ("", ":8080")),
        *(f"ads.dc1.svc.cluster.local{port}" for port in ("", ":8080")),
        *(f"auth.dc1.svc.cluster.local{port}" for port in ("", ":8080", ":9090")),
    }


def test_teams_are_divided_over_tables_and_each_rejects_an_unregistered_host(files):
    teams = [
        {host["name"].partition("/")[0] for domain, host in table.items() if "svc" in domain}
        for table in tables_of(files)
    ]
    assert teams == [{"playback"}, {"identity"}]
    for table in tables_of(files):
        (route,) = table["*"]["routes"]
        assert route["direct_response"]["status"] == 421


def test_readiness_goes_through_every_table_and_the_upstreams(files):
    upstreams = upstreams_of(files)
    ends = [("127.0.0.1", 10081), ("127.0.0.1", 9902)]
    for number, (table, end) in enumerate(zip(tables_of(files), ends, strict=True)):
        assert ways_of(table["_ready"]) == {f"next-{number}": None}
        assert places_of(upstreams[f"next-{number}"]) == [end]


def test_a_service_is_spread_over_the_clusters_by_weight(files):
    assert ways_of(hosts_of(files)[MATCH]) == {"k/playback/match-service/http": 50, "gw/dc1-b": 30, "gw/dc1-c": 20}
    upstreams = upstreams_of(files)
    chain = upstreams["k/playback/match-service/http"]["cluster_type"]["typed_config"]["clusters"]
    assert [each["name"] for each in chain] == [*["s/playback/match-service/http"] * 2, "gw/dc1-b", "gw/dc1-c"]
    assert places_of(upstreams["s/playback/match-service/http"]) == [("match-service.playback.svc.cluster.local", 8080)]


def test_a_service_of_this_cluster_alone_needs_no_chain(files):
    assert ways_of(hosts_of(files)["auth.dc1.svc.cluster.local"]) == {"s/identity/auth/http": None}
    assert "k/identity/auth/http" not in upstreams_of(files)


def test_the_gateway_of_another_cluster_is_one_upstream_with_this_pod_behind_it(files):
    assert ways_of(hosts_of(files)[ADS]) == {"gw/dc1-b": None}
    upstreams = upstreams_of(files)
    assert sorted(name for name in upstreams if name.startswith("gw/")) == ["gw/dc1-b", "gw/dc1-c"]
    assert places_of(upstreams["gw/dc1-b"]) == [("gw.dc1-b.example.internal", 443), ("127.0.0.1", 9903)]
    assert [group.get("priority", 0) for group in upstreams["gw/dc1-b"]["load_assignment"]["endpoints"]] == [0, 1]
    assert "spiffe://example.internal/gateway/prod/dc1/dc1-b" in str(upstreams["gw/dc1-b"])
    assert "s/playback/ads/http" not in upstreams


def test_a_cluster_without_weight_gets_no_calls_while_another_has_weight():
    drained, idle = LOCAL | {"weight": 0}, REMOTE | {"weight": 0}
    least = [drained, REMOTE | {"weight": 1}, REMOTE_2]
    given = [service("a", endpoints=least), service("b", endpoints=[drained, idle])]
    hosts = hosts_of(entry("cluster", cluster_input(given)))
    assert ways_of(hosts["a.dc1.svc.cluster.local"]) == {"gw/dc1-b": 1, "gw/dc1-c": 20}
    assert ways_of(hosts["b.dc1.svc.cluster.local"]) == {"k/playback/b/http": 1, "gw/dc1-b": 1}


def test_other_gateways_still_find_an_app_whose_cluster_has_no_weight():
    """A gateway of an older commit calls it."""
    given = [service("a", endpoints=[LOCAL | {"weight": 0}, REMOTE])]
    assert "s/playback/a/http" in upstreams_of(entry("cluster", cluster_input(given)))


def test_an_app_with_no_weight_anywhere_is_still_called_from_other_clusters():
    """The app runs once, and its home is being drained."""
    given = [service("a", endpoints=[REMOTE | {"weight": 0}])]
    assert ways_of(hosts_of(entry("cluster", cluster_input(given)))["a.dc1.svc.cluster.local"]) == {"gw/dc1-b": None}


def test_a_chain_ends_on_the_clusters_that_take_calls_first_and_has_a_place_for_each_try():
    others = [
        REMOTE | {"cluster": f"dc1-{letter}", "weight": weight}
        for letter, weight in (("d", 0), ("e", 5), ("f", 1), ("g", 2))
    ]
    upstreams = upstreams_of(entry("cluster", cluster_input([service("a", endpoints=[LOCAL, *others])])))
    chain = upstreams["k/playback/a/http"]["cluster_type"]["typed_config"]["clusters"]
    assert [each["name"] for each in chain][2:] == ["gw/dc1-e", "gw/dc1-f", "gw/dc1-g"]


def test_grpc_uses_http2_and_gets_no_timeout_from_the_gateway(files):
    upstreams = upstreams_of(files)
    for name, protocol in (("grpc", "http2_protocol_options"), ("http", "http_protocol_options")):
        assert protocol in str(upstreams[f"s/identity/auth/{name}"]["typed_extension_protocol_options"])
    hosts = hosts_of(files)
    timeout = {name: host["routes"][0]["route"].get("timeout") for name, host in hosts.items() if name != "*"}
    assert timeout["auth.dc1.svc.cluster.local:9090"] == "0s"
    assert timeout["auth.dc1.svc.cluster.local"] == "15s"
    assert timeout["match-service.dc1.svc.cluster.local"] == "0.250000s"


@pytest.mark.parametrize(("networks", "address"), [(["10.0.0.0/8"], "0.0.0.0"), (["10.0.0.0/8", "fd00::/8"], "::")])
def test_listeners_are_on_ipv6_where_the_fleets_networks_are(networks, address):
    files = entry("cluster", cluster_input(privateNetworks=networks))
    listeners = config_file(files, "sixfold-gateway-bootstrap", "envoy.json")["static_resources"]["listeners"]
    addresses = {each["name"]: each["address"]["socket_address"] for each in listeners}
    assert {addresses[name]["address"] for name in ("roads-0", "roads-1", "peer", "status")} == {address}
    assert addresses["own"]["address"] == "127.0.0.1"
    assert ("ipv4_compat" in addresses["peer"]) == (address == "::")


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


def test_a_change_of_a_service_changes_only_its_own_lines(files):
    given = cluster_input()
    given["services"][0]["timeout"] = "3s"
    after = entry("cluster", given)
    for part, lines in (("upstreams", 0), ("routes-0", 1), ("routes-1", 0)):
        (before_text,), (after_text,) = (
            config_texts(each, f"sixfold-gateway-{part}").values() for each in (files, after)
        )
        pairs = list(zip(before_text.splitlines(), after_text.splitlines(), strict=True))
        assert sum(a != b for a, b in pairs) == lines


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
    made = entry("cluster", cluster_input(envoy={"issuer": {"name": "gateways"}}))
    spec = find(made, "Certificate", "sixfold-gateway-certificate")["spec"]
    assert spec["secretName"] == "sixfold-gateway-certificate"
    assert spec["uris"] == ["spiffe://example.internal/gateway/prod/dc1/dc1-a"]
    assert spec["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "gateways"}
    own = {"name": "g", "kind": "Issuer", "group": "awspca.cert-manager.io"}
    made = entry("cluster", cluster_input(envoy={"issuer": own}))
    assert find(made, "Certificate", "sixfold-gateway-certificate")["spec"]["issuerRef"] == own


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
