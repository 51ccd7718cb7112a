"""Readings of many clusters at once: each cluster has a capacity or a warning that says why not."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.live import own_cluster, read_capacity, read_clusters, read_registered
from sixfold_compiler.live import readings as readings_module
from tests.support.apiserver import ApiServer, cluster_secret, node, pod

KEYS = [f"prod/dc1/dc1-{letter}" for letter in "abcdefghijkl"]


@pytest.fixture
def server():
    with ApiServer() as running:
        running.nodes, running.pods = [node("a")], [pod(), pod(phase="Succeeded"), pod(phase="Failed")]
        yield running


def test_every_cluster_is_read_whether_its_threads_are_fewer_or_more(server, tmp_path, monkeypatch) -> None:
    path = server.kubeconfig(tmp_path / "config", *KEYS)
    for threads in (1, 3, len(KEYS)):
        monkeypatch.setattr(readings_module, "AT_ONCE", threads)
        result = read_clusters(path, dict.fromkeys(KEYS, ""))
        assert sorted(result.clusters) == KEYS
        assert result.diagnostics == ()


def test_a_cluster_without_a_context_is_reported_at_once(server, tmp_path) -> None:
    path = server.kubeconfig(tmp_path / "config", KEYS[0])
    result = read_clusters(path, {KEYS[0]: "", KEYS[2]: "https://c", KEYS[1]: "https://b"}, deadline=5)
    assert list(result.clusters) == [KEYS[0]]
    assert [d.message for d in result.diagnostics] == [
        f"cluster {key} cannot be read: no context has its name or its server" for key in KEYS[1:3]
    ]
    assert {(d.code, d.severity) for d in result.diagnostics} == {("SF842", "warning")}


@pytest.mark.parametrize(
    ("status", "items", "words"),
    [(403, None, "HTTP 403 (no reason given)"), (200, [{"status": 5}], "the answer of its API server is not valid")],
)
def test_a_cluster_that_answers_wrongly_is_reported(server, tmp_path, status, items, words) -> None:
    path = server.kubeconfig(tmp_path / "config", KEYS[0])
    server.fail(lambda _, answer: (status, {**answer, "items": items}), path="/api/v1/nodes")
    (problem,) = read_clusters(path, {KEYS[0]: ""}).diagnostics
    assert problem.message == f"cluster {KEYS[0]} cannot be read: {words}"


def test_a_context_that_is_not_valid_is_reported_with_its_name(server, tmp_path) -> None:
    path = server.kubeconfig(tmp_path / "config", KEYS[0])
    path.write_text(path.read_text().replace('{"cluster": "c"', '{"cluster": "none"'))
    (problem,) = read_clusters(path, {KEYS[0]: ""}).diagnostics
    assert f"its context {KEYS[0]} is not valid" in problem.message


def test_after_the_deadline_no_cluster_is_asked(server, tmp_path) -> None:
    path = server.kubeconfig(tmp_path / "config", KEYS[0])
    (problem,) = read_clusters(path, {KEYS[0]: ""}, deadline=0).diagnostics
    assert problem.message.endswith("reading it took longer than 0 seconds")
    assert server.requests == []


def test_a_kubeconfig_that_cannot_be_used_is_an_error(tmp_path) -> None:
    with pytest.raises(DiagnosticError, match="SF841"):
        read_clusters(tmp_path / "none", {})


@pytest.mark.parametrize(("status", "capacities"), [(410, 1), (409, 0), (411, 0)])
def test_a_list_that_expired_is_read_once_more(server, tmp_path, status, capacities) -> None:
    path = server.kubeconfig(tmp_path / "config", KEYS[0])
    server.fail(lambda *_: (status, {"kind": "Status"}), path="/api/v1/pods")
    assert len(read_clusters(path, {KEYS[0]: ""}).clusters) == capacities


def test_the_api_server_is_asked_for_running_pods_and_secrets_of_clusters_alone(server, tmp_path) -> None:
    api = own_cluster(server.kubeconfig(tmp_path / "config"))
    assert read_capacity(api).requested.pods == 1
    assert server.requests[-1][2]["fieldSelector"] == "status.phase!=Succeeded,status.phase!=Failed"
    server.secrets = [cluster_secret(name, f"https://{name}.example") for name in "ba"]
    assert [cluster.name for cluster in read_registered(api, "argocd")] == ["a", "b"]
    assert server.requests[-1][2]["limit"] == "100"
    api.close()
