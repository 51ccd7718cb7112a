"""The options of gunicorn for the service, which `sixfold-generator` and `sixfold serve` share."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Protocol

from sixfold_generator.plugin.tokens import Tokens
from sixfold_generator.server.connection import Request
from sixfold_generator.service.metrics import DEATHS, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flask import Flask

    from sixfold_generator.server.connection import Connection
    from sixfold_generator.service.service import Service
    from sixfold_generator.settings import Settings

__all__ = ["options"]

KEEPALIVE = 120  # seconds; Argo CD keeps idle connections for 90, and loses requests where the server closes earlier
SHARED = "/dev/shm"  # noqa: S108 - where gunicorn's heartbeats never wait for a disk


class _Worker(Protocol):
    """The part of gunicorn's worker that the hooks use."""

    pid: int
    wsgi: Flask
    aborted: bool


class _Unreader(Protocol):
    sock: Connection


class _Request(Request, Protocol):
    """The part of gunicorn's request that the hooks use."""

    unreader: _Unreader


def options(settings: Settings) -> Mapping[str, str | int | bool | list[str] | Callable[..., None] | None]:
    """Return the options by their names, hooks included."""
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
        "post_worker_init": _begin_watches,
        "pre_request": _begin_request,
        "post_request": _end_request,
        "worker_abort": _abort,
        "worker_exit": _leave(settings),
        "child_exit": _count(settings),
    }


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _starting(settings: Settings) -> Callable[..., None]:
    def on_starting(_server: object) -> None:
        """Check the tokens and empty the metrics before any worker starts."""
        Tokens(settings.token_files)
        prepare(settings.metrics)

    return on_starting


def _begin_watches(worker: _Worker) -> None:
    service: Service = worker.wsgi.extensions["sixfold"]
    # Under gevent a thread is a greenlet: others run while it waits.
    threading.Thread(target=service.watch.forever, name="watch", daemon=True).start()
    if service.settings.live:
        threading.Thread(target=service.live_watch.forever, name="live", daemon=True).start()


def _begin_request(_worker: _Worker, request: _Request) -> None:
    request.unreader.sock.begin(request)


def _end_request(_worker: _Worker, request: _Request, *_: object) -> None:
    request.unreader.sock.end()


def _abort(worker: _Worker) -> None:
    worker.aborted = True  # gunicorn ends a worker that hangs in the same way as one that it replaces


def _leave(settings: Settings) -> Callable[..., None]:
    def worker_exit(_server: object, worker: _Worker) -> None:
        """Leave a file when a worker ends by itself, so that its end does not count as a death."""
        if getattr(worker, "aborted", False):
            return
        with contextlib.suppress(OSError):
            _mark(settings, worker).touch()

    return worker_exit


def _count(settings: Settings) -> Callable[..., None]:
    def child_exit(_server: object, worker: _Worker) -> None:
        """Count the death of a worker that has left no such file. Runs in the first process."""
        mark = _mark(settings, worker)
        with contextlib.suppress(OSError):  # losing a count is better than losing the service
            if mark.exists():
                mark.unlink()
            else:
                with (settings.metrics / DEATHS).open("ab") as stream:
                    stream.write(b".")

    return child_exit


def _mark(settings: Settings, worker: _Worker) -> Path:
    return settings.metrics / f"left-{worker.pid}"
