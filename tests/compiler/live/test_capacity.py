"""Readings of a cluster from the recorded API server: sums, the scheduler's rule for requests, paging, faults."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.live import ApiError, Login, own_cluster, read_capacity, read_clusters, read_registered
from sixfold_compiler.live import api as api_module
from sixfold_compiler.live.capacity import Capacity, allocatable, capacity_of, requests
from sixfold_compiler.live.contexts import find_login, logins
from sixfold_compiler.model.quantities import Resources, quantity_value
from tests.support.apiserver import TOKEN, ApiServer, cluster_secret, node, pod

KEY = "prod/dc1/dc1-a"


@pytest.fixture
def server():
    with ApiServer() as running:
        running.nodes = [node("a"), node("b", "3920m", "15Gi", "58")]
        running.pods = [pod(), pod("1", "1Gi")]
        yield running


@pytest.fixture
def kubeconfig(server, tmp_path):
    return server.kubeconfig(tmp_path / "config", KEY)


@pytest.fixture
def api(kubeconfig):
    opened = own_cluster(kubeconfig)
    yield opened
    opened.close()


def test_allocatable_and_requested_resources_are_summed(api):
    result = read_capacity(api)
    assert result.allocatable == Resources(7920, 31 << 30, 168)
    assert result.requested == Resources(1100, (1 << 30) + (128 << 20), 2)


def test_pods_on_unready_or_cordoned_nodes_count_and_the_nodes_do_not(server, api):
    server.nodes = [node("a"), node("b", ready=False), node("c", cordoned=True), {"metadata": {}}]
    result = read_capacity(api)
    assert result.allocatable == Resources(4000, 16 << 30, 110)
    assert result.requested.pods == 2


def test_a_resource_that_a_node_does_not_name_is_not_offered():
    small = node("a")
    del small["status"]["allocatable"]["pods"]
    assert allocatable(small) == {"cpu": Decimal(4), "memory": Decimal(16 << 30), "pods": Decimal(0)}


def test_unscheduled_and_ended_pods_request_nothing():
    assert requests(pod(node="")) is None
    assert requests(pod(phase="Succeeded")) is None
    assert requests(pod(phase="Failed")) is None
    assert requests(pod(phase="Pending")) is not None


@pytest.mark.parametrize(
    ("pod_object", "cpu"),
    [
        (pod("1"), "1"),
        (pod("1", init=[("3", "0", False)]), "3"),  # an init container runs alone
        (pod("1", init=[("3", "0", False), ("2", "0", False)]), "3"),  # one after the other
        (pod("1", init=[("500m", "0", True)]), "1.5"),  # a sidecar runs beside
        (pod("1", init=[("1", "0", True), ("3", "0", False)]), "4"),  # an init container beside the sidecar before it
        (pod("1", init=[("3", "0", False), ("1", "0", True)]), "3"),  # and not beside the one after it
        (pod("1", overhead={"cpu": "250m"}), "1.25"),
        (pod("1", resources={"requests": {"cpu": "5"}}), "5"),  # of the pod instead of its containers
        (pod("1", resources={"requests": {"memory": "1Gi"}}), "1"),
    ],
)
def test_requests_of_a_pod_are_those_of_the_scheduler(pod_object, cpu):
    assert requests(pod_object)["cpu"] == Decimal(cpu)


@given(
    st.integers(0, 9 * 10**8),
    st.sampled_from(["n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E2"]),
)
def test_quantities_are_read_as_kubernetes_writes_them(number, unit):
    power = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "e3": 3, "E2": 2}
    factor = Decimal(10) ** power[unit] if unit in power else Decimal(1024) ** ("KMGT".index(unit[0]) + 1)
    assert quantity_value(f"{number}{unit}") == Decimal(number) * factor


@pytest.mark.parametrize(
    "text", ["", "x", "1x", "1e999999999", "-1", "1e99", "NaN", "Infinity", None, {}, "1 ", "9" * 40]
)
def test_invalid_quantities_are_rejected_quickly(text):
    with pytest.raises(ValueError):
        quantity_value(text)


def test_unscheduled_and_ended_pods_do_not_count_for_the_cluster() -> None:
    nodes = [node("a"), node("b", ready=False)]
    pods = [pod("1", "1Gi"), pod("9", node=""), pod("9", phase="Succeeded"), pod("500m", "1Gi")]
    result = capacity_of(nodes, pods)
    assert result == Capacity(Resources(4000, 16 << 30, 110), Resources(1500, 2 << 30, 2))


def test_a_cluster_without_nodes_has_no_capacity_and_a_malformed_node_is_an_error() -> None:
    assert capacity_of([], []) == Capacity(Resources(), Resources())
    with pytest.raises((ValueError, TypeError, AttributeError, KeyError)):
        capacity_of([{"status": {"conditions": 5}}], [])


def test_long_lists_are_read_in_pages(server, api):
    server.page = 7
    server.nodes = [node(str(number)) for number in range(50)]
    server.pods = [pod("10m") for _ in range(100)]
    result = read_capacity(api)
    assert (result.allocatable.pods, result.requested.pods, result.requested.cpu) == (50 * 110, 100, 1000)
    asked = [query for _, path, query in server.requests if path == "/api/v1/pods"]
    assert all(query["limit"] == "250" for query in asked)
    assert len(asked) == 15


def test_a_list_that_expires_between_pages_is_read_once_more(server, api):
    server.page = 1
    expired = {"kind": "Status", "reason": "Expired", "code": 410}
    server.faults.append(["GET", "/api/v1/pods", lambda *_: (410, expired), 1])
    assert read_capacity(api).requested.pods == 2
    server.faults.append(["GET", "/api/v1/pods", lambda *_: (410, expired), 2])
    with pytest.raises(ApiError, match="410"):
        read_capacity(api)


@pytest.mark.parametrize("action", [401, 403, 429, 500, 503, "close", "cut", "garbage"])
@pytest.mark.parametrize("path", ["/api/v1/nodes", "/api/v1/pods"])
def test_every_fault_is_an_error_and_never_a_partial_sum(server, api, action, path):
    server.fail(action, path=path)
    with pytest.raises(ApiError) as failed:
        read_capacity(api)
    assert TOKEN not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)
    assert read_capacity(api).requested.pods == 2


def test_a_silent_server_times_out(server, api, monkeypatch):
    monkeypatch.setattr(api_module, "SILENCE", 0.2)
    server.fail("slow", path="/api/v1/nodes")
    with pytest.raises(ApiError, match="does not answer in time"):
        read_capacity(api)


def test_endless_answers_and_lists_are_errors(server, api, monkeypatch):
    monkeypatch.setattr(api_module, "MAX_BYTES", 1000)
    server.nodes = [node(str(number)) for number in range(100)]
    with pytest.raises(ApiError, match="too long"):
        read_capacity(api)
    monkeypatch.setattr(api_module, "MAX_PAGES", 3)
    server.page, server.nodes = 1, [node("a")] * 5
    with pytest.raises(ApiError, match="no end"):
        read_capacity(api)


NODE = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    "items",
    [
        [{"status": {"allocatable": {"cpu": "lots"}, "conditions": [NODE]}}],
        [{"status": {"conditions": 5}}],
        [{"status": {"conditions": ["Ready"]}}],
        [{"status": "Ready"}],
        {"a": 1},
    ],
    ids=str,
)
def test_answers_of_another_shape_are_errors(server, api, items):
    server.faults.append(["GET", "/api/v1/nodes", lambda status, answer: (status, {**answer, "items": items}), 1])
    with pytest.raises(ApiError):
        read_capacity(api)


@pytest.mark.parametrize("items", [[{"status": []}], None, [5, "x", None, {"spec": []}]], ids=str)
def test_answers_without_a_ready_node_have_no_capacity(server, api, items):
    server.faults.append(["GET", "/api/v1/nodes", lambda status, answer: (status, {**answer, "items": items}), 1])
    assert read_capacity(api).allocatable == Resources()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(["status", "spec", "conditions", "type", "allocatable", "cpu", "containers", "resources",
                                          "requests", "nodeName", "initContainers", "Ready"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_hostile_objects_raise_only_the_documented_errors(item):
    for read in (allocatable, requests):
        if isinstance(item, dict):
            # `read_capacity` reports these as an ApiError.
            with contextlib.suppress(ValueError, TypeError):
                read(item)


def test_clusters_are_read_by_name_or_server_and_failures_are_warnings(server, tmp_path):
    folder = tmp_path / "configs"
    folder.mkdir()
    server.kubeconfig(folder / "a", KEY)
    server.kubeconfig(folder / "b", "arn:aws:eks:x", token="wrong")
    (folder / ".hidden").write_text("not: [yaml")
    wanted = {KEY: "https://a.example", "prod/dc1/dc1-b": server.url + "/", "prod/dc2/dc2-a": "https://nowhere.example"}
    result = read_clusters(folder, wanted)
    read = Capacity(Resources(7920, 31 << 30, 168), Resources(1100, (1 << 30) + (128 << 20), 2))
    assert result.clusters == {KEY: read, "prod/dc1/dc1-b": read}
    (warning,) = result.diagnostics
    assert (warning.code, warning.severity) == ("SF842", "warning")
    assert "prod/dc2/dc2-a" in warning.message


def test_the_name_of_a_context_precedes_its_server(tmp_path):
    known = [Login(tmp_path, "other", "https://x"), Login(tmp_path, KEY, "https://y")]
    assert find_login(known, KEY, "https://x").context == KEY
    assert find_login(known, "prod/dc1/dc1-z", "https://x/").context == "other"
    assert find_login(known, "prod/dc1/dc1-z", "https://z") is None


def test_login_plugins_run_and_one_that_hangs_times_out(server, tmp_path):
    """The plugin prints an ExecCredential, like that of EKS."""
    kind = {"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}
    credential = json.dumps({**kind, "status": {"token": TOKEN}})
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": sys.executable,
        "interactiveMode": "Never",
    }
    works = {**plugin, "args": ["-c", f"print('{credential}')"]}
    hangs = {**plugin, "args": ["-c", "import time; time.sleep(5)"]}
    folder = tmp_path / "configs"
    folder.mkdir()
    server.kubeconfig(folder / "works", KEY, exec_=works)
    server.kubeconfig(folder / "hangs", "prod/dc1/dc1-b", exec_=hangs)
    result = read_clusters(folder, {KEY: "", "prod/dc1/dc1-b": "x"}, deadline=3)
    assert set(result.clusters) == {KEY}
    assert "longer than 3 s" in result.failed["prod/dc1/dc1-b"].message


@pytest.mark.parametrize("text", ["", "[", "5", "a: !!python/object:x {}", "\x00", "- " * 50])
def test_an_invalid_kubeconfig_is_reported_without_its_content(tmp_path, text):
    (tmp_path / "config").write_text(text + f"# {TOKEN}" if text else text)
    with pytest.raises(DiagnosticError) as failed:
        logins(tmp_path / "config")
    assert {item.code for item in failed.value.diagnostics} == {"SF841"}
    assert TOKEN not in str(failed.value)
    assert str(tmp_path) not in str(failed.value)


def test_a_missing_kubeconfig_is_reported(tmp_path):
    with pytest.raises(DiagnosticError, match="SF841"):
        logins(tmp_path / "none")
    with pytest.raises(DiagnosticError, match="SF841"):
        own_cluster(tmp_path / "none")
    with pytest.raises(DiagnosticError, match="no service account"):
        own_cluster(None)


def test_a_missing_client_names_the_extra_to_install(tmp_path):
    """The test runs in a process that cannot import the package."""
    program = """
import sys
sys.modules["kubernetes"] = None
from pathlib import Path
from sixfold_compiler.diagnostics.diagnostic import DiagnosticError
from sixfold_compiler.live import read_clusters
try:
    read_clusters(Path("x"), {})
except DiagnosticError as error:
    print(error.diagnostics[0].code, error.diagnostics[0].help)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("SF840 ")
    assert "sixfold[live]" in done.stdout


def test_importing_the_reader_does_not_import_the_client():
    program = (
        "import sys, sixfold_compiler.live; print(any(name.split('.')[0] == 'kubernetes' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_registered_clusters_have_names_and_servers_without_credentials(server, api):
    server.secrets = [
        cluster_secret("prod-dc1-a", "https://a.example"),
        cluster_secret("prod-dc1-b", "https://b.example", **{"argocd.argoproj.io/skip-reconcile": "true"}),
        {"metadata": {"name": "other", "namespace": "argocd", "labels": {}}, "data": {"server": "aHR0cA=="}},
        {"metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster"}}, "data": {"server": "%%%", "name": "x"}},
        {"metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster"}}, "data": None},
    ]
    result = read_registered(api, "argocd")
    assert [(item.name, item.server, item.frozen) for item in result] == [
        ("prod-dc1-a", "https://a.example", False),
        ("prod-dc1-b", "https://b.example", True),
    ]
    assert TOKEN not in repr(result)


def test_redirects_are_not_followed_with_the_token(server, api):
    with ApiServer() as other:
        server.fail(other.url, path="/api/v1/nodes")
        with pytest.raises(ApiError):
            read_capacity(api)
        assert other.requests == []


def test_a_thousand_nodes_and_five_thousand_pods_are_read(server, api):
    """The figure is printed, not asserted."""
    server.nodes = [node(str(number)) for number in range(1000)]
    server.pods = [pod() for _ in range(5000)]
    start = time.process_time()
    assert read_capacity(api).requested.pods == 5000
    print(f"CPU seconds of both sides: {time.process_time() - start:.2f}")
