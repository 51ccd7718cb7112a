"""Prepare the same work for Kapitan: one target for each team namespace on each cluster, with the same library.

Kapitan gets every advantage that does not change the result: prepared inputs in JSON files beside the components, so
that its inventory stays empty; only the part of an input that a target needs; Go's Jsonnet, the rapidyaml emitter, the
Rust inventory, and one forked worker for each core. With one target for each cluster it took 1.5 times as long and four
times the memory.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import yaml

from sixfold_compiler.engine import library_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command", "differences", "write_project"]

SAMPLE = 300
COMMON = """\
local entries = (import 'main.libsonnet').entries;
local pick(value, place) = std.foldl(function(found, step) found[step], place, value);

function(data)
  {
    [app.file]:
      local result = entries.app(app.value + { fleet: data.fleet });
      [pick(result, place) for place in app.places]
    for app in data.apps
  }
  + {
    [file.name]: entries[data.entry](data.input)[file.source]
    for file in data.files
  }
"""


def write_project(inputs: Path, project: Path) -> None:
    """Write a Kapitan project to `project` from the records of `prepare.py` in `inputs`."""
    targets: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"fleet": {}, "apps": [], "entry": "", "input": {}, "files": []}
    )
    for file in sorted(inputs.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            job = json.loads(line)
            value = json.loads(job["input"])
            for path, places in job["files"].items():
                _add(targets, path, places, value, job["program"])
    shutil.copytree(library_folder(), project / "lib")
    for folder in ("components", "data", "inventory/targets", "inventory/classes"):
        (project / folder).mkdir(parents=True)
    (project / "components" / "common.libsonnet").write_text(COMMON)
    for name, data in sorted(targets.items()):
        (project / "data" / f"{name}.json").write_text(json.dumps(data))
        (project / "components" / f"{name}.jsonnet").write_text(
            f"(import 'common.libsonnet')(std.parseJson(importstr '../data/{name}.json'))\n"
        )
        compiling = {
            "output_path": ".",
            "input_type": "jsonnet",
            "output_type": "yaml",
            "input_paths": [f"components/{name}.jsonnet"],
        }
        target = {"parameters": {"kapitan": {"compile": [compiling], "vars": {"target": name}}}}
        (project / "inventory" / "targets" / f"{name}.yml").write_text(yaml.safe_dump(target))


def command(kapitan: Path) -> list[str | Path]:
    """Return the command line of Kapitan, with its fastest options; it must run in the folder of the project."""
    return [
        kapitan, "--mp-method", "fork", "compile", "--use-go-jsonnet", "--yaml-use-rapidyaml", "--quiet",
        "--inventory-backend", "reclass-rs", "--parallelism", str(len(os.sched_getaffinity(0))),
        "--search-paths", ".", "lib",
    ]  # fmt: skip


def differences(tree: Path, project: Path) -> list[str]:
    """Return the files whose objects differ from those of our tree. About 300 files are compared."""
    problems = []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = sorted(tree.rglob("*.yaml"))
    for path in files[:: max(1, len(files) // SAMPLE)]:
        name = path.relative_to(tree).as_posix()
        target, file = _target(name)
        theirs = project / "compiled" / target / f"{file}.yaml"
        if not theirs.is_file():
            problems.append(f"{name}: missing")
        elif list(yaml.load_all(path.read_bytes(), loader)) != list(yaml.load_all(theirs.read_bytes(), loader)):
            problems.append(f"{name}: different")
    return problems


def _add(targets: dict[str, Any], path: str, places: list[list[Any]], value: dict[str, Any], program: str) -> None:
    target, file = _target(path)
    data = targets[target]
    if "apps" in value:
        key = places[0][0]
        data["fleet"] = value["fleet"]
        data["apps"].append(
            {"file": file, "value": _needed(value["apps"][key], places), "places": [place[1:] for place in places]}
        )
    else:
        data["entry"] = program.partition("(std.parseJson")[0].rpartition(".")[2]
        data["input"] = value
        data["files"].append({"name": file, "source": places[0][0]})


def _needed(value: dict[str, Any], places: list[list[Any]]) -> dict[str, Any]:
    """Return an app's input with only the cells and records that the objects of these places need."""
    cells = {place[2] for place in places if place[1] == "cells"}
    records = {place[2] for place in places if place[1] == "records"}
    kept = {name: cell for name, cell in value["cells"].items() if name in cells or cell["record"] in records}
    return value | {"cells": kept}


def _target(path: str) -> tuple[str, str]:
    """Return the Kapitan target of a file of our tree, and the name of the file in it."""
    parts = path.removesuffix(".yaml").split("/")
    depth = 2 if parts[0] == "argocd" else 3 if parts[3].startswith("_") else 4
    return "-".join(parts[:depth]), "/".join(parts[depth:])
