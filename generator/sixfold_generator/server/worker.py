"""gunicorn's gevent worker with the service's form of errors."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from gunicorn.http.errors import (  # type: ignore[import-untyped,unused-ignore]
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
)
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped,unused-ignore]

if TYPE_CHECKING:
    import socket

__all__ = ["Worker"]

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


class Worker(GeventWorker):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """A gevent worker that replies with JSON to requests that gunicorn refuses (a bad request line, long headers).

    gunicorn's own page repeats the fault, headers included; this reply has the status only. A client that stops reading
    its answer is closed without the traceback that gunicorn would log.
    """

    def handle_request(self, *request: object) -> None:
        """Answer one request; close the connection of a client that stops reading the answer."""
        try:
            super().handle_request(*request)
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
