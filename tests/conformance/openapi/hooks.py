"""What schemathesis loads beside the document: checks of ours, and a tally of which check held how often.

Runs inside schemathesis' own process, which finds the paths in its environment.
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
    """Puts names that exist in the place of names that are made up, and adds some, so that lists are asked for and not
    only refused.

    A name stays a name, and what is none stays as it is: a body that the document allows is still one that it allows,
    and one that it forbids is still forbidden.
    """
    asked = body.get("input") if isinstance(body, dict) else None
    given = asked.get("parameters", {}) if isinstance(asked, dict) else None
    if not isinstance(given, dict):
        return st.just(body)
    unit = given.get("unit", "namespace")
    applying = APPLY.get(unit if isinstance(unit, str) else "", ())
    real = {key: st.sampled_from(NAMES[key]) | st.lists(st.sampled_from(NAMES[key]), min_size=1) for key in NAMES}
    kept = {
        key: real[key] | st.just(value) if key in NAMES and named(value) else st.just(value)
        for key, value in given.items()
    }
    added = {key: real[key] for key in applying if key in NAMES and key not in given}
    parameters = st.fixed_dictionaries(kept, optional=added)
    return parameters.map(lambda drawn: body | {"input": asked | ({"parameters": drawn} if drawn else {})})


def named(value):
    """Whether these are names, and no more of them than may be."""
    values = value if isinstance(value, list) else [value]
    return 0 < len(values) <= 1000 and all(isinstance(value, str) and PLAIN.fullmatch(value) for value in values)


@schemathesis.deserializer("text/html")
def html(_context, response):
    """The status page is checked as text: that its schema says so much is the truth about it."""
    return response.content.decode()


@schemathesis.check
def errors_are_short_and_secrets_stay(_context, response, case):
    """Argo CD shows an error to people as it is: short JSON, the same keys always, and never a token."""
    assert TOKEN.encode() not in response.content
    assert TOKEN not in str(response.headers)
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert len(response.content) <= 1024
        assert list(response.json()) == ["message"] or case.path == "/readyz"


@schemathesis.check
def lists_are_sorted_and_without_doubles(_context, response, case):
    """What no schema can say of a list: names in order, each once."""
    if case.path.startswith("/api/") and response.status_code == 200:
        names = [entry["name"] for entry in response.json()["output"]["parameters"]]
        assert names == sorted(set(names))


@schemathesis.check
def only_bodies_over_the_limit_are_too_large(_context, response, case):
    """The one thing about a body that the document says in words only."""
    if case.path.startswith("/api/") and response.request.method == "POST" and response.status_code != 401:
        body = response.request.body or b""
        length = len(body.encode() if isinstance(body, str) else body)
        assert (response.status_code == 413) == (length > LIMIT)


@schemathesis.check
def content_length_is_exact(_context, response, case):
    """A body that is cut must be seen to be cut: Argo CD takes an empty 200 for an empty list."""
    assert response.headers["content-length"][0].isdigit()
    assert "transfer-encoding" not in response.headers


@cli.handler()
class Tally(cli.EventHandler):
    """Which check held how often, and what was answered to what."""

    def __init__(self, *_, **__):
        self.held = Counter()
        self.answers = Counter()

    def handle_event(self, _context, event):
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            self.held.update(check.name for checks in recorder.checks.values() for check in checks)
            for identifier, interaction in recorder.interactions.items():
                case = recorder.cases[identifier].value
                status = interaction.response.status_code if interaction.response else "none"
                self.answers[f"{interaction.request.method} {case.path} {status}"] += 1

    def shutdown(self, _context):
        Path(os.environ["SIXFOLD_TEST_TALLY"]).write_text(json.dumps({"held": self.held, "answers": self.answers}))
