"""The generator's chart and the real helm: sets of values, renderings, snapshots."""

from __future__ import annotations

import copy
import json
import subprocess
from functools import cache
from pathlib import Path

import yaml

from tests.support.binaries import helm_binary

__all__ = [
    "CHART",
    "MINIMAL",
    "ROOT",
    "SETS",
    "SNAPSHOTS",
    "VERSIONS",
    "helm",
    "install",
    "only_object",
    "refusal",
    "rendered",
    "snapshot",
    "values",
]

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "generator"
SNAPSHOTS = ROOT / "tests" / "charts" / "snapshots"
# Sets of values by name. The sets of the chart can be installed anywhere; the others need namespaces and claims.
SETS = {
    path.stem.removesuffix("-values"): path
    for path in sorted([*(CHART / "ci").glob("*.yaml"), *(ROOT / "tests" / "charts" / "values").glob("*.yaml")])
}
VERSIONS = ("1.30", "1.37")
MINIMAL = {"image": {"repository": "example/sixfold"}, "git": {"repo": "https://git.example.com/deploy.git"}}


def helm(*arguments, values=None):
    """Run helm; `values` go to its standard input, for `--values -`."""
    return subprocess.run(
        [helm_binary(), *arguments],
        input=None if values is None else json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )


def values(name):
    """Return a set of values."""
    return yaml.safe_load(SETS[name].read_text())


def rendered(name):
    """Return the objects that a set of values renders; helm renders each set once in a process."""
    helm_binary()  # records the counterpart for this test, even if another test has rendered the set
    return copy.deepcopy(_objects(name))


@cache
def _objects(name):
    return [item for item in yaml.load_all(snapshot(SETS[name]), yaml.CSafeLoader) if item]


def snapshot(values, chart=CHART):
    """Return the rendering of a set of values as YAML: the objects, then the notes as comments."""
    release = install(values, chart)
    notes = "".join(f"# {line}".rstrip() + "\n" for line in ["NOTES.txt", "", *release["info"]["notes"].splitlines()])
    return f"{release['manifest'].rstrip()}\n---\n{notes}"


def install(values, chart=CHART):
    """Return the release that helm would install with a set of values: its `manifest` and its `info`."""
    options = ("--namespace", "argocd", "--dry-run=client", "--output", "json", "--values", values)
    done = helm("install", "sixfold-generator", chart, *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(**values):
    """Return the message with which helm rejects the minimal values merged with these."""
    merged = copy.deepcopy(MINIMAL)
    for key, value in values.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    done = helm("template", "x", CHART, "--values", "-", values=merged)
    assert done.returncode != 0, done.stdout[:500]
    return done.stderr


def only_object(objects, kind):
    """Return the only object of a kind."""
    (match,) = [item for item in objects if item["kind"] == kind]
    return match
