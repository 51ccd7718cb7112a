"""The admin port: probes, metrics, and a plain page about what is adopted. No token, so never on the plugin's port."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from generator.health import Readings
from generator.page import page

if TYPE_CHECKING:
    from generator.service import Service

__all__ = ["create_admin"]


def create_admin(service: Service) -> Flask:
    """The application of the admin port."""
    app = Flask("generator.admin", static_folder=None)
    app.url_map.merge_slashes = False

    @app.get("/livez")
    def live() -> Response:
        return _json({"status": "live"})

    @app.get("/readyz")
    def ready() -> Response:
        # Degraded is still ready: a pod that leaves its Service for one held team would freeze all the others.
        health = service.health()
        return _json({"status": health.status, "reasons": health.reasons}, 503 if health.status == "unready" else 200)

    @app.get("/metrics")
    def metrics() -> Response:
        body = service.metrics.render(Readings(service.health()))
        return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/")
    def status() -> Response:
        health = service.health()
        if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
            return _json(health.document())
        return Response(page(health), content_type="text/html; charset=utf-8")

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        code = error.code if isinstance(error, HTTPException) and error.code else 500
        if code == 500:
            service.log.error("internal", trace="".join(traceback.format_exception(error))[-4000:])
        return _json({"message": {404: "there is nothing here", 405: "only GET is answered"}.get(code, "failed")}, code)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        return response

    return app


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document) + b"\n", status, content_type="application/json")
