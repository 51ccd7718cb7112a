"""Files and certificates that Envoy refuses, before and after a restart."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from datetime import timedelta

import pytest
import yaml

from tests.conformance.roads.gateway import ask, envoy, swap
from tests.conformance.roads.site import PART, host, on, services, site, spiffe, until
from tests.lib.platform_input import cluster_input, evaluate, service
from tests.support.binaries import envoy_binary

pytestmark = pytest.mark.conformance("Envoy")

SERVICES = [*services(match=on(a=50, b=50), other=on(b=100)), service("auth", "identity", endpoints=on(a=100))]
# Two tables: `playback` and `identity` are in different ones.
TABLES = 2
LIBRARY = "(import 'main.libsonnet')"
BAD = {
    "a table that is no YAML": ("routes-0.yaml", lambda text: text + "]", 404),
    "a table with a domain twice": ("routes-0.yaml", lambda text: text.replace(host("other"), host("match")), 404),
    "a table with a duration that Envoy cannot read": ("routes-0.yaml", lambda text: text.replace('"15s"', '"15"'), 404),
    "an empty table": ("routes-1.yaml", lambda _: "", 404),
    "upstreams that are no YAML": ("upstreams.yaml", lambda text: text + "]", 503),
    "an upstream with a port that does not exist": ("upstreams.yaml", lambda text: text.replace("port_value: ", "port_value: 9"), 503),
}  # fmt: skip


@pytest.fixture
def pair(tmp_path):
    with site(tmp_path, SERVICES, "ab", TABLES) as running:
        yield running


def texts_of(cluster) -> dict[str, str]:
    return {path.name: path.read_text() for path in (cluster.folder / "roads").glob("*.yaml")}


@pytest.mark.parametrize("kind", BAD)
def test_a_running_gateway_keeps_the_last_good_file_and_a_new_one_is_never_ready(pair, kind):
    cluster = pair.clusters["a"]
    name, change, status = BAD[kind]
    good = texts_of(cluster)
    assert change(good[name]) != good[name]
    failed = ("update_rejected", "update_failure")
    source = "cluster_manager.cds" if name == "upstreams.yaml" else f"http.roads.rds.{name.removesuffix('.yaml')}"
    before = sum(cluster.running.stat(f"{source}.{end}") for end in failed)
    swap(cluster.folder / "roads", {**good, name: change(good[name])})
    assert until(lambda: sum(cluster.running.stat(f"{source}.{end}") for end in failed) > before)
    assert pair.who("other") == "b"
    assert cluster.running.ready == 200
    cluster.running.process.terminate()
    cluster.running.process.wait(timeout=10)
    with envoy(cluster.folder, cluster.files, PART, cluster.settings, ready=status):
        pass


def test_a_bad_table_stops_the_changes_of_its_own_teams_alone(pair):
    cluster = pair.clusters["a"]
    other = next(name for name, text in texts_of(cluster).items() if host("auth") in text)
    renamed = {name: text.replace(host("auth"), host("login")) for name, text in texts_of(cluster).items()}
    bad = next(name for name, text in renamed.items() if host("match") in text)
    assert bad != other
    swap(cluster.folder / "roads", {**renamed, bad: "["})
    port = cluster.settings["httpPort"] + int(other.removeprefix("routes-").removesuffix(".yaml"))
    assert until(lambda: asked(port, host("login")) == 200)
    assert asked(port, host("auth")) == 421
    assert pair.who("match") in "ab"


def asked(port: int, name: str) -> int:
    return ask(port, name).status


def peer(cluster, context: ssl.SSLContext) -> str:
    """Return the beginning of the answer of a gateway's port for others to a call, or `refused`."""
    with socket.create_connection(("127.0.0.1", cluster.settings["peerPort"]), timeout=5) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="gateway") as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nx-sixfold-stop: s/playback/match/http\r\n\r\n")
                return connection.recv(12).decode()
        except (ssl.SSLError, ConnectionError):
            return "refused"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (spiffe("dc1-b"), "HTTP/1.1 200"),
        (spiffe("dc1-b").replace("/dc1/", "/dc2/"), "refused"),
        (spiffe("dc1-b").replace("/prod/", "/dev/"), "refused"),
        (spiffe("dc1-b").replace("/gateway/", "/app/"), "refused"),
        ("", "refused"),
    ],
    ids=["a gateway", "of another data center", "of another environment", "no gateway", "without a certificate"],
)
def test_only_gateways_of_the_data_center_may_call(pair, tmp_path, name, answer):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if name:
        pair.authority.write(tmp_path / "caller", name)
        context.load_cert_chain(tmp_path / "caller/tls.crt", tmp_path / "caller/tls.key")
    assert peer(pair.clusters["a"], context) == answer


def test_certificates_are_rotated_without_errors(pair):
    for letter in "ab":
        cluster = pair.clusters[letter]
        pair.authority.write(cluster.folder / "certificate", spiffe(cluster.name))
    assert {pair.who("other") for _ in range(50)} == {"b"}
    assert {pair.who("match") for _ in range(50)} == {"a", "b"}


@pytest.mark.parametrize("wrong", ["expired", "of another cluster"])
def test_calls_stay_on_the_callers_cluster_while_another_gateway_has_a_wrong_certificate(tmp_path, wrong):
    """New connections are refused; the app on the caller's cluster takes the calls, and one statistic says why."""
    with site(tmp_path, SERVICES, "ab", TABLES) as pair:
        bad, caller = pair.clusters["b"], pair.clusters["a"]
        bad.running.process.terminate()
        bad.running.process.wait(timeout=10)
        name, lasts = (
            (spiffe("dc1-b"), timedelta(hours=-1)) if wrong == "expired" else (spiffe("dc1-x"), timedelta(days=1))
        )
        pair.authority.write(bad.folder / "certificate", name, lasts)
        with envoy(bad.folder, bad.files, PART, bad.settings):
            assert {pair.who("match") for _ in range(60)} == {"a"}
            assert pair.ask("other").status == 503
            failed = "fail_verify_error" if wrong == "expired" else "fail_verify_san"
            assert caller.running.stat(f"cluster.gw/dc1-b.ssl.{failed}") > 0


def test_envoy_accepts_every_line_of_the_configuration(pair):
    """The bootstrap contains the routes and upstreams, since validation does not read watched files."""
    cluster = pair.clusters["a"]
    bootstrap = json.loads((cluster.folder / "envoy.json").read_text())
    static = bootstrap["static_resources"]
    texts = {name: yaml.load(text, yaml.CSafeLoader)["resources"] for name, text in texts_of(cluster).items()}
    static["clusters"] += [{k: v for k, v in upstream.items() if k != "@type"} for upstream in texts["upstreams.yaml"]]
    for listener in static["listeners"]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        if (rds := manager.pop("rds", None)) is not None:
            (table,) = texts[f"{rds['route_config_name']}.yaml"]
            manager["route_config"] = {k: v for k, v in table.items() if k != "@type"}
    del bootstrap["dynamic_resources"]
    path = cluster.folder / "all.json"
    path.write_text(json.dumps(bootstrap))
    command = [envoy_binary(), "--mode", "validate", "--config-path", str(path), "--disable-hot-restart"]
    command += ["--service-cluster", "test", "--service-node", "test"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "deprecated" not in done.stderr.lower()


def test_envoy_reads_every_file_and_rejects_none(pair):
    for cluster in pair.clusters.values():
        assert cluster.running.stat("cluster_manager.cds.update_success") >= 1
        for source in ("cluster_manager.cds", *(f"http.roads.rds.routes-{number}" for number in range(TABLES))):
            assert cluster.running.stat(f"{source}.update_rejected") == 0


def test_only_readiness_and_metrics_of_the_admin_interface_are_exposed(pair):
    status = pair.clusters["a"].running.status
    assert ask(status, "localhost", "/ready").status == 200
    assert ask(status, "localhost", "/livez").status == 200
    assert "envoy_cluster_upstream_rq_total" in ask(status, "localhost", "/metrics").body
    for path in ("/config_dump", "/quitquitquit", "/stats", "/ready/../config_dump", "/end", "/"):
        assert ask(status, "localhost", path).status == 404
        assert ask(status, "localhost", path, "POST").status == 404
    assert ask(status, "localhost", "/ready", "POST").status == 404
    calls = pair.clusters["a"].running.http
    assert ask(calls, "_ready", "/end").status == 200
    for path in ("/metrics", "/ready", "/config_dump", "/"):
        assert ask(calls, "_ready", path).status == 404, "pods reach no more than readiness"


def test_every_series_of_the_alerts_is_one_of_envoys(pair):
    """Each is there from the start, with the labels that the alerts select."""
    cluster = pair.clusters["a"]
    given = cluster_input([], cluster.settings)
    given["dataCenter"]["clusters"] = ["dc1-a", "dc1-b"]
    given["cluster"]["apis"] = ["monitoring.coreos.com/v1"]
    alerts = evaluate(
        f"function(input) {LIBRARY}.systems.mesh.envoy.watched(input, input.systems.mesh.envoy).alerts", given
    )
    series = {each for alert in alerts for each in re.findall(r"envoy_\w+(?=[{\[])", alert["expr"])}
    assert len(series) == 6
    metrics = ask(cluster.running.status, "localhost", "/metrics").body
    for name in sorted(series):
        assert re.search(rf"^{name}{{", metrics, re.MULTILINE), name
    assert 'envoy_cluster_outlier_detection_ejections_active{envoy_cluster_name="gw/dc1-b"}' in metrics
    assert re.search(r'^envoy_http_rds_update_rejected{.*envoy_rds_route_config="routes-0"', metrics, re.MULTILINE)
