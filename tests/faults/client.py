"""A model of Argo CD's plugin client on Go's `net/http`, which reads the number of sets from the bytes of an answer."""

from __future__ import annotations

import gzip
import json
import socket
import zlib

from tests.support.generator import PATH, TOKEN


def question(parameters: dict | None = None, *, gzipped: bool = False, token: str = TOKEN) -> bytes:
    """Return a request in the form of Argo CD's requests."""
    body = json.dumps({"applicationSetName": "fault", "input": {"parameters": parameters} if parameters else {}}) + "\n"
    encoding = "Accept-Encoding: gzip\r\n" if gzipped else ""
    head = f"POST {PATH} HTTP/1.1\r\nHost: generator\r\nUser-Agent: argocd-applicationset\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{encoding}\r\n{body}".encode()


def head_of(raw: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Return the status, the headers by lower-case name, and the body so far, or None for an incomplete head."""
    head, end, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not end or not first.startswith("HTTP/1."):
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body


def is_complete(raw: bytes) -> bool:
    """Return whether an answer with a Content-Length has all of its bytes."""
    head = head_of(raw)
    return head is not None and len(head[2]) >= int(head[1].get("content-length", "-1")) >= 0


def accepted(raw: bytes) -> int | None:
    """Return the number of sets that Argo CD reads from a stream of these bytes, or None if it reports an error.

    The model includes Argo CD's weaknesses: without a Content-Length the body ends at the end of the stream. An empty
    body, `{}` and `null` are zero sets without an error, and then Argo CD deletes everything.
    """
    head = head_of(raw)
    if head is None or head[0] // 100 != 2:
        return None
    _, headers, body = head
    if "content-length" in headers:
        length = int(headers["content-length"])
        if len(body) < length:
            return None  # io.ErrUnexpectedEOF
        body = body[:length]
    if headers.get("content-encoding") == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return None
    text = body.decode("utf-8", "replace").lstrip()
    if not text:
        return 0
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    output = value.get("output") if isinstance(value, dict) else None
    parameters = output.get("parameters") if isinstance(output, dict) else None
    return len(parameters or ())


class UnansweredError(OSError):
    """A new connection was refused, or reset before the first byte: the server had not accepted it."""


class Wire:
    """A kept connection with the rules of Go's transport: if the server has closed it while idle, a new one is opened.

    A request that was sent and got no complete answer has failed: a POST is not repeated.
    """

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self._port = port
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> bytes:
        """Return the bytes of the complete answer. Raises OSError if the request fails."""
        if self._socket is not None and self._closed_meanwhile():
            self.close()
        new, raw = self._socket is None, b""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout)
            self._socket.sendall(request)
            while not is_complete(raw):
                data = self._socket.recv(1 << 18)
                if not data:
                    raise ConnectionResetError(f"the stream ended after {len(raw)} bytes")
                raw = raw + data if raw else data
        except OSError as error:
            self.close()
            if new and not raw and isinstance(error, (ConnectionResetError, ConnectionRefusedError)):
                raise UnansweredError(*error.args) from error
            raise
        if "close" in (head_of(raw) or (0, {}, b""))[1].get("connection", "").lower():
            self.close()
        return raw

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _closed_meanwhile(self) -> bool:
        self._socket.settimeout(0)
        try:
            return self._socket.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self._socket.settimeout(self._timeout)
