"""One exchange with Argo CD: authenticate, read, ask, answer. Speaks WSGI's plain values and no framework's objects.

A framework's request and response cost as much CPU as sending the finished bytes does (benchmarks/generator.py).
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sixfold_generator.plugin.outcomes import STATUS
from sixfold_generator.plugin.query import Ask, Refusal, parse, shown
from sixfold_generator.web.protocol import PATH, error_body, headers_of, read_body, takes_gzip

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from sixfold_generator.service.service import Service

__all__ = ["Plugin"]

# ApplicationSets ask the same over and over. Long bodies are not remembered, so that memory stays bounded.
_remembered = lru_cache(maxsize=2048)(parse)
LONG = 2048


@dataclass(slots=True)
class Exchange:
    """One request as far as it has got, and the reply to it."""

    environ: WSGIEnvironment
    outcome: str = "ok"
    status: int = 200
    body: bytes = b""
    gzipped: bool = False
    ask: Ask | None = None
    sets: int = 0
    revision: str = ""
    message: str = ""


class Plugin:
    """The plugin API as a WSGI application. Every reply is JSON with a length; every error the same short form."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request, and says so in the log and the metrics."""
        started = time.perf_counter()
        exchange = Exchange(environ)
        try:
            self._answer(exchange)
        except Refusal as refusal:
            _refuse(exchange, refusal)
        except Exception as error:  # noqa: BLE001 - whatever it is, Argo CD gets an error that it understands
            self._service.log.error("internal", trace="".join(traceback.format_exception(error))[-4000:])  # noqa: TRY400 - it is one of its fields
            _refuse(exchange, Refusal("error", "the generator failed; its log has the trace"))
        self._tell(exchange, time.perf_counter() - started)
        headers = headers_of(exchange.status, len(exchange.body), gzipped=exchange.gzipped)
        start_response(STATUS[exchange.status], headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (exchange.body,)

    def _answer(self, exchange: Exchange) -> None:
        environ = exchange.environ
        if "/" + environ["PATH_INFO"].lstrip("/") != PATH:  # a base URL may end with a slash
            raise Refusal("not-found", f"there is nothing here; the plugin API is POST {PATH}")
        if environ["REQUEST_METHOD"] != "POST":
            raise Refusal("bad-method", f"only POST is answered, at {PATH}")
        if not self._service.tokens.accept(environ.get("HTTP_AUTHORIZATION")):
            raise Refusal("unauthorized", "a valid bearer token is needed")
        body = read_body(environ)
        exchange.ask = parse(body) if len(body) > LONG else _remembered(body)
        catalog = self._service.adopted.catalog()
        exchange.revision = catalog.revision
        gzipped = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        reply = self._service.replies.get(catalog, exchange.ask, gzipped=gzipped)
        exchange.body, exchange.sets, exchange.gzipped = reply.body, reply.sets, reply.gzipped

    def _tell(self, exchange: Exchange, seconds: float) -> None:
        """One log line and the counters: no body, no token."""
        service, ask, size = self._service, exchange.ask, len(exchange.body)
        service.metrics.request(exchange.outcome, seconds, size)
        line = {
            "outcome": exchange.outcome,
            "status": exchange.status,
            "duration_ms": round(seconds * 1000, 3),
            "bytes": size,
            "method": exchange.environ["REQUEST_METHOD"][:16],
        }
        if ask is not None:
            line["application_set"] = shown(ask.application_set, quoted=False)
            line["params"] = ask.brief
        if exchange.outcome == "ok" and ask is not None:
            line["sets"] = exchange.sets
            service.metrics.sets(ask.application_set, exchange.sets)
        if exchange.environ["PATH_INFO"] != PATH:
            line["path"] = shown(exchange.environ["PATH_INFO"])
        if exchange.revision:
            line["revision"] = exchange.revision
        if exchange.message:
            line["message"] = exchange.message
        service.log.info("request", **line)


def _refuse(exchange: Exchange, refusal: Refusal) -> None:
    exchange.body, exchange.gzipped = error_body(refusal.message), False
    exchange.outcome, exchange.status, exchange.message = refusal.outcome, refusal.status, refusal.message
