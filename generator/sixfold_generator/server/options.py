"""gunicorn's settings for the service, as data: the config file and `serve` both read these."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

from sixfold_generator.plugin.tokens import Tokens
from sixfold_generator.service.metrics import DEATHS, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_generator.service.service import Service
    from sixfold_generator.settings import Settings

__all__ = ["options"]

KEEPALIVE = 120  # seconds; Argo CD keeps idle connections for 90, and whoever closes first loses requests
BODY_SECONDS = 15  # that a client may stay silent while its request is read or its answer is sent
SHARED = "/dev/shm"  # noqa: S108 - where gunicorn's heartbeats never wait for a disk


def options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings by name, hooks included."""
    return {
        "bind": [f"{_host(settings.host)}:{settings.port}", f"{_host(settings.host)}:{settings.admin_port}"],
        "workers": settings.workers,
        "worker_class": "sixfold_generator.server.worker.Worker",
        "worker_tmp_dir": SHARED if os.access(SHARED, os.W_OK) else None,
        "timeout": 15,  # below the 30 s of Argo CD's client
        "graceful_timeout": 10,
        "keepalive": KEEPALIVE,
        "max_requests": settings.max_requests,
        "max_requests_jitter": settings.max_requests // 10,
        "limit_request_line": 2048,
        "limit_request_fields": 32,
        "limit_request_field_size": 4096,
        "forwarded_allow_ips": "",
        "proc_name": "sixfold-generator",
        "preload_app": False,  # each worker opens the snapshot itself, after the fork
        "control_socket_disable": True,
        "accesslog": None,  # one canonical line comes from the application
        "loglevel": "warning",
        "on_starting": _starting(settings),
        "post_worker_init": _begin,
        "pre_request": _limit,
        "post_request": _unlimit,
        "worker_exit": _leave(settings),
        "child_exit": _count(settings),
    }


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _starting(settings: Settings) -> Any:
    def on_starting(_server: Any) -> None:
        """Before any worker: the tokens must be usable, and the metrics begin anew."""
        Tokens(settings.token_files)
        prepare(settings.metrics)

    return on_starting


def _begin(worker: Any) -> None:
    service: Service = worker.wsgi.extensions["sixfold"]
    # Under gevent a thread is a greenlet: it gives way whenever it waits.
    threading.Thread(target=service.watch.forever, name="watch", daemon=True).start()
    if service.settings.live:
        threading.Thread(target=service.live_watch.forever, name="live", daemon=True).start()


def _limit(_worker: Any, request: Any) -> None:
    request.unreader.sock.settimeout(BODY_SECONDS)


def _unlimit(_worker: Any, request: Any, _environ: Any, _response: Any) -> None:
    request.unreader.sock.settimeout(None)  # the wait for the next request has its own, longer limit


def _leave(settings: Settings) -> Any:
    def worker_exit(_server: Any, worker: Any) -> None:
        """In the worker, when it ends by itself: leave word, so that this does not count as a death."""
        with contextlib.suppress(OSError):
            _word(settings, worker).touch()

    return worker_exit


def _count(settings: Settings) -> Any:
    def child_exit(_server: Any, worker: Any) -> None:
        """In the first process, when a worker has ended in whatever way."""
        word = _word(settings, worker)
        with contextlib.suppress(OSError):  # a count that is lost is better than a service that is
            if word.exists():
                word.unlink()
            else:
                with (settings.metrics / DEATHS).open("ab") as stream:
                    stream.write(b".")

    return child_exit


def _word(settings: Settings, worker: Any) -> Path:
    return settings.metrics / f"left-{worker.pid}"
