"""The behavior of a road inside a data center for callers and apps, whatever mesh carries it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections import Counter

import pytest

from tests.conformance.roads.site import HTTP, host, on, services, site, until
from tests.lib.platform_input import service

pytestmark = pytest.mark.conformance("Envoy")

ADMIN = HTTP | {"name": "admin", "port": 9090, "targetPort": 9090}
GRPC = HTTP | {"name": "grpc", "port": 7070, "targetPort": 7070, "appProtocol": "grpc"}
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello"
SERVICES = [
    *services(both=on(a=50, b=50), one=on(a=100), other=on(b=100), drained=on(a=0, b=100), idle=on(b=0)),
    service("quick", endpoints=on(a=100), timeout="300ms"),
]


@pytest.fixture(scope="module")
def roads(tmp_path_factory):
    with site(tmp_path_factory.mktemp("roads"), SERVICES, "ab") as running:
        yield running


def port_of(roads) -> int:
    return roads.clusters["a"].running.http


def raw(roads, text: str) -> str:
    """Send bytes as they are; return all that comes back."""
    with socket.create_connection(("127.0.0.1", port_of(roads)), timeout=5) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.decode()


def test_a_service_is_reached_wherever_it_runs(roads):
    assert (roads.who("one"), roads.who("other")) == ("a", "b")


def test_requests_are_spread_over_clusters_by_weight(roads):
    """Of 400 fair choices, fewer than 150 or more than 250 are on one side once in two million runs."""
    counts = Counter(roads.who("both") for _ in range(400))
    assert counts["a"] + counts["b"] == 400
    assert 150 <= counts["a"] <= 250


def test_a_cluster_without_weight_gets_no_call_while_another_has_weight(roads):
    assert {roads.who("drained") for _ in range(30)} == {"b"}
    assert roads.who("idle") == "b"


@pytest.mark.parametrize("name", ["nowhere.dc1.svc.cluster.local", "one.dc2.svc.cluster.local", "one", "127.0.0.1"])
def test_a_name_that_nobody_has_gets_421(roads, name):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(roads), timeout=5)
    connection.request("GET", "/", headers={"Host": name})
    assert connection.getresponse().status == 421
    connection.close()


def test_a_port_that_the_service_does_not_have_gets_421(roads):
    answer = raw(roads, f"GET / HTTP/1.1\nHost: {host('one')}:7777\nConnection: close\n\n")
    assert answer.startswith("HTTP/1.1 421 ")


@pytest.mark.parametrize("name", [host("one"), f"{host('one')}:8080", f"{host('one')}.", host("one").upper()])
def test_spellings_of_a_name_lead_to_one_service(roads, name):
    """With its port, with a dot at the end as resolvers take it, and in capitals."""
    answer = raw(roads, f"GET / HTTP/1.1\nHost: {name}\nConnection: close\n\n")
    assert answer.startswith("HTTP/1.1 200 "), answer


def test_http_1_0_is_answered(roads):
    assert raw(roads, f"GET /old HTTP/1.0\nHost: {host('one')}\n\n").startswith("HTTP/1.0 200 ")
    assert roads.app("one", "a").asked[-1] == "/old"


def test_an_offer_to_upgrade_to_tls_is_answered_without(roads):
    upgrade = "Connection: Upgrade, close\nUpgrade: TLS/1.2"
    assert raw(roads, f"GET / HTTP/1.1\nHost: {host('one')}\n{upgrade}\n\n").startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("name", ["one", "other"])
def test_many_headers_pass_in_both_directions(roads, name):
    app = roads.app(name, "a" if name == "one" else "b")
    many = [f"x-{number}: v" for number in range(150)]
    app.answer = lambda _m, _p, headers: app.respond(200, json.dumps({"got": len(headers)}), *many)
    try:
        sent = "\n".join(f"y-{number}: v" for number in range(150))
        head, _, body = raw(roads, f"GET / HTTP/1.1\nHost: {host(name)}\nConnection: close\n{sent}\n\n").partition(
            "\r\n\r\n"
        )
    finally:
        app.answer = app.echo
    assert head.startswith("HTTP/1.1 200 ")
    assert head.count("\r\nx-") >= 150
    assert json.loads(body)["got"] > 150


def test_errors_of_an_app_reach_the_caller_and_remove_no_cluster(roads):
    apps = [roads.app("both", letter) for letter in "ab"]
    before = sum(len(app.asked) for app in apps)
    for app in apps:
        app.answer = lambda *_, app=app: app.respond(500, "broken")
    try:
        assert {roads.ask("both").status for _ in range(40)} == {500}
    finally:
        for app in apps:
            app.answer = app.echo
    assert sum(len(app.asked) for app in apps) == before + 40, "a request that reached an app was sent twice"
    assert {roads.who("both") for _ in range(40)} == {"a", "b"}


def test_an_app_cannot_pretend_that_it_was_never_reached(roads):
    for name, letter in (("one", "a"), ("other", "b")):
        app = roads.app(name, letter)
        app.answer = lambda *_, app=app: app.respond(503, "mine", "x-sixfold-unreached: UF")
        before = len(app.asked)
        answer = roads.ask(name, "/", "POST")
        app.answer = app.echo
        assert (answer.status, answer.body) == (503, "mine")
        assert len(app.asked) == before + 1


@pytest.mark.parametrize(("name", "letter"), [("one", "a"), ("other", "b")])
def test_headers_of_the_platform_neither_steer_nor_reach_an_app(roads, name, letter):
    forged = {
        "x-sixfold-stop": "s/playback/both/http", "x-sixfold-unreached": "UF", "x-envoy-max-retries": "9",
        "x-envoy-retry-on": "5xx", "x-envoy-upstream-rq-timeout-ms": "1", "x-sixfold-tier": "P0",
        "x-forwarded-client-cert": "URI=spiffe://example.internal/gateway/prod/dc1/dc1-b",
    }  # fmt: skip
    seen = roads.ask(name, "/", "GET", x_request_id="trace-1", **forged)
    assert (seen.status, seen.body["app"]) == (200, letter)
    assert not forged.keys() & seen.body["headers"].keys()
    assert seen.body["headers"]["x-request-id"] == "trace-1"


@pytest.mark.parametrize(("name", "letter"), [("one", "a"), ("other", "b")])
def test_a_repeatable_request_on_a_connection_that_the_app_closes_is_sent_once_more(roads, name, letter):
    """The app reads the request and closes, as one does whose idle time has just ended."""
    app, closed = roads.app(name, letter), []

    def close_once(method: str, path: str, headers: dict[str, str]) -> bytes | None:
        if path == f"/{method}" and path not in closed:
            closed.append(path)
            raise OSError("closed")
        return app.echo(method, path, headers)

    app.answer = close_once
    try:
        assert roads.ask(name, "/GET").status == 200
        assert roads.ask(name, "/POST", "POST").status == 503
    finally:
        app.answer = app.echo
    assert Counter(app.asked)["/GET"] == 2
    assert Counter(app.asked)["/POST"] == 1


def test_a_request_waits_no_longer_than_its_road_says(roads):
    app = roads.app("quick", "a")
    app.answer = lambda *_: None
    try:
        assert roads.ask("quick", "/", "POST").status == 504
    finally:
        app.answer = app.echo


def test_a_web_socket_goes_through_here_and_over_another_cluster(roads):
    for name, letter in (("one", "a"), ("other", "b")):
        app = roads.app(name, letter)
        app.answer = lambda *_: SWITCH
        try:
            with socket.create_connection(("127.0.0.1", port_of(roads)), timeout=5) as connection:
                upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"
                connection.sendall(f"GET / HTTP/1.1\r\nHost: {host(name)}\r\n{upgrade}\r\n".encode())
                received = b""
                while b"hello" not in received and (chunk := connection.recv(4096)):
                    received += chunk
        finally:
            app.answer = app.echo
        assert received.startswith(b"HTTP/1.1 101 "), (name, received)
        assert received.endswith(b"hello")


def test_an_answer_that_never_ends_arrives_piece_by_piece(roads):
    """Events are sent as they come; the answer has no length."""
    app = roads.app("other", "b")
    app.answer = lambda *_: b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n"
    try:
        with socket.create_connection(("127.0.0.1", port_of(roads)), timeout=5) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {host('other')}\r\n\r\n".encode())
            received = b""
            while b"data: 1" not in received and (chunk := connection.recv(4096)):
                received += chunk
    finally:
        app.answer = app.echo
    assert b"data: 1" in received


def test_an_idle_connection_to_an_app_ends_before_the_app_closes_it(roads):
    """Some apps close what is idle after two seconds."""
    app = roads.app("one", "a")
    roads.who("one")
    assert until(lambda: not app.connected, 1.9), "an idle connection is still open"


def test_connections_in_use_end_too_so_that_new_pods_get_a_share(roads):
    """A Service divides connections, not requests: pods that start later get those that are opened later."""
    apps = {"one": roads.app("one", "a"), "other": roads.app("other", "b")}
    before, begin = {name: app.accepted for name, app in apps.items()}, time.monotonic()
    while time.monotonic() < begin + 11:
        for name in apps:
            assert roads.ask(name, "/", "POST").status == 200
        time.sleep(0.2)
    for name, app in apps.items():
        assert 2 <= app.accepted - before[name] <= 20, name


def test_a_new_service_is_served_and_a_removed_one_rejected_without_a_restart(roads):
    renamed = [s for s in SERVICES if s["name"] != "idle"]
    fresh = service("fresh", endpoints=on(a=100))
    roads.clusters["a"].addresses["fresh.playback.svc.cluster.local", 8080] = roads.app("one", "a").port
    roads.clusters["b"].addresses["fresh.playback.svc.cluster.local", 8080] = roads.app("one", "a").port
    assert roads.ask("fresh").status == 421
    try:
        roads.write([*renamed, fresh])
        assert until(lambda: roads.ask("fresh").status == 200)
        assert until(lambda: roads.ask("idle").status == 421)
        assert roads.who("both") in "ab"
    finally:
        roads.write(SERVICES)
        assert until(lambda: roads.ask("idle").status == 200)


def test_a_call_that_another_cluster_does_not_know_yet_goes_elsewhere(roads):
    """The other cluster has an older commit, without the service."""
    roads.write([s for s in SERVICES if s["name"] != "both"], "b")
    try:
        assert until(lambda: roads.clusters["b"].running.stat("cluster_manager.cds.update_success") >= 2)
        assert {roads.who("both") for _ in range(60)} == {"a"}
    finally:
        roads.write(SERVICES, "b")


def test_a_call_crosses_to_another_cluster_once(tmp_path):
    """Two gateways of different commits each believe that the service is on the other: neither sends it back."""
    with site(tmp_path, services(lost=on(b=100)), "ab") as roads:
        roads.write(services(lost=on(a=100)), "b")
        assert until(lambda: roads.clusters["b"].running.stat("cluster_manager.cds.update_success") >= 2)
        assert roads.ask("lost").status in {421, 503}
        roads.app("lost", "b").asked.clear()
        answered = roads.clusters["b"].running.stat("http.peer.downstream_rq_completed")
        roads.ask("lost")
        assert until(lambda: roads.clusters["b"].running.stat("http.peer.downstream_rq_completed") > answered)
        assert roads.clusters["a"].running.stat("http.peer.downstream_rq_completed") == 0


def test_grpc_is_sent_as_cleartext_http2(tmp_path):
    """The first bytes to the app are the preface of HTTP/2, even for a caller that uses HTTP/1.1."""
    with site(tmp_path, [service("stream", endpoints=on(a=100), ports=[GRPC])], "a") as roads:
        app, seen = roads.app("stream", "a"), []
        app.serve = lambda connection: seen.append(connection.recv(24))
        caller = threading.Thread(target=roads.ask, args=("stream",))
        caller.start()
        assert until(lambda: bool(seen))
        app.close()
        caller.join(timeout=10)
        assert seen[0] == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        assert not caller.is_alive()
