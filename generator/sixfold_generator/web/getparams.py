"""The plugin API: one Flask view that authenticates, parses, answers, and replies with bytes that are ready to send."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from sixfold_generator.plugin.query import Query, Refusal, parse, shown
from sixfold_generator.web.listener import PLUGIN
from sixfold_generator.web.routes import GZIP, JSON, MAX_BODY, MAX_MESSAGE, PATH, PLUGIN_HEADERS, STATUS_HEADERS

if TYPE_CHECKING:
    from sixfold_generator.service.logs import Field
    from sixfold_generator.service.service import Service

__all__ = ["GetParams", "error_body"]

# ApplicationSets ask the same over and over. Long bodies are not remembered, so that memory stays bounded.
_remembered = lru_cache(maxsize=2048)(parse)
LONG = 2048  # bytes


@dataclass(slots=True)
class Exchange:
    """One request as its log line shows it; `started` is a reading of the performance counter."""

    started: float
    outcome: str = "ok"
    query: Query | None = None
    sets: int = 0
    revision: str = ""
    message: str = ""


class GetParams:
    """The plugin's listener. Every reply is JSON with a length; every error is a short object with a `message`."""

    name = PLUGIN

    def __init__(self, service: Service) -> None:
        self._service = service

    def blueprint(self) -> Blueprint:
        """Return the one route."""
        blueprint = Blueprint("plugin", __name__)
        blueprint.add_url_rule(
            PATH, "getparams", self.answer, host=PLUGIN, methods=["POST"], provide_automatic_options=False
        )
        return blueprint

    def begin(self) -> None:
        """Start the clock of a request."""
        g.exchange = Exchange(time.perf_counter())

    def answer(self) -> Response:
        """Reply with the parameter sets that the request selects. Raises `Refusal`."""
        service, exchange = self._service, _exchange()
        if not service.tokens.accept(request.headers.get("Authorization")):
            raise Refusal("unauthorized", "a valid bearer token is needed")
        body = _read_body()
        exchange.query = parse(body) if len(body) > LONG else _remembered(body)
        catalog = service.served.catalog()
        exchange.revision = catalog.revision
        gzipped = request.accept_encodings["gzip"] > 0
        reply = service.replies.get(catalog, exchange.query, gzipped=gzipped)
        exchange.sets = reply.sets
        return Response(reply.body, headers=[GZIP] if reply.gzipped else None, content_type=JSON)

    def failed(self, error: Exception) -> Response:
        """Reply with a short error; an unexpected exception is logged with its trace."""
        refusal = _refusal_of(error)
        if refusal.outcome == "error":
            trace = "".join(traceback.format_exception(error))[-4000:]
            self._service.log.error("internal", trace=trace)
        exchange = _exchange()
        exchange.outcome, exchange.message = refusal.outcome, refusal.message
        extra = STATUS_HEADERS.get(refusal.status)
        return Response(
            error_body(refusal.message), refusal.status, headers=[extra] if extra else None, content_type=JSON
        )

    def finish(self, response: Response) -> Response:
        """Add the headers of every reply; count the request and log it, without its body and its token."""
        response.headers.update(PLUGIN_HEADERS)
        exchange, service = _exchange(), self._service
        seconds, size = time.perf_counter() - exchange.started, response.calculate_content_length() or 0
        service.metrics.request(exchange.outcome, seconds, size)
        line: dict[str, Field] = {
            "outcome": exchange.outcome,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 3),
            "bytes": size,
            "method": request.method[:16],
        }
        if (query := exchange.query) is not None:
            line["application_set"] = shown(query.application_set, quoted=False)
            line["params"] = query.brief
            if exchange.outcome == "ok":
                line["sets"] = exchange.sets
                service.metrics.sets(query.application_set, exchange.sets)
        if (path := request.environ["PATH_INFO"]) != PATH:
            line["path"] = shown(path)
        if exchange.revision:
            line["revision"] = exchange.revision
        if exchange.message:
            line["message"] = exchange.message
        service.log.info("request", **line)
        return response


def error_body(message: str) -> bytes:
    """Return an error as JSON, its message cut so that all of it is at most `MAX_MESSAGE` bytes."""
    body = orjson.dumps({"message": message}) + b"\n"
    while len(body) > MAX_MESSAGE:
        message = message[: len(message) * 3 // 4]
        body = orjson.dumps({"message": message + "…"}) + b"\n"
    return body


def _exchange() -> Exchange:
    exchange: Exchange = g.exchange
    return exchange


def _read_body() -> bytes:
    """Read the request's body. Raises `Refusal` (400, 408, 413)."""
    try:
        body = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001 - a server has errors of its own for malformed chunks
        raise Refusal("bad-request", "the body is not sent as HTTP says") from None
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def _refusal_of(error: Exception) -> Refusal:
    """Translate an exception: ours, Flask's (routing, limits, a client that is gone), or one that nobody expects."""
    if isinstance(error, Refusal):
        return error
    match error.code if isinstance(error, HTTPException) else None:
        case 404:
            return Refusal("not-found", f"there is nothing here; the plugin API is POST {PATH}")
        case 405:
            return Refusal("bad-method", f"only POST is answered, at {PATH}")
        case 413:
            return Refusal("too-large", f"the body has more than {MAX_BODY} bytes")
    if isinstance(error, ClientDisconnected):
        if isinstance(error.__context__, TimeoutError):
            return Refusal("too-slow", "the request took too long to arrive")
        return Refusal("bad-request", "the request broke off")
    return Refusal("error", "the generator failed; its log has the trace")
