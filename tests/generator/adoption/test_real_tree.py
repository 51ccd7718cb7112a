"""The compiler's own tree is adopted unchanged, and every ApplicationSet in it gets an answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date

import pytest
import yaml

from sixfold_generator.adoption.run import run
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import parse
from sixfold_generator.state.folder import State
from tests.support.generator import ROOT


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    out = tmp_path_factory.mktemp("real") / "overlays"
    command = [sys.executable, "-m", "sixfold_compiler", "compile", "examples", "--fleet", "environments", "--out", out]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def catalog(tree, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    result = run(tree, state, today=date(2026, 11, 24))
    assert (result.outcome, result.problems) == ("adopted", ())
    return Catalog(State(state).read())


def plugin_generators(node):
    """Yield every plugin generator in an ApplicationSet, at any depth of matrix and merge generators."""
    if isinstance(node, dict):
        if "plugin" in node:
            yield node["plugin"]
        for child in node.values():
            yield from plugin_generators(child)
    elif isinstance(node, list):
        for child in node:
            yield from plugin_generators(child)


def test_every_application_set_is_answered_with_all_that_its_template_uses(tree, catalog):
    """The answer to the parameters of each set has every field that its template names."""
    asked = 0
    for path in sorted(tree.glob("argocd/*/*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] != "ApplicationSet":
                continue
            used = set(re.findall(r"{{-?\s*\.(\w+)", json.dumps(document["spec"]["template"])))
            for plugin in plugin_generators(document["spec"]["generators"]):
                body = {"applicationSetName": document["metadata"]["name"], "input": plugin["input"]}
                sets = json.loads(answer(catalog, parse(json.dumps(body).encode())).body)["output"]["parameters"]
                asked += 1
                assert all(used <= entry.keys() for entry in sets), (path.name, used)
    assert asked >= 10


def test_every_application_set_names_an_existing_folder_and_files(tree, catalog):
    top = catalog.snapshot.repository.path
    for unit in ("cluster", "namespace", "app"):
        body = {"applicationSetName": "x", "input": {"parameters": {"unit": unit}}}
        for entry in json.loads(answer(catalog, parse(json.dumps(body).encode())).body)["output"]["parameters"]:
            folder = tree / entry["path"].removeprefix(f"{top}/" if top else "")
            pattern = "_*/*.yaml" if unit == "cluster" else entry["include"]
            assert list(folder.glob(pattern)), entry["path"]
