"""The generator's chart, rendered by the real helm."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path

import yaml

from tests.support.binaries import helm_binary

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "generator"
CASES = sorted(path.name for path in (CHART / "ci").glob("*.yaml"))
VERSIONS = ("1.30", "1.37")
MINIMAL = {"image": {"repository": "example/sixfold"}, "git": {"repo": "https://git.example.com/deploy.git"}}


def helm(*arguments, values=None):
    return subprocess.run(
        [helm_binary(), *arguments],
        input=None if values is None else json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )


def template(*arguments, values=None):
    """The rendered objects."""
    options = ["--values", "-"] if values is not None else []
    done = helm("template", "sixfold-generator", CHART, "--namespace", "argocd", *options, *arguments, values=values)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def refusal(**values):
    """Why helm refuses the minimal values with these on top."""
    merged = copy.deepcopy(MINIMAL)
    for key, value in values.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    done = helm("template", "x", CHART, "--values", "-", values=merged)
    assert done.returncode != 0, done.stdout[:500]
    return done.stderr


def one(objects, kind):
    (found,) = [item for item in objects if item["kind"] == kind]
    return found
