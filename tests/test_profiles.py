"""SIXFOLD_PROFILE selects the profile of all tests, and each profile has the factor that the READMEs state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.profiles import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
ASK = """
import json
from tests import profiles
name = profiles.load()
from tests.conformance.openapi.runner import EXAMPLES
from tests.conformance.peers.corpus import ALL
print(json.dumps([name, EXAMPLES, ALL, profiles.examples(40).max_examples, profiles.times(40), profiles.is_long()]))
"""


def ask(**environ: str) -> subprocess.CompletedProcess[str]:
    """Load the profile in another process with these variables, so that pytest's own profile stays as it is."""
    clean = {key: value for key, value in os.environ.items() if key not in {VARIABLE, "CI"}}
    return subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=clean | environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, ["sixfold", 150, False, 40, 40, False]),
        ({"CI": "true"}, ["ci", 150, False, 40, 40, False]),
        ({VARIABLE: "long"}, ["long", 750, False, 200, 200, True]),
        ({VARIABLE: "hour", "CI": "true"}, ["hour", 10_000, True, 1200, 1200, True]),
    ],
    ids=["default", "ci", "long", "hour"],
)
def test_a_profile_sets_the_number_of_examples_of_every_kind(environ, asked):
    done = ask(**environ)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == asked


def test_an_unknown_profile_is_rejected_with_the_names_of_all_profiles():
    done = ask(**{VARIABLE: "our"})
    assert done.returncode == 1
    assert done.stderr.strip() == f"{VARIABLE}=our: there is no such profile; there are sixfold, ci, long, hour"
