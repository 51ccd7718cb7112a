"""Record what a compile evaluates: every program, its input, and the file of each resulting object.

`prepare.py REPO FOLDER` compiles the repository once with the compiler's own code, without writing a tree, and
records the calls of the engine. The floor and the peer start from these inputs, so their cost contains no preparation.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.pipeline.render import apps, overlays
from sixfold_compiler.tree.staging import Staging

_real_batch = overlays.render_batch
_real_entries = overlays.render_units
_real_evaluate = overlays.evaluate
_real_together = overlays.evaluate_together
_real_check = overlays.check_objects
_real_put = Staging.put
_loads = overlays.orjson.loads
_folder = Path()


@dataclass
class _Work:
    """The state of a worker: the current evaluation, the places of its objects, and the overlay being assembled."""

    program: str = ""
    input: str = ""
    places: dict[int, list[str | int]] = field(default_factory=dict)
    keep: list[Any] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)
    files: dict[str, list[list[str | int]]] = field(default_factory=dict)


_now = _Work()


def batch(workspace: Any, jobs: Any) -> Any:
    """Call `render_batch` and record its evaluation. It replaces `render_batch` during the recording."""
    return _recorded(_real_batch, workspace, jobs)


def entries(workspace: Any, jobs: Any) -> Any:
    """Call `render_units` for each unit alone, and record the evaluation: its files are lists of the result."""
    return [result for job in jobs for result in _recorded(_real_entries, workspace, [job])]


def _recorded(function: Any, workspace: Any, argument: Any) -> Any:
    _now.files = {}
    result = function(workspace, argument)
    line = {"program": _now.program, "input": _now.input, "files": _now.files}
    with (_folder / f"{os.getpid()}.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    return result


def _evaluate(library: Any, program: str, payload: str, engine: str) -> str:
    text = _real_evaluate(library, program, payload, engine)
    _now.program, _now.input = program, payload
    return text


def _together(library: Any, program: str, payload: str, engine: str) -> str:
    text = _real_together(library, program, payload, engine)
    _now.program, _now.input = program, payload
    return text


class _Orjson:
    """A replacement of `orjson` in the renderer, which remembers each parsed result and the place of its objects."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.modules["orjson"], name)

    @staticmethod
    def loads(text: Any) -> Any:
        value = _loads(text)
        if isinstance(text, str):  # an engine's result; the compiler's own data are bytes
            _now.places, _now.keep = {}, [value]
            _drop(value, [])
        return value


def _drop(value: Any, place: list[str | int]) -> None:
    if isinstance(value, dict):
        _now.places[id(value)] = place
        for key, inner in value.items():
            _drop(inner, [*place, key])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _drop(inner, [*place, index])


def _check(objects: Any, *others: Any) -> Any:
    _now.objects = objects
    return _real_check(objects, *others)


def _put(self: Staging, path: str, data: bytes, objects: int, *others: Any) -> Any:
    if not _now.keep:  # the compiler's own inventories
        return _real_put(self, path, data, objects, *others)
    (result,) = _now.keep
    listed = [name for name, value in result.items() if path.endswith(f"/{name}") and isinstance(value, list)]
    places = [_now.places[id(item)] for item in (result[listed[0]] if listed else _now.objects)]
    assert len(places) == objects, path
    _now.files[path] = places
    return _real_put(self, path, data, objects, *others)


def main(repo: Path, folder: Path) -> None:
    """Compile `repo` and write the records of its evaluations to `folder`."""
    global _folder  # noqa: PLW0603 - inherited by the forked workers
    _folder = folder
    folder.mkdir(parents=True)
    apps.render_batch = batch
    overlays.render_units = entries
    overlays.evaluate = _evaluate
    overlays.evaluate_together = _together
    overlays.check_objects = _check
    overlays.orjson = _Orjson()
    Staging.put = _put
    os.chdir(repo)
    with plan(Options(out=folder / "tree")) as results:
        if results.fatal or results.summary.failed:
            sys.exit("\n".join(f"{d.code} {d.span}: {d.message}" for d in results.diagnostics[:20]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
