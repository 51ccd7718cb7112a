"""The options of gunicorn fit Argo CD's client, and its hooks start the watches and count deaths."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator import Settings
from sixfold_generator.server.options import options
from sixfold_generator.service.metrics import DEATHS, FOLDER

WORKER = SimpleNamespace(pid=4711)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, "")
    (tmp_path / "token").write_text("a-token-of-the-test")
    (tmp_path / "metrics").mkdir()
    return Settings(token_files=(tmp_path / "token",), metrics=tmp_path / "metrics")


def test_the_options_of_gunicorn_fit_argo_cds_client():
    """Idle connections outlive the 90 s of Argo CD's client, and workers stop before its timeout of 30 s."""
    chosen = options(Settings(token_files=(Path("token"),)))
    assert chosen["keepalive"] == 120
    assert chosen["timeout"] == 15
    assert chosen["graceful_timeout"] == 10
    assert chosen["forwarded_allow_ips"] == ""
    assert (chosen["limit_request_line"], chosen["limit_request_fields"], chosen["limit_request_field_size"]) == (
        2048,
        32,
        4096,
    )
    assert chosen["worker_tmp_dir"] in {"/dev/shm", None}
    assert (chosen["worker_tmp_dir"] is None) == (not os.access("/dev/shm", os.W_OK))


def test_each_worker_opens_the_snapshot_itself_and_nothing_else_listens_or_logs(settings):
    chosen = options(settings)
    assert (chosen["preload_app"], chosen["control_socket_disable"], chosen["accesslog"]) == (False, True, None)


def test_gunicorn_takes_every_option(settings):
    config = Config()
    for name, value in options(settings).items():
        if value is not None:
            config.set(name, value)
    assert config.settings["worker_class"].get() == "sixfold_generator.server.worker.Worker"
    assert (config.settings["loglevel"].get(), config.settings["proc_name"].get()) == ("warning", "sixfold-generator")


@pytest.mark.parametrize(("given", "host"), [("0.0.0.0", "0.0.0.0"), ("::1", "[::1]"), ("localhost", "localhost")])
def test_both_ports_are_bound_to_the_host(settings, given, host):
    chosen = options(settings.model_copy(update={"host": given, "port": 1, "admin_port": 2, "workers": 3}))
    assert chosen["bind"] == [f"{host}:1", f"{host}:2"]
    assert chosen["workers"] == 3


@pytest.mark.parametrize(("requests", "spread"), [(0, 0), (9, 0), (1000, 100)])
def test_a_worker_is_replaced_after_its_requests_with_a_spread_of_a_tenth(settings, requests, spread):
    chosen = options(settings.model_copy(update={"max_requests": requests}))
    assert (chosen["max_requests"], chosen["max_requests_jitter"]) == (requests, spread)


def test_a_connection_knows_of_the_begin_and_the_end_of_its_request(settings):
    chosen, calls = options(settings), []
    connection = SimpleNamespace(begin=calls.append, end=lambda: calls.append("end"))
    request = SimpleNamespace(unreader=SimpleNamespace(sock=connection))
    chosen["pre_request"](WORKER, request)
    chosen["post_request"](WORKER, request, {}, None)
    assert calls == [request, "end"]


def test_the_start_empties_the_metrics_and_needs_a_token(settings, tmp_path):
    (settings.metrics / "slot-0").touch()
    options(settings)["on_starting"](None)
    assert list(settings.metrics.iterdir()) == []
    (settings.metrics / "slot-0").touch()
    (tmp_path / "token").unlink()
    with pytest.raises(DiagnosticError):
        options(settings)["on_starting"](None)
    assert (settings.metrics / "slot-0").exists()


def test_only_a_worker_that_does_not_end_by_itself_counts_as_dead(settings):
    chosen, deaths = options(settings), settings.metrics / DEATHS
    chosen["worker_exit"](None, WORKER)
    assert [path.name for path in settings.metrics.iterdir()] == ["left-4711"]
    chosen["child_exit"](None, WORKER)
    assert list(settings.metrics.iterdir()) == []
    for count in (1, 2):
        chosen["child_exit"](None, WORKER)
        assert deaths.stat().st_size == count


def test_a_worker_that_is_aborted_counts_as_dead(settings):
    chosen, worker = options(settings), SimpleNamespace(pid=4712)
    chosen["worker_abort"](worker)
    chosen["worker_exit"](None, worker)
    chosen["child_exit"](None, worker)
    assert (settings.metrics / DEATHS).stat().st_size == 1


def test_a_lost_folder_of_metrics_ends_nothing(settings):
    settings.metrics.rmdir()
    options(settings)["worker_exit"](None, WORKER)
    options(settings)["child_exit"](None, WORKER)
    assert not settings.metrics.exists()


@pytest.mark.parametrize("live", [False, True])
def test_a_worker_starts_the_watches_that_the_settings_ask_for(settings, live):
    started = {"watch": threading.Event(), "live": threading.Event()}
    service = SimpleNamespace(
        watch=SimpleNamespace(forever=started["watch"].set),
        live_watch=SimpleNamespace(forever=started["live"].set),
        settings=SimpleNamespace(live=live),
    )
    wsgi = SimpleNamespace(extensions={"sixfold": service})
    options(settings)["post_worker_init"](SimpleNamespace(pid=1, wsgi=wsgi))
    assert started["watch"].wait(10)
    assert started["live"].wait(10 if live else 0.1) is live
