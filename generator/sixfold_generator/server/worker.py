"""gunicorn's gevent worker with the service's form of errors and limits of connections."""

from __future__ import annotations

import re
from collections import defaultdict
from http import HTTPStatus
from importlib import metadata
from typing import TYPE_CHECKING

import orjson
from flask import request
from gunicorn.http.errors import (  # type: ignore[import-untyped,unused-ignore]
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
)
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped,unused-ignore]

from sixfold_generator.server.connection import Connection, Connections
from sixfold_generator.web.routes import PATH

if TYPE_CHECKING:
    import socket

    from flask import Response

__all__ = ["Worker"]

# What the installed packages declare, read once and before the workers are forked.
PLUGINS = metadata.entry_points()
STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
# The application replies to such a body when it reads one. Here the request has its reply, and its body was not read.
UNREAD = (ChunkMissingTerminator, InvalidChunkExtension, InvalidChunkSize)


class _Page:
    """A socket that collects the error page that gunicorn sends."""

    def __init__(self) -> None:
        self.data = b""

    def gettimeout(self) -> float:
        return 0.0

    def setblocking(self, flag: int) -> None:
        """Ignore the flag."""

    def sendall(self, data: bytes) -> None:
        self.data += data


def _note(response: Response) -> Response:
    """Tell the connection of its reply: a refused request is the last one of its connection."""
    connection = request.environ["gunicorn.socket"]
    if isinstance(connection, Connection):
        answered = response.status_code < HTTPStatus.BAD_REQUEST
        connection.reply(refused=not answered, accepted=answered and request.path == PATH)
    return response


class Worker(GeventWorker):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """A gevent worker that replies with JSON to requests that gunicorn refuses (a bad request line, long headers).

    gunicorn's own page repeats the fault, headers included; this reply has the status only. A client that stops reading
    its answer is closed without the traceback that gunicorn would log.
    """

    def patch(self) -> None:
        """Patch the standard library; gevent looks for plugins at each of 25 steps, in the files of all packages."""
        look = metadata.entry_points
        vars(metadata)["entry_points"] = PLUGINS.select
        try:
            super().patch()
        finally:
            vars(metadata)["entry_points"] = look

    def load_wsgi(self) -> None:
        """Load the application, and let connections know of its replies."""
        super().load_wsgi()
        self._connections: dict[int, Connections] = defaultdict(lambda: Connections(self._dropped))  # by listener
        self.wsgi.after_request(_note)

    def _dropped(self, reason: str) -> None:
        self.wsgi.extensions["sixfold"].metrics.dropped(reason)

    def handle(self, listener: socket.socket, client: socket.socket, addr: tuple[str, int]) -> None:
        """Serve one connection with limits."""
        super().handle(listener, Connection(client, self._connections[listener.fileno()]), addr)

    def handle_request(self, *exchange: object) -> None:
        """Answer one request; close the connection of a client that stops reading the answer."""
        try:
            super().handle_request(*exchange)
        except TimeoutError:
            self.log.debug("The client stopped reading.")
            raise StopIteration from None  # gunicorn's loop closes the connection

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """Reply to a request that never reached the application, and close the connection."""
        page = _Page()
        super().handle_error(req, page, addr, exc)
        if isinstance(exc, UNREAD):
            return
        match = STATUS.match(page.data)
        status = HTTPStatus(int(match[1]) if match else 500)
        body = orjson.dumps({"message": status.phrase.lower()}) + b"\n"
        fields = {
            "Connection": "close",
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Content-Length": len(body),
        }
        head = [f"HTTP/1.1 {status} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        try:
            client.sendall("\r\n".join(head).encode() + body)
        except OSError:
            self.log.debug("The client of a refused request is gone.")
