"""The running service with its state in ConfigMaps and with live clusters: real gunicorn, recorded API server.

The recorded API server is no kube-apiserver (see `tests/support/apiserver.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_generator.live.file import FILE, read
from sixfold_generator.state.folder import State
from tests.profiles import examples
from tests.support.apiserver import TOKEN as API_TOKEN
from tests.support.apiserver import ApiServer, cluster_secret, node, pod
from tests.support.generator import ROOT, TOKEN, Generator, status
from tests.support.trees import Spec

KEY = "prod/dc1/dc1-a"
ASKS = [{"environment": "prod"}, {"environment": "prod", "dataCenter": "dc1"}, {"team": "ads", "environment": "prod"}]


def environ(recorded):
    return {"SIXFOLD_STATE_CONFIGMAP": recorded.configmap, "SIXFOLD_KUBECONFIG": str(recorded.kubeconfig)}


def answers(generator):
    return [generator.ask(ask).body for ask in ASKS]


def test_a_new_pod_with_an_empty_folder_serves_the_adopted_list_again(recorded, tmp_path):
    tree = Spec().write(tmp_path / "tree")
    with Generator(tree, tmp_path / "old", environ(recorded)) as generator:
        before = answers(generator.ready())
        assert generator.metric("sixfold_generator_state_persisted") == 1
    (tree / "inventory.json").unlink()  # git is unavailable as well
    with Generator(tree, tmp_path / "new", environ(recorded)) as generator:
        generator.until(lambda: generator.ask(ASKS[0]).status == 200, "an answer")
        assert answers(generator) == before
    shrunk = Spec()
    shrunk.remove_team("ads", KEY)
    shrunk.write(tree)
    with Generator(tree, tmp_path / "third", environ(recorded)) as generator:
        generator.until(lambda: "ads" in status(generator)["held"], "the hold")
        assert generator.ask(ASKS[0]).names == json_names(before[0])


def json_names(body):
    return [entry["name"] for entry in json.loads(body)["output"]["parameters"]]


def test_the_service_recovers_from_an_api_server_that_is_away_at_the_start(tmp_path):
    tree = Spec().write(tmp_path / "tree")
    with ApiServer() as server:
        port = server._port
        kubeconfig = server.kubeconfig(tmp_path / "kubeconfig")
    settings = {"SIXFOLD_STATE_CONFIGMAP": "argocd/sixfold-state", "SIXFOLD_KUBECONFIG": str(kubeconfig)}
    with Generator(tree, tmp_path / "pod", settings) as generator:
        generator.until(lambda: b"SF845" in generator.admin("/readyz").body, "the reason")
        assert generator.admin("/readyz").status == 503
        reply = generator.ask(ASKS[0])
        assert (reply.status, set(reply.json)) == (503, {"message"})
        assert generator.admin("/livez").status == 200
        with ApiServer(port) as server:
            generator.ready()
            before = answers(generator)
            assert len(json_names(before[0])) > 1
            generator.until(lambda: status(generator)["status"] == "ready", "health")
        # Unavailable again: the adopted state is served from memory, degraded.
        generator.until(lambda: generator.metric("sixfold_generator_state_persisted") == 0, "the metric")
        document = status(generator)
        assert document["status"] == "degraded"
        assert "SF845" in " ".join(document["reasons"])
        assert answers(generator) == before
        with ApiServer(port) as server:
            server.configmaps = {}
            generator.until(lambda: status(generator)["status"] == "ready", "health")
            assert any(name == "sixfold-state" for _, name in server.configmaps), "it was persisted again"


def test_no_request_asks_the_api_server(recorded, tmp_path):
    tree = Spec().write(tmp_path / "tree")
    settings = {**environ(recorded), "SIXFOLD_RETRY_SECONDS": "3600", "SIXFOLD_POLL_SECONDS": "3600"}
    with Generator(
        tree, tmp_path / "pod", settings, workers=1
    ) as generator:  # a second worker would read the clusters itself
        generator.ready()
        generator.until(lambda: generator.lines("adoption"), "the end of the adoption")
        asked = len(recorded.server.requests)
        for _ in range(20):
            answers(generator)
            generator.admin("/readyz")
            generator.admin("/metrics")
        assert len(recorded.server.requests) == asked


def test_an_old_and_a_new_pod_agree_on_what_is_adopted(recorded, tmp_path):
    """The tree of the old pod is older; the pod still serves what the new pod adopted, and does not revert it."""
    old = Spec().write(tmp_path / "old tree")
    spec = Spec()
    spec.where[KEY]["identity"][1]["auth"] = "# auth 2\n"
    spec.cells = {"identity": ["prod/dc3"]}
    new = spec.write(tmp_path / "new tree")
    with Generator(old, tmp_path / "old", environ(recorded)) as first:
        first.ready()
        with Generator(new, tmp_path / "new", environ(recorded)) as second:
            second.adopted(2)
            first.adopted(2)
            assert status(first)["sequence"] == status(second)["sequence"] == 2
            assert answers(first) == answers(second)


@pytest.fixture
def live(recorded, tmp_path):
    """Start a service that reads one live cluster and Argo CD's Secrets."""
    server = recorded.server
    server.nodes, server.pods = [node("a"), node("b")], [pod("1500m", "1Gi")]
    server.secrets = [
        cluster_secret("prod-dc1-a", "https://prod-dc1-a.example.com"),
        cluster_secret("prod-dc1-b", "https://prod-dc1-b.example.com"),
        cluster_secret("prod-dc1-c", "https://other.example.com"),
    ]
    folder = tmp_path / "logins"
    folder.mkdir()
    server.kubeconfig(folder / "a", KEY)
    settings = {
        "SIXFOLD_KUBECONFIG": str(recorded.kubeconfig),
        "SIXFOLD_LIVE_KUBECONFIG": str(folder),
        "SIXFOLD_LIVE_ARGOCD": "argocd/ap-south-1",
        "SIXFOLD_LIVE_SECONDS": "5",
    }
    with Generator(Spec().write(tmp_path / "tree"), tmp_path / "pod", settings) as generator:
        yield generator.ready()


def test_live_clusters_are_metrics_and_reasons_without_secrets(live, recorded):
    metric = "sixfold_generator_cluster_"
    live.until(lambda: live.metric(f'{metric}allocatable{{cluster="{KEY}",resource="cpu"}}') == 8, "the reading")
    assert live.metric(f'{metric}requested{{cluster="{KEY}",resource="cpu"}}') == 1.5
    assert live.metric(f'{metric}requested{{cluster="{KEY}",resource="pods"}}') == 1
    registered = {
        key: live.metric(f'{metric}registered{{cluster="prod/dc1/{key}"}}') for key in ("dc1-a", "dc1-b", "dc1-c")
    }
    assert registered == {"dc1-a": 1, "dc1-b": 1, "dc1-c": 0}
    assert live.metric(f'{metric}reading_failures_total{{cluster="prod/dc2/dc2-a"}}') >= 1
    ready = live.admin("/readyz")
    assert (ready.status, ready.json["status"]) == (200, "degraded")
    assert any("prod/dc1/dc1-c is registered in Argo CD under another server" in text for text in ready.json["reasons"])
    assert any("staging/dc1/dc1-s is not registered" in text for text in ready.json["reasons"])
    assert not any("dc2" in text and "SF843" in text for text in ready.json["reasons"]), "another Argo CD has those"
    live.until(lambda: live.lines("live"), "the log line")
    shown = live.log.read_text() + live.errors.read_text() + live.admin("/metrics").body.decode() + ready.body.decode()
    shown += "".join(path.read_text(errors="replace") for path in live.state.rglob("*") if path.is_file())
    assert API_TOKEN not in shown
    assert TOKEN not in shown


HOSTILE = [
    None, b"", b"{", b"null", b"[" * 100_000, b"\xff" * 1000,
    json.dumps({"at": {"boot": "x", "seconds": 1}, "clusters": {KEY: {}}, "registration": {}}).encode(),
    json.dumps({
        "at": {"boot": "", "seconds": 1},
        "clusters": {
            KEY: {
                "allocatable": {"cpu": 0, "memory": 0, "pods": 0}, "requested": {"cpu": 0, "memory": 0, "pods": 0},
                "at": None, "failures": 9, "failing": 9, "why": "{{evil}}",
            },
        },
        "registration": {"clusters": {KEY: "no", "x": "no"}, "at": None, "failing": 9, "why": "gone"},
    }).encode(),
]  # fmt: skip


def test_no_live_reading_changes_an_answer(live, recorded):
    """Answers, headers and revision stay the same with absent, failing, hostile, unregistered and empty clusters."""
    live.until(lambda: live.lines("live"), "a reading")
    before = answers(live)
    for content in HOSTILE:
        path = live.state / FILE
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        assert answers(live) == before
        assert live.admin("/metrics").status == 200
        assert live.admin("/readyz").status == 200
    for action in (500, "garbage", "cut", 403):
        recorded.server.faults.clear()
        recorded.server.fail(action, times=1000)
        rounds = len(live.lines("live"))
        (live.state / FILE).unlink(missing_ok=True)
        live.until(lambda rounds=rounds: len(live.lines("live")) > rounds, "another round")
        assert answers(live) == before
        assert live.admin("/readyz").status == 200
    recorded.server.faults.clear()
    recorded.server.nodes = recorded.server.pods = recorded.server.secrets = []
    rounds = len(live.lines("live"))
    live.until(lambda: len(live.lines("live")) > rounds, "another round")
    assert answers(live) == before


@examples(100)
@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["at", "clusters", "registration", "boot", "seconds", KEY]), inner, max_size=4), max_leaves=12,
).map(lambda document: json.dumps(document).encode()))  # fmt: skip
def test_no_content_of_the_record_changes_an_answer(in_process, content):
    """The property holds for the application in one process, with any record."""
    client, state, before = in_process
    (state / FILE).write_bytes(content)
    assert ask(client) == before
    assert client.get("/metrics", environ_overrides={"SERVER_PORT": "8081"}).status_code == 200
    assert client.get("/readyz", environ_overrides={"SERVER_PORT": "8081"}).status_code == 200


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    from datetime import date

    from sixfold_generator import Settings, create_app
    from sixfold_generator.adoption.run import run

    folder = tmp_path_factory.mktemp("service")
    run(Spec().write(folder / "tree"), folder / "state", today=date(2026, 11, 24))
    (folder / "token").write_text(TOKEN)
    settings = Settings(
        token_files=(folder / "token",), tree=folder / "tree", state=folder / "state", live_argocd="argocd/ap-south-1"
    )
    client = create_app(settings).test_client()
    return client, folder / "state", ask(client)


def ask(client):
    replies = [
        client.post(
            "/api/v1/getparams.execute",
            json={"applicationSetName": "x", "input": {"parameters": parameters}},
            headers={"Authorization": f"Bearer {TOKEN}"},
            environ_overrides={"SERVER_PORT": "8080"},
        )
        for parameters in ASKS
    ]
    assert {reply.status_code for reply in replies} == {200}
    return [(reply.data, sorted(reply.headers.items())) for reply in replies]


def test_a_round_ends_at_its_deadline_when_a_login_plugin_hangs(recorded, tmp_path):
    from datetime import date

    from sixfold_generator.adoption.run import run

    run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=date(2026, 11, 24))
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": sys.executable,
        "args": ["-c", "import time; time.sleep(20)"],
        "interactiveMode": "Never",
    }
    config = recorded.server.kubeconfig(tmp_path / "hangs", KEY, exec_=plugin)
    command = [sys.executable, "-m", "sixfold_generator.live", "--state", tmp_path / "state", "--clusters", config]
    done = subprocess.run(
        [*command, "--deadline", "1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=15,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"event": "live", "clusters": 8, "failing": 8, "unregistered": 0}


def test_workers_and_adopters_on_a_volume_never_load_the_client():
    program = "import sys, sixfold_generator.web.app, sixfold_generator.adoption.run; print([m for m in sys.modules if m.startswith('kubernetes')])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_api_server_that_sends_more_than_the_pod_can_hold_fails_alone(recorded, tmp_path):
    """A page of 30 MB of tiny JSON values needs many times that when parsed, so the reader reaches its own limit."""
    from datetime import date

    from sixfold_generator.adoption.run import run

    run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=date(2026, 11, 24))
    bomb = {"items": [{"x": [[]] * 6_000_000}]}
    recorded.server.faults.append(["GET", "/api/v1/nodes", lambda status, _: (status, bomb), 99])
    config = recorded.server.kubeconfig(tmp_path / "login", KEY)
    command = [sys.executable, "-m", "sixfold_generator.live", "--state", tmp_path / "state", "--clusters", config]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    assert done.returncode == 0
    reading = read(tmp_path / "state").clusters[KEY]
    assert (reading.allocatable, reading.requested, reading.failing) == (None, None, 1)
    assert "MemoryError" in reading.why


def test_by_default_no_live_reader_runs_and_no_live_metric_exists(tmp_path):
    with Generator(Spec().write(tmp_path / "tree"), tmp_path / "pod") as generator:
        generator.ready()
        text = generator.admin("/metrics").body.decode()
        assert "sixfold_generator_cluster_" not in text
        assert "state_persisted" not in text
        assert not (State(generator.state).folder / "live.lock").exists()
