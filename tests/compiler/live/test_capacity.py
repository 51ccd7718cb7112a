"""Reading a cluster: sums, the scheduler's rule for requests, paging, faults. Against the recorded API server."""

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
from sixfold_compiler.live.capacity import Capacity, Resources, allocatable, capacity_of, requests
from sixfold_compiler.model.quantities import quantity_value
from sixfold_compiler.live.contexts import find_login, logins
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


def test_allocatable_and_requested_are_added_up(api):
    found = read_capacity(api)
    assert found.allocatable == Resources(7.92, 31 << 30, 168)
    assert found.requested == Resources(1.1, (1 << 30) + (128 << 20), 2)
    assert (found.usable, found.nodes) == (2, 2)


def test_nodes_that_are_not_ready_or_cordoned_give_nothing_but_their_pods_still_ask(server, api):
    server.nodes = [node("a"), node("b", ready=False), node("c", cordoned=True), {"metadata": {}}]
    found = read_capacity(api)
    assert found.allocatable == Resources(4.0, 16 << 30, 110)
    assert (found.usable, found.nodes) == (1, 4)
    assert found.requested.pods == 2


def test_pods_that_are_on_no_node_or_have_ended_ask_for_nothing():
    assert requests(pod(node="")) is None
    assert requests(pod(phase="Succeeded")) is None
    assert requests(pod(phase="Failed")) is None
    assert requests(pod(phase="Pending")) is not None


@pytest.mark.parametrize(
    ("made", "cpu"),
    [
        (pod("1"), "1"),
        (pod("1", init=[("3", "0", False)]), "3"),  # an init container runs alone
        (pod("1", init=[("3", "0", False), ("2", "0", False)]), "3"),  # one after the other
        (pod("1", init=[("500m", "0", True)]), "1.5"),  # a sidecar runs beside
        (pod("1", init=[("1", "0", True), ("3", "0", False)]), "4"),  # an init container beside the sidecar before it
        (pod("1", init=[("3", "0", False), ("1", "0", True)]), "3"),  # and not beside the one after it
        (pod("1", overhead={"cpu": "250m"}), "1.25"),
        (pod("1", resources={"requests": {"cpu": "5"}}), "5"),  # of the pod as a whole
        (pod("1", resources={"requests": {"memory": "1Gi"}}), "1"),
    ],
)
def test_a_pod_asks_what_the_scheduler_counts(made, cpu):
    assert requests(made)["cpu"] == Decimal(cpu)


@given(
    st.integers(0, 9 * 10**8), st.sampled_from(["n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E2"])
)
def test_quantities_are_read_as_kubernetes_writes_them(number, unit):
    power = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "e3": 3, "E2": 2}
    factor = Decimal(10) ** power[unit] if unit in power else Decimal(1024) ** ("KMGT".index(unit[0]) + 1)
    assert quantity_value(f"{number}{unit}") == Decimal(number) * factor


@pytest.mark.parametrize(
    "text", ["", "x", "1x", "1e999999999", "-1", "1e99", "NaN", "Infinity", None, {}, "1 ", "9" * 40]
)
def test_what_is_no_quantity_is_refused_quickly(text):
    with pytest.raises(ValueError):
        quantity_value(text)


def test_pods_that_wait_for_a_node_or_have_ended_ask_for_nothing_of_the_cluster() -> None:
    nodes = [node("a"), node("b", ready=False)]
    pods = [pod("1", "1Gi"), pod("9", node=""), pod("9", phase="Succeeded"), pod("500m", "1Gi")]
    found = capacity_of(nodes, pods)
    assert found == Capacity(Resources(4.0, 16 << 30, 110), Resources(1.5, 2 << 30, 2), usable=1, nodes=2)
    assert found.document() == {
        "cpu": 4.0, "memory": 16 << 30, "pods": 110, "requested": {"cpu": 1.5, "memory": 2 << 30, "pods": 2},
    }  # fmt: skip


def test_a_cluster_without_nodes_has_nothing_and_one_with_a_node_of_another_shape_is_none() -> None:
    assert capacity_of([], []) == Capacity(Resources(), Resources(), 0, 0)
    with pytest.raises((ValueError, TypeError, AttributeError, KeyError)):
        capacity_of([{"status": {"conditions": 5}}], [])


def test_long_lists_come_in_pages(server, api):
    server.page = 7
    server.nodes = [node(str(number)) for number in range(50)]
    server.pods = [pod("10m") for _ in range(100)]
    found = read_capacity(api)
    assert (found.nodes, found.requested.pods, found.requested.cpu) == (50, 100, 1.0)
    asked = [query for _, path, query in server.requests if path == "/api/v1/pods"]
    assert all(query["limit"] == "250" for query in asked)
    assert len(asked) == 15


def test_a_list_that_expires_on_the_way_is_read_again_once(server, api):
    server.page = 1
    expired = {"kind": "Status", "reason": "Expired", "code": 410}
    server.faults.append(["GET", "/api/v1/pods", lambda *_: (410, expired), 1])
    assert read_capacity(api).requested.pods == 2
    server.faults.append(["GET", "/api/v1/pods", lambda *_: (410, expired), 2])
    with pytest.raises(ApiError, match="410"):
        read_capacity(api)


@pytest.mark.parametrize("action", [401, 403, 429, 500, 503, "close", "cut", "garbage"])
@pytest.mark.parametrize("path", ["/api/v1/nodes", "/api/v1/pods"])
def test_every_fault_is_one_error_and_never_a_smaller_sum(server, api, action, path):
    server.fail(action, path=path)
    with pytest.raises(ApiError) as failed:
        read_capacity(api)
    assert TOKEN not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)
    assert read_capacity(api).requested.pods == 2


def test_a_server_that_says_nothing_is_given_up(server, api, monkeypatch):
    monkeypatch.setattr(api_module, "SILENCE", 0.2)
    server.fail("slow", path="/api/v1/nodes")
    with pytest.raises(ApiError, match="does not answer in time"):
        read_capacity(api)


def test_an_answer_that_never_ends_is_given_up(server, api, monkeypatch):
    monkeypatch.setattr(api_module, "MAX_BYTES", 1000)
    server.nodes = [node(str(number)) for number in range(100)]
    with pytest.raises(ApiError, match="too long"):
        read_capacity(api)
    monkeypatch.setattr(api_module, "MAX_PAGES", 3)
    server.page, server.nodes = 1, [node("a")] * 5
    with pytest.raises(ApiError, match="no end"):
        read_capacity(api)


@pytest.mark.parametrize(
    "items",
    [[{"status": []}], [{"status": {"allocatable": {"cpu": "lots"}, "conditions": [{"type": "Ready", "status": "True"}]}}],
     [{"status": {"conditions": 5}}], {"a": 1}, None, [5, "x", None, {"spec": []}]],
)  # fmt: skip
def test_answers_of_another_shape_are_errors_or_nothing(server, api, items):
    server.faults.append(["GET", "/api/v1/nodes", lambda status, found: (status, {**found, "items": items}), 1])
    with contextlib.suppress(ApiError):
        assert read_capacity(api).allocatable == Resources()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(["status", "spec", "conditions", "type", "allocatable", "cpu", "containers", "resources",
                                          "requests", "nodeName", "initContainers", "Ready"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_hostile_objects_raise_nothing_that_is_not_caught(item):
    for read in (allocatable, requests):
        if isinstance(item, dict):
            # What `read_capacity` turns into an ApiError.
            with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
                read(item)


def test_clusters_are_read_by_name_or_server_and_those_that_fail_are_warnings(server, tmp_path):
    folder = tmp_path / "configs"
    folder.mkdir()
    server.kubeconfig(folder / "a", KEY)
    server.kubeconfig(folder / "b", "arn:aws:eks:x", token="wrong")
    (folder / ".hidden").write_text("not: [yaml")
    wanted = {KEY: "https://a.example", "prod/dc1/dc1-b": server.url + "/", "prod/dc2/dc2-a": "https://nowhere.example"}
    found = read_clusters(folder, wanted)
    assert found.document() == {
        KEY: {
            "cpu": 7.92, "memory": 31 << 30, "pods": 168,
            "requested": {"cpu": 1.1, "memory": (1 << 30) + (128 << 20), "pods": 2},
        },
        "prod/dc1/dc1-b": found.clusters[KEY].document(),
    }  # fmt: skip
    (warning,) = found.diagnostics
    assert (warning.code, warning.severity) == ("SF842", "warning")
    assert "prod/dc2/dc2-a" in warning.message


def test_a_name_wins_over_a_server(tmp_path):
    known = [Login(tmp_path, "other", "https://x"), Login(tmp_path, KEY, "https://y")]
    assert find_login(known, KEY, "https://x").context == KEY
    assert find_login(known, "prod/dc1/dc1-z", "https://x/").context == "other"
    assert find_login(known, "prod/dc1/dc1-z", "https://z") is None


def test_a_login_plugin_is_run_and_one_that_hangs_is_given_up(server, tmp_path):
    """As EKS's does, it prints an ExecCredential."""
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
    found = read_clusters(folder, {KEY: "", "prod/dc1/dc1-b": "x"}, deadline=3)
    assert set(found.clusters) == {KEY}
    assert "longer than 3 s" in found.failed["prod/dc1/dc1-b"].message


@pytest.mark.parametrize("text", ["", "[", "5", "a: !!python/object:x {}", "\x00", "- " * 50])
def test_a_file_that_is_no_kubeconfig_is_said_without_its_content(tmp_path, text):
    (tmp_path / "config").write_text(text + f"# {TOKEN}" if text else text)
    with pytest.raises(DiagnosticError) as failed:
        logins(tmp_path / "config")
    assert {one.code for one in failed.value.diagnostics} == {"SF841"}
    assert TOKEN not in str(failed.value)
    assert str(tmp_path) not in str(failed.value)


def test_a_kubeconfig_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DiagnosticError, match="SF841"):
        logins(tmp_path / "none")
    with pytest.raises(DiagnosticError, match="SF841"):
        own_cluster(tmp_path / "none")
    with pytest.raises(DiagnosticError, match="no service account"):
        own_cluster(None)


def test_without_the_client_the_extra_is_named(tmp_path):
    """In a process where the package cannot be imported."""
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


def test_importing_the_reader_loads_no_client():
    program = "import sys, sixfold_compiler.live; print(any(name.split('.')[0] == 'kubernetes' for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_registered_clusters_are_names_and_servers_and_nothing_else(server, api):
    server.secrets = [
        cluster_secret("prod-dc1-a", "https://a.example"),
        cluster_secret("prod-dc1-b", "https://b.example", **{"argocd.argoproj.io/skip-reconcile": "true"}),
        {"metadata": {"name": "other", "namespace": "argocd", "labels": {}}, "data": {"server": "aHR0cA=="}},
        {"metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster"}}, "data": {"server": "%%%", "name": "x"}},
        {"metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster"}}, "data": None},
    ]
    found = read_registered(api, "argocd")
    assert [(one.name, one.server, one.frozen) for one in found] == [
        ("prod-dc1-a", "https://a.example", False),
        ("prod-dc1-b", "https://b.example", True),
    ]
    assert TOKEN not in repr(found)


def test_a_redirect_carries_the_token_nowhere(server, api):
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
