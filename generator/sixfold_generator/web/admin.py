"""The admin listener: probes, metrics, the status page and the OpenAPI document.

It needs no token, so its pages are never on the plugin's port.
"""

from __future__ import annotations

import traceback
from functools import cached_property
from typing import TYPE_CHECKING

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from sixfold_generator.service.gauges import HealthGauges
from sixfold_generator.web.listener import ADMIN
from sixfold_generator.web.openapi import render
from sixfold_generator.web.routes import ADMIN_ERRORS, ADMIN_HEADERS, HTML, JSON, METRICS, ROUTES
from sixfold_generator.web.status_page import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_generator.service.health import HealthDocument, Readiness
    from sixfold_generator.service.service import Service

__all__ = ["Admin"]


class Admin:
    """The admin listener; its routes are the table `ROUTES`, and each view has its route's name."""

    name = ADMIN

    def __init__(self, service: Service) -> None:
        self._service = service

    def blueprint(self) -> Blueprint:
        """Return the routes of the table."""
        blueprint = Blueprint("admin", __name__)
        for route in ROUTES:
            # OPTIONS is no page of ours: like every other method it gets a 405 that names those that are answered.
            blueprint.add_url_rule(
                route.path,
                route.name,
                getattr(self, route.name),
                host=ADMIN,
                methods=["GET"],
                provide_automatic_options=False,
            )
        return blueprint

    def begin(self) -> None:
        """Do nothing: admin requests are neither timed nor logged."""

    def failed(self, error: Exception) -> Response:
        """Reply with a short error; an error that is no HTTP status is logged with its trace."""
        code = (isinstance(error, HTTPException) and error.code) or 500
        if code == 500:
            self._service.log.error("internal", trace="".join(traceback.format_exception(error))[-4000:])
        response = _json({"message": ADMIN_ERRORS.get(code, "failed")}, code)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    def finish(self, response: Response) -> Response:
        """Add the headers of every reply."""
        response.headers.update(ADMIN_HEADERS)
        return response

    def status(self) -> Response:
        """Reply with the status page, as HTML or as JSON."""
        health = self._service.health()
        if request.accept_mimetypes.best_match(["text/html", JSON]) == JSON:
            response = _json(health.document())
        else:
            response = Response(page(health), content_type=HTML)
        response.headers["Vary"] = "Accept"
        return response

    def live(self) -> Response:
        """Reply that the process answers."""
        return _json({"status": "live"})

    def ready(self) -> Response:
        """Reply with readiness and its reasons."""
        # Degraded is still ready: a pod that leaves its Service for one held team would freeze all the others.
        health = self._service.health()
        return _json(health.readiness(), 503 if health.status == "unready" else 200)

    def metrics(self) -> Response:
        """Reply with the metrics of all workers."""
        service = self._service
        return Response(service.metrics.render(HealthGauges(service.health())), content_type=METRICS)

    def openapi(self) -> Response:
        """Reply with the OpenAPI document."""
        return Response(self._document, content_type=JSON)

    @cached_property
    def _document(self) -> bytes:
        return render(self._service.settings)


def _json(document: Mapping[str, str] | Readiness | HealthDocument, status: int = 200) -> Response:
    return Response(orjson.dumps(document) + b"\n", status, content_type=JSON)
