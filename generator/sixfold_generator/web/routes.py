"""What the admin listener answers. The application is built from this table, and so is the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ERRORS", "HEADERS", "HTML", "JSON", "METRICS", "ROUTES", "Route"]

HTML = "text/html; charset=utf-8"
JSON = "application/json"
METRICS = "text/plain; version=0.0.4; charset=utf-8"

# On every reply of the admin application, errors included.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
ERRORS: Mapping[int, str] = {
    400: "the request is malformed",
    404: "there is nothing here",
    405: "only GET is answered",
    500: "failed",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One path, for GET and HEAD.

    `content` maps the media types of a good reply to the name of a schema (`sixfold_generator.web.schemas`), the
    default first;
    `statuses` says when which status comes with that content.
    """

    path: str
    name: str
    summary: str
    content: Mapping[str, str]
    statuses: Mapping[int, str] = field(default_factory=lambda: {200: "As it is now."})


ROUTES = (
    Route("/", "status", "What is adopted, since when, and who is held back why", {HTML: "Page", JSON: "Health"}),
    Route("/livez", "live", "Whether the process answers", {JSON: "Live"}, {200: "It does."}),
    Route(
        "/readyz",
        "ready",
        "Whether there is a list to answer from, and what people should look at",
        {JSON: "Readiness"},
        {
            200: "Ready; or degraded, which goes on answering from what was adopted.",
            503: "Unready: nothing was ever adopted, or the adopted state is damaged.",
        },
    ),
    Route("/metrics", "metrics", "Metrics of all workers for Prometheus", {METRICS: "Metrics"}),
    Route("/openapi.json", "openapi", "This document", {JSON: "OpenAPI"}, {200: "The same until the next start."}),
)
