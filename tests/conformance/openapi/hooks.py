"""Hooks for schemathesis: our own checks, and counts of the passed checks and of the answers.

They run in the process of schemathesis, which gets the paths in its environment.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis import cli
from schemathesis.engine import events

TOKEN = os.environ["SIXFOLD_TEST_TOKEN"]
NAMES = json.loads(os.environ["SIXFOLD_TEST_NAMES"])  # of the adopted fleet, by parameter
LIMIT = int(os.environ["SIXFOLD_TEST_LIMIT"])  # bytes of a body
APPLY = json.loads(os.environ["SIXFOLD_TEST_APPLY"])  # the parameters of each unit


PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@schemathesis.hook
def flatmap_body(_context, body):
    """Replace random names by existing ones, and add some, so that requests are also answered with lists.

    A name is replaced by a name, and other values stay: the document still allows the bodies that it allowed, and still
    forbids the others.
    """
    asked = body.get("input") if isinstance(body, dict) else None
    given = asked.get("parameters", {}) if isinstance(asked, dict) else None
    if not isinstance(given, dict):
        return st.just(body)
    unit = given.get("unit", "namespace")
    most = 1 if unit in ("argocd", ["argocd"]) else 1000  # names of a parameter
    applying = APPLY.get(unit if isinstance(unit, str) and most > 1 else "", ())
    real = {
        key: st.sampled_from(NAMES[key]) | st.lists(st.sampled_from(NAMES[key]), min_size=1, max_size=min(most, 50))
        for key in NAMES
    }
    kept = {
        key: real[key] | st.just(value) if key in NAMES and named(value, most) else st.just(value)
        for key, value in given.items()
    }
    added = {key: real[key] for key in applying if key in NAMES and key not in given}
    parameters = st.fixed_dictionaries(kept, optional=added)
    return parameters.map(lambda drawn: body | {"input": asked | ({"parameters": drawn} if drawn else {})})


def named(value, most):
    """Return whether a value is a name, or a list of at most so many names."""
    values = value if isinstance(value, list) else [value]
    return 0 < len(values) <= most and all(isinstance(value, str) and PLAIN.fullmatch(value) for value in values)


@schemathesis.deserializer("text/html")
def html(_context, response):
    """Return the status page as text, which is its schema in the document."""
    return response.content.decode()


@schemathesis.check
def errors_are_short_and_secrets_stay(_context, response, case):
    """Check that errors, which Argo CD shows to people, are short JSON with fixed keys and without a token."""
    assert TOKEN.encode() not in response.content
    assert TOKEN not in str(response.headers)
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert len(response.content) <= 1024
        assert list(response.json()) == ["message"] or case.path == "/readyz"


@schemathesis.check
def lists_are_sorted_and_without_doubles(_context, response, case):
    """Check that names are sorted and unique, which no schema can express."""
    if case.path.startswith("/api/") and response.status_code == 200:
        names = [entry["name"] for entry in response.json()["output"]["parameters"]]
        assert names == sorted(set(names))


@schemathesis.check
def only_bodies_over_the_limit_are_too_large(_context, response, case):
    """Check the limit on the size of bodies, which the document states only in prose."""
    if case.path.startswith("/api/") and response.request.method == "POST" and response.status_code != 401:
        body = response.request.body or b""
        length = len(body.encode() if isinstance(body, str) else body)
        assert (response.status_code == 413) == (length > LIMIT)


@schemathesis.check
def content_length_is_exact(_context, response, case):
    """Check that a truncated body can be detected, since Argo CD reads an empty 200 as an empty list."""
    assert response.headers["content-length"][0].isdigit()
    assert "transfer-encoding" not in response.headers


@cli.handler()
class Tally(cli.EventHandler):
    """Count the passed checks, and the answers by method, path and status."""

    def __init__(self, *_, **__):
        self.passed = Counter()
        self.answers = Counter()

    def handle_event(self, _context, event):
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            self.passed.update(check.name for checks in recorder.checks.values() for check in checks)
            for identifier, interaction in recorder.interactions.items():
                case = recorder.cases[identifier].value
                status = interaction.response.status_code if interaction.response else "none"
                self.answers[f"{interaction.request.method} {case.path} {status}"] += 1

    def shutdown(self, _context):
        Path(os.environ["SIXFOLD_TEST_TALLY"]).write_text(json.dumps({"passed": self.passed, "answers": self.answers}))
