"""The plugin API on the wire: its path, limits and headers, how a body is read, and how an error is written.

Over WSGI's plain values, and without a service: what is answered is no business of this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from sixfold_generator.plugin.query import Refusal

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = [
    "BESIDES",
    "GZIPPED",
    "HEADERS",
    "MAX_BODY",
    "MAX_MESSAGE",
    "PATH",
    "error_body",
    "headers_of",
    "read_body",
    "takes_gzip",
]

PATH = "/api/v1/getparams.execute"
MAX_BODY = 64 << 10
MAX_MESSAGE = 900  # bytes of JSON; with what is around it an error stays within 1 KiB
HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Vary", "Accept-Encoding"))
GZIPPED = ("Content-Encoding", "gzip")
BESIDES = {401: ("WWW-Authenticate", "Bearer"), 405: ("Allow", "POST"), 503: ("Retry-After", "5")}
REFUSED_WEIGHTS = {"q=0", "q=0.0", "q=0.00", "q=0.000"}


def read_body(environ: WSGIEnvironment) -> bytes:
    """The request's body, of which no more than the limit is ever read. Raises `Refusal` (400, 408, 413)."""
    said = environ.get("CONTENT_LENGTH") or ""
    length = int(said) if said.isascii() and said.isdigit() else 0
    if length <= MAX_BODY:
        try:
            # A server that ends the stream where the body ends tells so; it is the only one to take chunked bodies.
            body: bytes = environ["wsgi.input"].read(MAX_BODY + 1 if environ.get("wsgi.input_terminated") else length)
        except TimeoutError:
            raise Refusal("too-slow", "the request took too long to arrive") from None
        except OSError:
            raise Refusal("bad-request", "the request broke off") from None
        except Exception:  # noqa: BLE001 - a server has its own errors for chunks that are none
            raise Refusal("bad-request", "the body is not sent as HTTP says") from None
        if len(body) <= MAX_BODY:
            return body
    raise Refusal("too-large", f"the body has more than {MAX_BODY} bytes")


def takes_gzip(header: str) -> bool:
    """Whether a client with this Accept-Encoding takes gzip: named, or else `*`, and not with a weight of zero."""
    weights = {name.strip(): weight for name, _, weight in (part.partition(";") for part in header.lower().split(","))}
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and weight.replace(" ", "") not in REFUSED_WEIGHTS


def headers_of(status: int, length: int, *, gzipped: bool) -> list[tuple[str, str]]:
    """The headers of a reply with a body of `length` bytes."""
    headers = [*HEADERS, ("Content-Length", str(length))]
    if gzipped:
        headers.append(GZIPPED)
    elif (besides := BESIDES.get(status)) is not None:
        headers.append(besides)
    return headers


def error_body(message: str) -> bytes:
    """An error as JSON: its message, cut until all of it is at most `MAX_MESSAGE` bytes."""
    body = orjson.dumps({"message": message}) + b"\n"
    while len(body) > MAX_MESSAGE:
        message = message[: len(message) * 3 // 4]
        body = orjson.dumps({"message": message + "…"}) + b"\n"
    return body
