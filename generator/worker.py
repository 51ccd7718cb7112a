"""gunicorn's gevent worker, with its own errors in the service's words."""

from __future__ import annotations

import re
from typing import Any

import orjson
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped,unused-ignore]

__all__ = ["Worker"]

STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ([^\r\n]*)\r\n")


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
        match = STATUS.match(page.data)
        status, reason = (match[1], match[2]) if match else (b"500", b"Internal Server Error")
        body = orjson.dumps({"message": reason.decode("latin-1").lower()}) + b"\n"
        head = b"HTTP/1.1 %s %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        try:
            client.sendall(head % (status, reason, len(body)) + body)
        except OSError:
            self.log.debug("The client of a refused request is gone.")
