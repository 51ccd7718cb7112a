"""The plugin API as a WSGI application: authenticate, read, ask, answer. What is answered is decided in `answer`."""

from __future__ import annotations

import os
import time
import traceback
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from generator.admin import create_admin
from generator.ask import Ask, Refusal, parse, shown
from generator.service import Service
from generator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["PATH", "create_app"]

PATH = "/api/v1/getparams.execute"
MAX_BODY = 64 << 10
MAX_MESSAGE = 900  # bytes of JSON; with what is around it an error stays within 1 KiB
SHOWN_VALUES = 10  # values of a parameter in a log line
MESSAGES = {
    404: f"there is nothing here; the plugin API is POST {PATH}",
    405: f"only POST is answered, at {PATH}",
    408: "the request took too long to arrive",
    413: f"the body has more than {MAX_BODY} bytes",
}
OUTCOMES = {404: "not-found", 405: "bad-method", 408: "bad-request", 413: "too-large"}


def create_app(settings: Settings | None = None) -> Flask:
    """The service's application; `settings` come from the environment unless given.

    Requests that arrive at the admin port get the admin pages, all others the plugin API.
    Raises `DiagnosticError` for settings (SF830) or tokens (SF831) that the service must not start with.
    """
    service = Service(settings or Settings.from_environ(os.environ))
    app = Flask("generator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1  # one more, so that a chunked body that is cut off is noticed
    app.url_map.merge_slashes = False  # a redirect would turn Argo CD's POST into something else
    app.extensions["sixfold"] = service

    @app.post(PATH, provide_automatic_options=False)
    def getparams() -> Response:
        if not service.tokens.accept(request.headers.get("Authorization")):
            raise Refusal(401, "unauthorized", "a valid bearer token is needed")
        g.ask = parse(_body())
        catalog = service.adopted.catalog()
        g.revision = catalog.snapshot.commit or catalog.snapshot.repository.branch
        reply = service.replies.get(catalog, g.ask, gzipped=request.accept_encodings.quality("gzip") > 0)
        g.sets = reply.sets
        return _response(200, reply.body, {"Content-Encoding": "gzip"} if reply.gzipped else {})

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        refusal = _refusal(error)
        if refusal.status == 500:
            service.log.error("internal", trace="".join(traceback.format_exception(error))[-4000:])
        g.outcome, g.message = refusal.outcome, refusal.message
        headers = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "POST"}, 503: {"Retry-After": "5"}}
        return _response(refusal.status, message(refusal.message), headers.get(refusal.status, {}))

    @app.after_request
    def tell(response: Response) -> Response:
        _tell(service, response)
        return response

    # Flask's own way to put a middleware around an application.
    app.wsgi_app = _Listeners(app.wsgi_app, create_admin(service).wsgi_app, service.settings.admin_port)  # type: ignore[method-assign]
    return app


def message(text: str) -> bytes:
    """The one body of every error. Long texts are cut, so that it stays within 1 KiB."""
    body = orjson.dumps({"message": text}) + b"\n"
    while len(body) > MAX_MESSAGE:
        text = text[: len(text) * 3 // 4]
        body = orjson.dumps({"message": text + "…"}) + b"\n"
    return body


class _Listeners:
    """Two applications, told apart by the listener that a request came in by, which no header can change."""

    def __init__(self, plugin: WSGIApplication, admin: WSGIApplication, admin_port: int) -> None:
        self._plugin = plugin
        self._admin = admin
        self._admin_port = str(admin_port)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = self._admin if environ.get("SERVER_PORT") == self._admin_port else self._plugin
        return chosen(environ, start_response)


def _body() -> bytes:
    """The request's body, of which no more than the limit is ever read."""
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def _response(status: int, body: bytes, headers: dict[str, str]) -> Response:
    response = Response(body, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.update(headers)
    return response


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException) and error.code is not None and 400 <= error.code < 500:
        code = 413 if isinstance(error, RequestEntityTooLarge) else error.code
        return Refusal(code, OUTCOMES.get(code, "bad-request"), MESSAGES.get(code, "the request is not understood"))
    if isinstance(error, TimeoutError):
        return Refusal(408, OUTCOMES[408], MESSAGES[408])
    return Refusal(500, "error", "the generator failed; its log has the trace")


def _tell(service: Service, response: Response) -> None:
    ask: Ask | None = g.get("ask")
    outcome: str = g.get("outcome", "ok")
    seconds = time.perf_counter() - g.started if "started" in g else 0.0
    size = response.content_length or 0
    service.metrics.request(outcome, seconds, size)
    if ask is not None and "sets" in g:
        service.metrics.sets(ask.application_set, g.sets)
    line: dict[str, Any] = {
        "outcome": outcome,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 3),
        "bytes": size,
        "method": request.method[:16],
    }
    if request.path != PATH:
        line["path"] = shown(request.path)
    if ask is not None:
        line["application_set"] = shown(ask.application_set).strip('"')
        line["params"] = {"unit": ask.unit} | {
            key: [shown(value).strip('"') for value in values[:SHOWN_VALUES]] for key, values in ask.selection
        }
    for key in ("sets", "revision", "message"):
        if key in g:
            line[key] = g.get(key)
    service.log.info("request", **line)
