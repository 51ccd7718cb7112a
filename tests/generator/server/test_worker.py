"""A request that gunicorn refuses gets JSON, and the end of its connection."""

from __future__ import annotations

import json
import socket
from importlib import metadata
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import ChunkMissingTerminator, InvalidRequestLine, LimitRequestHeaders
from gunicorn.workers.ggevent import GeventWorker

from sixfold_generator.server.worker import Worker


def reply_to(error):
    """Return what a worker sends for an error of gunicorn's reader."""
    worker = object.__new__(Worker)
    worker.cfg = Config()
    worker.log = Logger(worker.cfg)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker.handle_error(None, ours, ("127.0.0.1", 1), error)
        ours.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: theirs.recv(4096), b""))


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InvalidRequestLine("NO <b>HTTP</b>"), b"400 Bad Request", "bad request"),
        (LimitRequestHeaders("limit"), b"431 Request Header Fields Too Large", "request header fields too large"),
        (RuntimeError("secret"), b"500 Internal Server Error", "internal server error"),
    ],
)
def test_a_refused_request_gets_its_status_alone_and_the_end_of_its_connection(error, status, message):
    head, _, body = reply_to(error).partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    assert first == b"HTTP/1.1 " + status
    assert fields == [
        b"Connection: close", b"Content-Type: application/json", b"Cache-Control: no-store", b"Content-Length: %d" % len(body),
    ]  # fmt: skip
    assert json.loads(body) == {"message": message}


def test_a_body_that_breaks_off_after_its_reply_gets_no_second_one():
    assert reply_to(ChunkMissingTerminator(b"")) == b""


def test_a_client_that_is_gone_is_no_error():
    worker = object.__new__(Worker)
    worker.cfg = Config()
    worker.log = SimpleNamespace(warning=print, exception=print, debug=print)
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        worker.handle_error(None, ours, ("127.0.0.1", 1), InvalidRequestLine("x"))


def test_plugins_of_gevent_are_looked_for_in_what_was_read_before_the_fork(monkeypatch):
    look, asked = metadata.entry_points, []

    def patch(worker):
        assert metadata.entry_points != look
        asked.append(list(metadata.entry_points(group="console_scripts")))
        raise OSError

    monkeypatch.setattr(GeventWorker, "patch", patch)
    with pytest.raises(OSError):
        object.__new__(Worker).patch()
    assert asked == [list(look(group="console_scripts"))]
    assert asked[0]
    assert metadata.entry_points is look
