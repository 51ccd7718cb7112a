"""A server between Argo CD and several generators that sends requests to them in turn, like a Service with two pods."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def alternating_relay(ports: Callable[[], list[int]]) -> Iterator[tuple[str, Counter]]:
    """Start a relay that sends the requests of each ApplicationSet to the ports in turn; `ports` is called each time.

    Yield (URL, {(ApplicationSet, port): number of answers}).
    """
    asked: Counter = Counter()
    answered: Counter = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            name = json.loads(body)["applicationSetName"]
            now = ports()
            with lock:
                port = now[asked[name] % len(now)]
                asked[name] += 1
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("POST", self.path, body, dict(self.headers))
                reply = connection.getresponse()
                data = reply.read()
            except OSError:  # the port is closed
                self.close_connection = True
                return
            finally:
                connection.close()
            with lock:
                answered[name, port] += reply.status == 200
            with suppress(OSError):  # the client may have been killed
                self.send_response(reply.status)
                for header in ("Content-Type", "Content-Encoding"):
                    if header in reply.headers:
                        self.send_header(header, reply.headers[header])
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", answered
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
