"""Faulty servers between Argo CD and the generator, or in place of the generator."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["bad_generator", "relay"]


@contextmanager
def bad_generator(status: int, body: bytes | None):
    """Start a server with one answer for all requests, and yield its URL; a body None is announced but not sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            if body is None:
                self.send_header("Connection", "close")
            elif status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def relay(port: int, upto: int, then):
    """Start a relay to `port` that forwards `upto` bytes of an answer, calls `then`, and hangs up; yield its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def accept():
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = listener.accept()
                threads.append(threading.Thread(target=pass_on, args=(client,)))
                threads[-1].start()

    def pass_on(client):
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=30) as server:
            request = b""
            while not is_complete(request):
                request += client.recv(65536)
            server.sendall(request)
            answer = b""
            while len(answer) < upto and (chunk := server.recv(upto - len(answer))):
                answer += chunk
            client.sendall(answer)
            then()

    main = threading.Thread(target=accept)
    main.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [main, *threads]:
            thread.join(60)


def is_complete(request: bytes) -> bool:
    """Return whether all bytes of a request with a Content-Length have arrived."""
    head, blank, body = request.partition(b"\r\n\r\n")
    if not blank:
        return False
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return len(body) >= int(lengths[0])
