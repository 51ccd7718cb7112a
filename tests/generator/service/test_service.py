"""The running service: consistent workers, token rotation, logs, metrics of all workers, workers that die."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from sixfold_generator.service.health import OPEN
from tests.support.generator import PATH, ROOT, TOKEN, Generator, Reply, status
from tests.support.hostile import HostileFolder
from tests.support.ports import free_ports
from tests.support.trees import GitTree, Spec


@pytest.fixture(scope="module")
def git(tmp_path_factory):
    tree = GitTree(tmp_path_factory.mktemp("git") / "git")
    tree.commit(Spec())
    return tree


@pytest.fixture(scope="module")
def shared(git, tmp_path_factory):
    """Start a service for tests that do not change it."""
    with Generator(git.link, tmp_path_factory.mktemp("run") / "run") as generator:
        yield generator.ready()


def test_all_workers_answer_from_the_new_snapshot_as_soon_as_one_does(tmp_path):
    """Every request checks the pointer, so no old answer follows the first new one."""
    git, spec = GitTree(tmp_path / "git"), Spec()
    commits = [git.commit(spec)]
    with Generator(git.link, tmp_path / "run", workers=2) as generator:
        generator.ready()
        for number in range(3):
            spec.where["prod/dc1/dc1-a"]["ads"][1]["ads"] = f"# {number}\n"
            commits.append(git.commit(spec))
            seen = []
            end = time.monotonic() + 10
            while time.monotonic() < end and seen[-20:] != [commits[-1]] * 20:
                (entry,) = generator.ask({"team": "ads", "cluster": "dc1-a"}).sets
                seen.append(entry["revision"])
            assert seen[-1] == commits[-1]
            assert seen == sorted(seen, key=commits.index), "an answer went back to an older commit"
        assert len(generator.worker_ids()) == 2


def test_tokens_rotate_while_requests_run(git, tmp_path):
    """The rotation has both tokens, then the new one alone. No request with a current token is rejected."""
    old, new = "the-old-token-of-the-test", "the-new-token-of-the-test"
    second = tmp_path / "second"
    files = f"{tmp_path / 'run' / 'token'}:{second}"
    with Generator(git.link, tmp_path / "run", environ={"SIXFOLD_TOKEN_FILES": files}, token=old) as generator:
        generator.ready()
        token, statuses, stop = [old], [], threading.Event()

        def ask():
            connection = http.client.HTTPConnection("127.0.0.1", generator.port, timeout=60)
            while not stop.is_set():
                connection.request(
                    "POST", PATH, b'{"applicationSetName":"a","input":{}}', {"Authorization": f"Bearer {token[0]}"}
                )
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        replace(second, new)
        time.sleep(0.3)
        token[0] = new
        time.sleep(0.3)
        replace(generator.token_file, new)
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        assert set(statuses) == {200}
        assert len(statuses) > 50
        assert generator.ask({}, token=old).status == 401
        output = generator.log.read_text() + generator.errors.read_text()
        assert old not in output
        assert new not in output


def replace(path, text):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def test_a_log_line_has_the_query_and_no_secret(shared):
    shared.ask({"team": ["ads", "playback"], "environment": "prod"}, name="log-test")
    shared.ask({"team": "wrong"}, name="log-\x1b[31m\n" + "x" * 500)
    shared.ask({}, token="a-wrong-token-in-the-log-test")
    lines = shared.until(lambda: ours(shared, 3))
    good, bad, refused = lines[-3:]
    assert good["outcome"] == "ok"
    assert good["application_set"] == "log-test"
    assert good["params"] == {"unit": "namespace", "team": ["ads", "playback"], "environment": ["prod"]}
    assert (good["sets"], good["status"], good["level"]) == (9, 200, "info")
    assert re.fullmatch(r"[0-9a-f]{40}", good["revision"])
    assert good["bytes"] > 1000
    assert good["duration_ms"] >= 0
    assert (bad["outcome"], bad["message"]) == ("unknown-name", 'unknown team "wrong"')
    assert len(bad["application_set"]) < 80
    assert bad["application_set"].isprintable()
    assert (refused["outcome"], refused["status"]) == ("unauthorized", 401)
    assert "params" not in refused
    text = shared.log.read_text()
    assert TOKEN not in text
    assert "a-wrong-token" not in text
    assert '"parameters"' not in text


def ours(shared, count):
    lines = shared.lines()
    numbers = [n for n, line in enumerate(lines) if line.get("application_set") == "log-test"]
    return lines if numbers and len(lines) >= numbers[-1] + count else None


def test_one_line_for_each_request_on_stdout_and_nothing_on_stderr(shared):
    before = len(shared.lines())
    for _ in range(20):
        shared.ask({"team": "ads"})
    shared.admin("/livez")
    shared.until(lambda: len(shared.lines()) >= before + 20)
    assert len(shared.lines()) == before + 20
    assert shared.errors.read_text() == ""


def test_metrics_add_up_across_workers(shared):
    """The counters of any worker include the requests of all workers."""
    name = "sixfold_generator_"
    before = {
        outcome: shared.metric(f'{name}requests_total{{outcome="{outcome}"}}') for outcome in ("ok", "unknown-name")
    }
    failures = shared.metric(f"{name}authentication_failures_total")
    for number in range(40):
        shared.ask({"team": "ads"}, name="metrics-test")
        shared.ask({"team": "wrong"})
        shared.ask({}, token=f"wrong-{number}")
    for _ in range(10):
        assert shared.metric(f'{name}requests_total{{outcome="ok"}}') == before["ok"] + 40
        assert shared.metric(f'{name}requests_total{{outcome="unknown-name"}}') == before["unknown-name"] + 40
        assert shared.metric(f"{name}authentication_failures_total") == failures + 40
        assert shared.metric(f'{name}parameter_sets{{application_set="metrics-test"}}') == 4
    assert shared.metric(f"{name}request_seconds_count") >= 120
    assert shared.metric(f'{name}adopted_sets{{unit="namespace"}}') == 20


def test_a_flood_of_names_does_not_become_a_flood_of_series(git, tmp_path):
    with Generator(git.link, tmp_path / "run", workers=1) as generator:
        generator.ready()
        connection = http.client.HTTPConnection("127.0.0.1", generator.port, timeout=60)
        for number in range(520):
            body = json.dumps({"applicationSetName": f"set-{number}", "input": {"parameters": {"team": "ads"}}})
            connection.request("POST", PATH, body, {"Authorization": f"Bearer {TOKEN}"})
            connection.getresponse().read()
        connection.close()
        generator.ask({}, name="Not A Name")
        text = generator.admin("/metrics").body.decode()
        assert text.count("sixfold_generator_parameter_sets{") <= 502
        assert 'application_set="other"' in text


def test_counters_survive_the_replacement_of_a_worker(git, tmp_path):
    """A worker that has reached its maximum of requests is replaced; its counts stay, and it counts as no death."""
    environ = {"SIXFOLD_MAX_REQUESTS": "10"}
    with Generator(git.link, tmp_path / "run", environ=environ, workers=1) as generator:
        generator.ready()
        first = generator.worker_ids()
        asked = 0
        end = time.monotonic() + 60
        while generator.worker_ids() == first:
            assert time.monotonic() < end
            assert generator.ask({}).status == 200
            asked += 1
            time.sleep(0.05)
        generator.ready()
        generator.until(lambda: generator.metric('sixfold_generator_requests_total{outcome="ok"}') >= asked)
        assert generator.metric('sixfold_generator_requests_total{outcome="ok"}') == asked
        assert generator.metric("sixfold_generator_worker_deaths_total") == 0


def test_a_killed_worker_is_replaced_and_counted(git, tmp_path):
    with Generator(git.link, tmp_path / "run", workers=2) as generator:
        before = generator.ready().ask({}).body
        generator.until(lambda: len(generator.worker_ids()) == 2)
        victim = generator.worker_ids()[0]
        os.kill(victim, signal.SIGKILL)
        generator.until(lambda: victim not in generator.worker_ids() and len(generator.worker_ids()) == 2)
        generator.until(lambda: generator.metric("sixfold_generator_worker_deaths_total") == 1)
        assert generator.ask({}).body == before


def test_the_admin_pages_are_served(shared):
    assert shared.admin("/livez").json == {"status": "live"}
    assert shared.admin("/readyz").json == {"status": "ready", "reasons": [], "notes": [OPEN]}
    document = status(shared)
    assert (document["fleet"], document["sequence"], document["held"]) == ("example", 1, {})
    assert document["parameterSets"] == {"cluster": 8, "namespace": 20, "app": 36, "argocd": 1}
    page = shared.admin("/", Accept="text/html,*/*;q=0.8")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    text = page.body.decode()
    assert document["revision"] in text
    assert '<html lang="en">' in text
    assert '<th scope="row">' in text
    assert shared.request("POST", "/livez", admin=True).status == 405
    assert shared.admin("/nothing").json == {"message": "there is nothing here"}


def test_a_held_team_degrades_the_service_and_the_others_are_adopted(tmp_path):
    git, spec = GitTree(tmp_path / "git"), Spec()
    git.commit(spec)
    with Generator(git.link, tmp_path / "run") as generator:
        generator.ready()
        spec.remove_team("ads", "prod/dc1/dc1-a")
        git.commit(spec)
        generator.adopted(2)
        ready = generator.admin("/readyz")
        assert (ready.status, ready.json["status"]) == (200, "degraded")
        assert "team ads is held at its adopted state" in ready.json["reasons"][0]
        assert generator.metric('sixfold_generator_held_drops{team="ads"}') >= 2
        assert generator.metric("sixfold_generator_held_teams") == 1
        labels = '{environment="prod",kind="overlays",team="ads"}'
        assert generator.metric(f"sixfold_generator_held_removals{labels}") == 1
        assert generator.metric(f"sixfold_generator_held_budget{labels}") == 0
        assert "prod: 1 of 3 overlays would be deleted, and the budget is 0" in ready.json["reasons"][0]
        assert "the budget is 0" in generator.admin("/", Accept="text/html").body.decode()
        assert generator.metric("sixfold_generator_degraded") == 1
        assert "ads" in generator.admin("/", Accept="text/html").body.decode()
        adoptions = generator.until(lambda: [line for line in generator.lines("adoption") if line["problems"]])
        assert adoptions[0]["problems"][0]["code"] == "SF811"
        # All of prod/dc1 is deleted: that commit is rejected, and the answers stay.
        before = generator.ask({}).body
        for name in ("dc1-a", "dc1-b", "dc1-c"):
            spec.remove_cluster(f"prod/dc1/{name}")
        git.commit(spec)
        generator.until(lambda: generator.metric("sixfold_generator_commit_refused") == 1)
        assert generator.ask({}).body == before
        # It is restored: no team is held, and the commit is not rejected.
        git.commit(Spec())
        generator.until(lambda: generator.admin("/readyz").json["status"] == "ready")


def test_a_state_that_is_damaged_under_a_running_service_is_repaired(git, tmp_path):
    """Meanwhile a worker that had read the state answers from it; a worker that had not answers 503."""
    with Generator(git.link, tmp_path / "run") as generator:
        before = generator.ready().ask({}).body
        (generator.state / "current").write_bytes(b"torn")
        while (generator.state / "current").read_bytes() == b"torn":
            reply = generator.ask({})
            assert reply.status == 503 or reply.body == before
            time.sleep(0.05)
        generator.until(lambda: generator.ask({}).body == before)


def test_a_restart_without_the_source_answers_from_the_adopted_state(git, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(git.link.readlink())
    with Generator(link, tmp_path / "run") as generator:
        before = generator.ready().ask({}).body
        generator.stop()
        link.unlink()
        generator.start()
        generator.ready()
        assert generator.ask({}).body == before


def test_sigterm_ends_the_service_with_exit_code_zero(git, tmp_path):
    with Generator(git.link, tmp_path / "run") as generator:
        generator.ready()
        generator.stop(signal.SIGTERM)
        assert generator.process.returncode == 0


def test_slow_clients_do_not_stop_the_others(shared):
    """64 connections send half a request and wait."""
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", shared.port)))
            client.sendall(
                f"POST {PATH} HTTP/1.1\r\nContent-Length: 50\r\nAuthorization: Bearer {TOKEN}\r\n\r\n{{".encode()
            )
        for _ in range(20):
            assert shared.admin("/livez").status == 200
            assert shared.ask({"team": "ads"}).status == 200


def test_serve_answers_on_loopback_and_imports_nothing_from_the_working_folder(tmp_path):
    """`sixfold serve` needs a folder, a token file and two ports, and imports nothing from the working folder."""
    hostile = HostileFolder(tmp_path / "hostile")
    tree = Spec(repository={"branch": "trunk"}).write(tmp_path / "tree")
    token = tmp_path / "token"
    token.write_text(TOKEN)
    port, admin_port = free_ports(2)
    program = f"""
        import sys
        from pathlib import Path
        from sixfold_generator.server.serve import serve
        sys.exit(serve(Path({str(tree)!r}), token_file=Path({str(token)!r}), port={port}, admin_port={admin_port}))
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=hostile.folder,
    )
    generator = Generator(tree, tmp_path / "run")
    generator.port, generator.admin_port, generator.process = port, admin_port, process
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if generator.admin("/readyz").status == 200:
                    break
            time.sleep(0.05)
        reply = generator.ask({"team": "ads", "cluster": "dc1-a"})
        assert isinstance(reply, Reply)
        assert reply.sets[0]["revision"] == "trunk"
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert hostile.imported == []
    assert b"Traceback" not in errors
