"""The admin port: probes, metrics, and a plain page about what is adopted. No token, so never on the plugin's port."""

from __future__ import annotations

import traceback
from functools import cache
from typing import TYPE_CHECKING

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from sixfold_generator.service.gauges import Readings
from sixfold_generator.web.openapi import render
from sixfold_generator.web.routes import ERRORS, HEADERS, HTML, JSON, METRICS, ROUTES
from sixfold_generator.web.status_page import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sixfold_generator.service.service import Service

__all__ = ["create_admin"]


def create_admin(service: Service) -> Flask:
    """The application of the admin port."""
    app = Flask("sixfold_generator.web.admin", static_folder=None)
    app.url_map.merge_slashes = False
    views = _views(service)
    for route in ROUTES:
        # OPTIONS is no page of ours: like every other method it gets a 405 that names those which are.
        app.add_url_rule(route.path, route.name, views[route.name], methods=["GET"], provide_automatic_options=False)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        code = (isinstance(error, HTTPException) and error.code) or 500
        if code == 500:
            service.log.error("internal", trace="".join(traceback.format_exception(error))[-4000:])
        response = _json({"message": ERRORS.get(code, "failed")}, code)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    return app


def _views(service: Service) -> Mapping[str, Callable[[], Response]]:
    """The handlers by the names of their routes."""

    def live() -> Response:
        return _json({"status": "live"})

    def ready() -> Response:
        # Degraded is still ready: a pod that leaves its Service for one held team would freeze all the others.
        health = service.health()
        return _json({"status": health.status, "reasons": health.reasons}, 503 if health.status == "unready" else 200)

    def metrics() -> Response:
        return Response(service.metrics.render(Readings(service.health())), content_type=METRICS)

    def status() -> Response:
        health = service.health()
        if request.accept_mimetypes.best_match(["text/html", JSON]) == JSON:
            response = _json(health.document())
        else:
            response = Response(page(health), content_type=HTML)
        response.headers["Vary"] = "Accept"
        return response

    @cache
    def document() -> bytes:
        return render(service.settings)

    def openapi() -> Response:
        return Response(document(), content_type=JSON)

    return {"status": status, "live": live, "ready": ready, "metrics": metrics, "openapi": openapi}


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document) + b"\n", status, content_type=JSON)
