"""The options of gunicorn fit Argo CD's client."""

from __future__ import annotations

from pathlib import Path

from sixfold_generator import Settings
from sixfold_generator.server.options import options


def test_the_options_of_gunicorn_fit_argo_cds_client():
    """Idle connections outlive the 90 s of Argo CD's client, and workers stop before its timeout of 30 s."""
    chosen = options(Settings(token_files=(Path("token"),)))
    assert chosen["keepalive"] > 90
    assert chosen["timeout"] < 30
    assert chosen["graceful_timeout"] == 10
    assert chosen["forwarded_allow_ips"] == ""
    assert (chosen["limit_request_line"], chosen["limit_request_fields"], chosen["limit_request_field_size"]) == (
        2048,
        32,
        4096,
    )
    assert 0 < chosen["max_requests_jitter"] < chosen["max_requests"]
