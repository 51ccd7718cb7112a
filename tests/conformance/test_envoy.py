"""A real Envoy accepts the gateway's configuration, and routes requests as the roads promise."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.conformance.gateway import App, Envoy, app, ask, envoy, write_config
from tests.lib.platform_input import LOCAL, REMOTE, REMOTE_2, cluster_input, config_file, entry, service
from tests.support.binaries import envoy_binary
from tests.support.ports import free_ports

pytestmark = pytest.mark.conformance("Envoy")

PARTS = ("sixfold-gateway", "sixfold-gateway-peer")
HTTP = {"name": "http", "port": 8080, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
ADMIN = {"name": "admin", "port": 9090, "targetPort": 9090, "protocol": "TCP", "appProtocol": "http"}
HOME = LOCAL | {"address": "gw.dc1-a.example.internal", "port": 443}
AWAY = REMOTE | {"weight": 50}
GRPC = {"name": "grpc", "port": 7070, "targetPort": 7070, "protocol": "TCP", "appProtocol": "grpc"}


def host(name: str) -> str:
    return f"{name}.dc1.svc.cluster.local"


def local(name: str, port: int) -> tuple[str, int]:
    return (f"{name}.playback.svc.cluster.local", port)


@pytest.mark.parametrize("part", PARTS)
def test_envoy_accepts_every_line_of_the_configuration(tmp_path, part):
    """The bootstrap contains the routes and upstreams, since validation does not read watched files."""
    files = entry(
        "cluster", cluster_input([service("a", ports=[HTTP, GRPC], timeout="250ms"), service("b", endpoints=[LOCAL])])
    )
    bootstrap = config_file(files, "sixfold-gateway-bootstrap")
    static = bootstrap["static_resources"]
    upstreams = config_file(files, f"{part}-clusters")["resources"]
    (routes,) = config_file(files, f"{part}-routes")["resources"]
    static["clusters"] += [{k: v for k, v in upstream.items() if k != "@type"} for upstream in upstreams]
    manager = static["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["rds"]
    manager["route_config"] = {k: v for k, v in routes.items() if k != "@type"}
    del bootstrap["dynamic_resources"]
    (tmp_path / "envoy.json").write_text(json.dumps(bootstrap))
    command = [envoy_binary(), "--mode", "validate", "--config-path", str(tmp_path / "envoy.json")]
    done = subprocess.run([*command, "--disable-hot-restart"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "deprecated" not in done.stderr.lower()


@dataclass
class Clusters:
    """The gateway of dc1-a, the peer gateway of dc1-b behind it, and the apps behind both."""

    gateway: Envoy
    peer: Envoy
    same_cluster: App
    admin: App
    other_cluster: App


def given(cluster: str, services, ports):
    """Return the library's input for one of the two clusters."""
    entries = cluster_input(
        [s | {"endpoints": [{**e, "local": e["cluster"] == cluster} for e in s["endpoints"]]} for s in services]
    )
    entries["systems"]["mesh"]["envoy"] |= {"httpPort": ports[0], "adminPort": ports[1], "statusPort": ports[2]}
    entries["cluster"]["name"] = cluster
    return entries


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    """Start the gateways of two clusters, with services on one or both of them.

    `half` is also on dc1-c, which is down; `moved` is no longer on dc1-b.
    """
    services = [
        service("both", endpoints=[HOME, AWAY]),
        service("one", endpoints=[HOME], ports=[HTTP, ADMIN]),
        service("other", endpoints=[AWAY]),
        service("half", endpoints=[HOME, REMOTE_2 | {"weight": 50}]),
        service("moved", endpoints=[HOME, AWAY]),
    ]
    folder = tmp_path_factory.mktemp("envoy")
    with ExitStack() as stack:
        same_cluster, admin, remote = (stack.enter_context(app(name)) for name in ("here", "admin", "there"))
        ports = free_ports(7)
        # The gateway of dc1-b has a newer commit, without `moved`.
        there_files = entry("cluster", given("dc1-b", services[:-1], ports[3:6]))
        write_config(
            folder / "b", there_files, "sixfold-gateway-peer",
            {local(name, 8080): remote.port for name in ("both", "other")},
        )  # fmt: skip
        peer = stack.enter_context(envoy(folder / "b", there_files, "sixfold-gateway-peer", ports[3:6]))
        here_files = entry("cluster", given("dc1-a", services, ports[:3]))
        addresses = {local(name, 8080): same_cluster.port for name in ("both", "one", "half", "moved")}
        addresses |= {local("one", 9090): admin.port}
        addresses |= {("gw.dc1-b.example.internal", 443): peer.http, ("gw.dc1-c.example.internal", 443): ports[6]}
        write_config(folder / "a", here_files, "sixfold-gateway", addresses)
        gateway = stack.enter_context(envoy(folder / "a", here_files, "sixfold-gateway", ports[:3]))
        yield Clusters(gateway, peer, same_cluster, admin, remote)


def who(envoy_: Envoy, name: str) -> str:
    """Return the name of the app that answers a request for a service."""
    answer = ask(envoy_.http, host(name), "/")
    assert answer.status == 200, answer
    return str(answer.body["app"])


def test_envoy_reads_routes_and_upstreams_and_rejects_none(clusters):
    for running in (clusters.gateway, clusters.peer):
        assert running.stat("cluster_manager.cds.update_success") >= 1
        assert running.stat("cluster_manager.cds.update_rejected") == 0
        assert running.stat("http.roads.rds.intra-dc.update_rejected") == 0


def test_a_service_is_reached_by_its_host(clusters):
    assert who(clusters.gateway, "one") == "here"
    assert who(clusters.gateway, "other") == "there"


def test_ports_of_one_service_are_distinguished_by_the_host_header(clusters):
    for header, expected in ((":8080", "here"), ("", "here"), (":9090", "admin")):
        assert ask(clusters.gateway.http, host("one") + header).body["app"] == expected


@pytest.mark.parametrize("header", ["nowhere.dc1.svc.cluster.local", "one.dc2.svc.cluster.local", "one:1", "127.0.0.1"])
def test_an_unknown_host_gets_421(clusters, header):
    assert ask(clusters.gateway.http, header).status == 421
    assert ask(clusters.peer.http, header).status == 421


def test_a_port_that_the_service_does_not_have_gets_421(clusters):
    assert ask(clusters.gateway.http, host("one") + ":7777").status == 421


def test_requests_are_spread_over_clusters_by_weight(clusters):
    """Of 400 fair choices, fewer than 150 or more than 250 are on one side once in two million runs."""
    counts = Counter(who(clusters.gateway, "both") for _ in range(400))
    assert counts["here"] + counts["there"] == 400
    assert 150 <= counts["here"] <= 250


def test_a_call_crosses_to_another_cluster_once(clusters):
    """The peer gateway routes only to apps on its own cluster, for any caller."""
    assert who(clusters.peer, "both") == "there"
    for headers in ({}, {"x-sixfold-hop": "0"}, {"x-forwarded-for": "10.0.0.1"}):
        assert ask(clusters.peer.http, host("one"), headers=headers).status == 421


def test_callers_do_not_notice_a_cluster_that_is_down(clusters):
    """Half of the weight is on a closed port."""
    assert Counter(who(clusters.gateway, "half") for _ in range(60)) == {"here": 60}
    ejected = "cluster.playback/half/http.outlier_detection.ejections_active"
    for _ in range(100):
        if clusters.gateway.stat(ejected) == 1:
            break
        who(clusters.gateway, "half")
        time.sleep(0.02)
    assert clusters.gateway.stat(ejected) == 1


def test_a_service_that_moved_is_called_on_its_new_cluster(clusters):
    """The other cluster answers 421 while the two gateways have different commits."""
    assert Counter(who(clusters.gateway, "moved") for _ in range(40)) == {"here": 40}


def test_errors_of_an_app_reach_the_caller_and_eject_no_cluster(clusters):
    before = len(clusters.same_cluster.asked) + len(clusters.other_cluster.asked)
    assert {ask(clusters.gateway.http, host("both"), "/fail").status for _ in range(40)} == {500}
    # Each request was sent once: a request that reached an app is not retried.
    assert len(clusters.same_cluster.asked) + len(clusters.other_cluster.asked) == before + 40
    assert clusters.gateway.stat("cluster.playback/both/http.outlier_detection.ejections_active") == 0
    assert {who(clusters.gateway, "both") for _ in range(40)} == {"here", "there"}


def test_a_caller_cannot_control_envoy_with_headers(clusters):
    steering = {"x-envoy-max-retries": "9", "x-envoy-retry-on": "5xx", "x-envoy-upstream-rq-timeout-ms": "1"}
    seen = ask(clusters.gateway.http, host("one"), headers=steering | {"x-request-id": "trace-1"})
    assert seen.status == 200
    assert not steering.keys() & seen.body["headers"].keys()
    assert seen.body["headers"]["x-request-id"] == "trace-1"
    before = len(clusters.same_cluster.asked)
    assert ask(clusters.gateway.http, host("one"), "/fail", headers=steering).status == 500
    assert len(clusters.same_cluster.asked) == before + 1


def test_only_readiness_and_metrics_of_the_admin_interface_are_exposed(clusters):
    status = clusters.gateway.status
    assert ask(status, "localhost", "/ready").status == 200
    assert ask(status, "localhost", "/livez").status == 200
    assert "envoy_cluster_upstream_rq_total" in ask(status, "localhost", "/metrics").body
    for path in ("/config_dump", "/quitquitquit", "/stats", "/ready/../config_dump", "/"):
        assert ask(status, "localhost", path).status == 404
        assert ask(status, "localhost", path, "POST").status == 404
    assert ask(status, "localhost", "/ready", "POST").status == 404


def test_a_new_service_is_served_without_a_restart(clusters):
    assert ask(clusters.peer.http, host("fresh")).status == 421
    ports = [clusters.peer.http, clusters.peer.admin, clusters.peer.status]
    names = ("both", "other", "fresh")
    files = entry("cluster", given("dc1-b", [service(name, endpoints=[HOME, AWAY]) for name in names], ports))
    write_config(
        clusters.peer.folder.parent, files, "sixfold-gateway-peer",
        {local(name, 8080): clusters.other_cluster.port for name in names},
    )  # fmt: skip
    for _ in range(200):
        if ask(clusters.peer.http, host("fresh")).status == 200:
            break
        time.sleep(0.05)
    assert who(clusters.peer, "fresh") == "there"
    assert who(clusters.peer, "both") == "there"


def test_grpc_is_sent_as_cleartext_http2(tmp_path):
    """The first bytes to the upstream are the preface of HTTP/2, even for a caller that uses HTTP/1.1."""
    ports = free_ports(3)
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(10)
        files = entry("cluster", given("dc1-a", [service("stream", endpoints=[LOCAL], ports=[GRPC])], ports))
        write_config(tmp_path, files, "sixfold-gateway", {local("stream", 7070): upstream.getsockname()[1]})
        with envoy(tmp_path, files, "sixfold-gateway", ports) as running:
            caller = threading.Thread(target=ask, args=(running.http, host("stream")))
            caller.start()
            connection, _ = upstream.accept()
            with connection:
                connection.settimeout(10)
                preface = b""
                while len(preface) < 24 and (received := connection.recv(24 - len(preface))):
                    preface += received
            upstream.close()
            caller.join(timeout=10)
            assert preface == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            assert not caller.is_alive()
