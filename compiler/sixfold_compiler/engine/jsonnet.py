"""Evaluation of Jsonnet by one of two engines.

`rjsonnet` is fast; `jsonnet` is the reference implementation and has better error messages. `evaluate` tries the fast
engine first. If that fails, it evaluates with the reference engine and uses its result, or its error with file, line
and column. A test compares both engines on the complete example fleet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from sixfold_compiler.engine.messages import plain_message
from sixfold_compiler.files.confined import ConfinementError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_compiler.engine.library import Library

__all__ = ["ENGINES", "EngineName", "EvaluationError", "evaluate", "evaluate_together", "evaluate_with"]

EngineName = Literal["auto", "rjsonnet", "jsonnet"]
_PLACE = re.compile(r"(?P<file>[^\s:()]+\.(?:lib|j)sonnet):\(?(?P<line>[0-9]+)[:)](?P<column>[0-9]+)?")


class EvaluationError(Exception):
    """A failed evaluation of a Jsonnet program.

    `message` is the first line of the engine's error text in plain words, and `trace` the complete text. `file`, `line`
    and `column` are the innermost position in it; `file` is empty if the text names no position.
    """

    def __init__(self, text: str) -> None:
        lines = [line for line in text.strip().splitlines() if line.strip()]
        first = lines[0] if lines else "evaluation failed"
        self.message = plain_message(first)
        self.trace = text
        place = _PLACE.search(text)
        self.file = place["file"] if place else ""
        self.line = int(place["line"]) if place else 0
        self.column = int(place["column"] or 1) if place else 0
        super().__init__(self.message)


def evaluate(library: Library, source: str, input_json: str | None = None, engine: EngineName = "auto") -> str:
    """Evaluate a Jsonnet program and return the result as JSON text.

    Args:
        library: The sources that imports may read.
        source: The program. With `input_json` it must be a function of `text`.
        input_json: The top-level argument `text`, a string of JSON. It is never evaluated as code.
        engine: The engine to use, or `auto`.

    Raises:
        EvaluationError: The program fails. No other error is raised.
    """
    if engine != "auto":
        return evaluate_with(engine, library, source, input_json)
    try:
        return evaluate_with("rjsonnet", library, source, input_json)
    except EvaluationError:
        return evaluate_with("jsonnet", library, source, input_json)


def evaluate_together(library: Library, source: str, input_json: str, engine: EngineName = "auto") -> str:
    """Evaluate a program for several inputs; see `evaluate`. With `auto`, only the fast engine is asked.

    Whoever calls it evaluates each input separately after a failure, and then the other engine has its turn.
    """
    return evaluate_with("rjsonnet" if engine == "auto" else engine, library, source, input_json)


def evaluate_with(engine: str, library: Library, source: str, input_json: str | None) -> str:
    """Evaluate a Jsonnet program with the named engine, and return the result as JSON text. See `evaluate`."""
    arguments = {} if input_json is None else {"text": input_json}
    try:
        return ENGINES[engine](library, source, arguments)
    except RuntimeError as error:
        raise EvaluationError(str(error)) from None


def _rjsonnet(library: Library, source: str, arguments: dict[str, str]) -> str:
    import rjsonnet  # noqa: PLC0415 - one engine is enough in most processes

    def load(folder: str, name: str) -> tuple[str, str]:
        path, data = _load(library, folder, name)
        return path, data.decode()

    # Garbage collection takes this engine a third of its time, and more with each evaluation; a worker that has grown
    # is replaced instead (`Limits.growth`).
    # Any: the stub of the engine lacks `gc`.
    options: dict[str, Any] = {"tla_vars": arguments, "import_callback": load, "gc": False}
    return str(rjsonnet.evaluate_snippet("<sixfold>", source, **options))


def _jsonnet(library: Library, source: str, arguments: dict[str, str]) -> str:
    import _jsonnet  # noqa: PLC0415 - as above

    def load(folder: str, name: str) -> tuple[str, bytes]:
        return _load(library, folder, name)

    return str(_jsonnet.evaluate_snippet("<sixfold>", source, tla_vars=arguments, import_callback=load))


def _load(library: Library, folder: str, name: str) -> tuple[str, bytes]:
    try:
        return library.read(folder, name)
    except ConfinementError as error:
        raise RuntimeError(str(error)) from None


ENGINES: dict[str, Callable[[Library, str, dict[str, str]], str]] = {"rjsonnet": _rjsonnet, "jsonnet": _jsonnet}
