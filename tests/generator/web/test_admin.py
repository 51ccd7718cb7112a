"""The admin pages: their formats, their headers, and a fault as a short error."""

from __future__ import annotations

import pytest

from sixfold_generator.service.health import OPEN
from sixfold_generator.web.routes import ADMIN_HEADERS, ROUTES
from tests.support.in_process import InProcess
from tests.support.trees import Spec


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return InProcess(tmp_path_factory.mktemp("generator"), Spec())


@pytest.mark.parametrize("path", [*(route.path for route in ROUTES), "/nothing"])
def test_every_reply_has_the_headers_of_the_listener(generator, path):
    for method in ("GET", "HEAD", "POST"):
        headers = generator.admin(path, method).headers
        assert {name: headers[name] for name in ADMIN_HEADERS} == ADMIN_HEADERS


def test_a_browser_stores_guesses_and_frames_nothing(generator):
    headers = generator.admin("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_a_405_that_names_those_that_are_answered(generator, method):
    reply = generator.admin("/livez", method)
    assert (reply.status_code, reply.json) == (405, {"message": "only GET is answered"})
    assert reply.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,*/*;q=0.8", "text/html; charset=utf-8"), ("*/*", "text/html; charset=utf-8"), ("", "text/html; charset=utf-8"),
        ("application/json", "application/json"), ("text/html;q=0.5,application/json", "application/json"),
    ],
)  # fmt: skip
def test_the_status_page_has_the_form_that_the_client_prefers(generator, accept, kind):
    reply = generator.admin("/", Accept=accept)
    assert (reply.content_type, reply.headers["Vary"]) == (kind, "Accept")


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("POST", 404), ("OPTIONS", 404)])
def test_an_unknown_path_is_a_short_404(generator, method, status):
    reply = generator.admin("/nothing", method)
    assert (reply.status_code, reply.json) == (status, {"message": "there is nothing here"})


def test_readiness_without_an_adopted_snapshot_is_503(tmp_path):
    reply = InProcess(tmp_path).admin("/readyz")
    assert (reply.status_code, reply.json) == (
        503,
        {"status": "unready", "reasons": ["nothing is adopted yet"], "notes": [OPEN]},
    )


def test_a_fault_is_a_500_whose_trace_is_in_the_log_alone(tmp_path, monkeypatch):
    generator = InProcess(tmp_path, Spec())
    monkeypatch.setattr(generator.service, "served", None)
    reply = generator.admin("/readyz")
    assert (reply.status_code, reply.json) == (500, {"message": "failed"})
    (line,) = generator.lines
    assert line["event"] == "internal"
    assert "AttributeError" in line["trace"]
