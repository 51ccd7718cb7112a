"""Tables of both listeners: paths, limits, headers and errors.

The application is built from these tables, and so is the OpenAPI document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ADMIN_ERRORS",
    "ADMIN_HEADERS",
    "GZIP",
    "HTML",
    "JSON",
    "MAX_BODY",
    "MAX_MESSAGE",
    "METRICS",
    "PATH",
    "PLUGIN_HEADERS",
    "ROUTES",
    "STATUS_HEADERS",
    "Route",
]

HTML = "text/html; charset=utf-8"
JSON = "application/json"
METRICS = "text/plain; version=0.0.4; charset=utf-8"

PATH = "/api/v1/getparams.execute"  # the one path of the plugin's listener, for POST alone
MAX_BODY = 64 << 10  # bytes of a request's body
MAX_MESSAGE = 900  # bytes of an error as JSON; Argo CD shows it in a condition

# Every reply of the plugin's listener has these.
PLUGIN_HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
# And replies with these statuses have one header more.
STATUS_HEADERS: Mapping[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "Bearer"),
    405: ("Allow", "POST"),
    503: ("Retry-After", "5"),
}
GZIP = ("Content-Encoding", "gzip")

# Every reply of the admin listener has these, errors included.
ADMIN_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
ADMIN_ERRORS: Mapping[int, str] = {
    400: "the request is malformed",
    404: "there is nothing here",
    405: "only GET is answered",
    500: "failed",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One path of the admin listener, for GET and HEAD.

    `content` maps each media type of a good reply to the name of its schema (`sixfold_generator.web.schemas`), the
    default type first. `statuses` maps each status that comes with this content to its meaning.
    """

    path: str
    name: str
    summary: str
    content: Mapping[str, str]
    statuses: Mapping[int, str] = field(default_factory=lambda: {200: "As it is now."})


ROUTES = (
    Route(
        "/",
        "status",
        "The adopted tree, its age, and the teams that are held, with reasons",
        {HTML: "Page", JSON: "HealthDocument"},
    ),
    Route("/livez", "live", "Liveness of the process", {JSON: "Live"}, {200: "The process answers."}),
    Route(
        "/readyz",
        "ready",
        "Readiness to answer, and the reasons of a degraded service",
        {JSON: "Readiness"},
        {
            200: "Ready; or degraded, which answers from the adopted snapshot.",
            503: "Unready: nothing was ever adopted, or the adopted state is damaged.",
        },
    ),
    Route("/metrics", "metrics", "Metrics of all workers for Prometheus", {METRICS: "Metrics"}),
    Route("/openapi.json", "openapi", "This document", {JSON: "OpenAPI"}, {200: "The same until the next start."}),
)
