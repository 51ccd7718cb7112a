"""gunicorn's gevent worker, with its own errors in the service's words."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn.http.errors import (  # type: ignore[import-untyped,unused-ignore]
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
)
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped,unused-ignore]

__all__ = ["Worker"]

STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
# The application answers when it reads such a body; here it is what nobody read of a request that has its answer.
LEFT_OVER = (ChunkMissingTerminator, InvalidChunkExtension, InvalidChunkSize)


class _Page:
    """Takes the error page that gunicorn would send."""

    def __init__(self) -> None:
        self.data = b""

    def gettimeout(self) -> float:
        return 0.0

    def setblocking(self, flag: int) -> None:
        """Nothing blocks here."""

    def sendall(self, data: bytes) -> None:
        self.data += data


class Worker(GeventWorker):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """Requests that gunicorn itself refuses (a bad request line, headers over the limits) get JSON as well.

    Its page repeats the fault, headers included; ours says the status only. A client that stops reading its answer is
    no fault of ours either: gunicorn would log a traceback.
    """

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answers one request; a client that takes nothing for too long ends the connection."""
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            self.log.debug("The client stopped reading.")
            raise StopIteration from None  # how gunicorn's loop is told to close a connection

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers a request that never reached the application, and closes the connection."""
        page = _Page()
        super().handle_error(req, page, addr, exc)
        if isinstance(exc, LEFT_OVER):
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
