"""A forge that issues ID tokens: its key, and a server with TLS that shows the public half."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments: object, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


class Issuer:
    """A forge with one RSA key for ID tokens, which the real openssl makes and uses."""

    def __init__(self, folder, bits: int = 2048) -> None:
        self.file = folder / f"key-{bits}.pem"
        openssl("genrsa", "-out", self.file, bits)
        modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
        self.key = {"kty": "RSA", "kid": "a", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, claims: object, digest: str = "-sha256", **head: object) -> str:
        start = ".".join(encoded(json.dumps(x).encode()) for x in ({"alg": "RS256", "kid": "a", **head}, claims))
        return f"{start}.{encoded(openssl('dgst', digest, '-sign', self.file, data=start.encode()))}"


@contextmanager
def serving(folder: Path, answers: Mapping[str, bytes]) -> Iterator[tuple[str, Path]]:
    """Answer requests for paths on localhost; yield the URL, and the certificate that a client must trust."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answers.get(self.path, b"<html>"))

        def log_message(self, *_: object) -> None:
            pass

    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    openssl(*new, *names, "-keyout", folder / "tls.pem", "-out", folder / "certificate.pem")
    server = HTTPServer(("localhost", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "tls.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}", folder / "certificate.pem"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
