"""Roads inside a data center as Envoy reads them: tables of routes, upstreams, and what each gateway knows."""

from __future__ import annotations

import pytest

from tests.lib.gateway_files import hosts_of, places_of, tables_of, targets_of, upstreams_of
from tests.lib.platform_input import LOCAL, REMOTE, REMOTE_2, cluster_input, config_file, config_texts, entry, service

MATCH, ADS = "match-service.dc1.svc.cluster.local", "ads.dc1.svc.cluster.local"


@pytest.fixture(scope="module")
def files():
    return entry("cluster", cluster_input())


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
        assert targets_of(table["_ready"]) == {f"next-{number}": None}
        assert places_of(upstreams[f"next-{number}"]) == [end]


def test_a_service_is_spread_over_the_clusters_by_weight(files):
    assert targets_of(hosts_of(files)[MATCH]) == {"k/playback/match-service/http": 50, "gw/dc1-b": 30, "gw/dc1-c": 20}
    upstreams = upstreams_of(files)
    chain = upstreams["k/playback/match-service/http"]["cluster_type"]["typed_config"]["clusters"]
    assert [each["name"] for each in chain] == [*["s/playback/match-service/http"] * 2, "gw/dc1-b", "gw/dc1-c"]
    assert places_of(upstreams["s/playback/match-service/http"]) == [("match-service.playback.svc.cluster.local", 8080)]


def test_a_service_of_this_cluster_alone_needs_no_chain(files):
    assert targets_of(hosts_of(files)["auth.dc1.svc.cluster.local"]) == {"s/identity/auth/http": None}
    assert "k/identity/auth/http" not in upstreams_of(files)


def test_the_gateway_of_another_cluster_is_one_upstream_with_this_pod_behind_it(files):
    assert targets_of(hosts_of(files)[ADS]) == {"gw/dc1-b": None}
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
    assert targets_of(hosts["a.dc1.svc.cluster.local"]) == {"gw/dc1-b": 1, "gw/dc1-c": 20}
    assert targets_of(hosts["b.dc1.svc.cluster.local"]) == {"k/playback/b/http": 1, "gw/dc1-b": 1}


def test_other_gateways_still_find_an_app_whose_cluster_has_no_weight():
    """A gateway of an older commit calls it."""
    given = [service("a", endpoints=[LOCAL | {"weight": 0}, REMOTE])]
    assert "s/playback/a/http" in upstreams_of(entry("cluster", cluster_input(given)))


def test_an_app_with_no_weight_anywhere_is_still_called_from_other_clusters():
    """The app runs once, and its home is being drained."""
    given = [service("a", endpoints=[REMOTE | {"weight": 0}])]
    assert targets_of(hosts_of(entry("cluster", cluster_input(given)))["a.dc1.svc.cluster.local"]) == {"gw/dc1-b": None}


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
