"""Which tests run each line of Python, measured once and kept in `.cache/mutate`.

Files that have changed since are looked up by their imports instead (`nearest`), so a measurement serves for a while.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import coverage

from dev.layout import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Traces", "digests", "function_lines"]


@dataclass(frozen=True)
class Traces:
    """Tests in the order of their seconds, and for each line of a file the numbers of the tests that run it."""

    tests: list[str]
    seconds: list[float]
    lines: dict[str, dict[str, list[int]]]  # {file: {line: tests}}
    files: dict[str, str]  # {file: digest} of what was measured, tests as well

    @classmethod
    def read(cls, file: Path) -> Traces | None:
        """Return what `write` has kept; None without a file."""
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def write(self, file: Path) -> None:
        """Keep the traces in a file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def measured(cls, root: Path, folder: Path) -> Traces:
        """Return the traces of a run of the tests in the checkout at `root`, which wrote its tests to `folder`."""
        seconds: dict[str, float] = {}
        users: dict[str, set[str]] = defaultdict(set)
        for file in folder.glob("*.json"):
            part = json.loads(file.read_text())
            seconds |= part["seconds"]
            for fixture, tests in part["users"].items():
                users[fixture].update(tests)
        tests = sorted(seconds, key=lambda test: (seconds[test], test))
        number = {test: index for index, test in enumerate(tests)}
        data = coverage.CoverageData(str(root / ".cache" / "coverage" / "data"))
        data.read()
        lines: dict[str, dict[str, list[int]]] = {}
        for name in data.measured_files():
            path = name.removeprefix(f"{root}/")
            lines[path] = {
                str(line): sorted(
                    {number[t] for context in contexts for t in users.get(context, [context]) if t in number}
                )
                for line, contexts in data.contexts_by_lineno(name).items()
            }
        return cls(tests, [seconds[test] for test in tests], lines, digests(root))

    def running(self, path: str, lines: range, current: dict[str, str]) -> list[str]:
        """Return the tests that run one of some lines, the quickest first; none if the file is not as it was measured.

        A test file that has changed since stands for its tests.
        """
        if path not in self.lines or current.get(path) != self.files.get(path):
            return []
        numbers = {index for line in lines for index in self.lines[path].get(str(line), ())}
        return list(dict.fromkeys(self.as_they_are([self.tests[index] for index in sorted(numbers)], current)))

    def others(self, files: Iterable[str], running: Iterable[str], current: dict[str, str]) -> list[str]:
        """Return the tests of some files that are not among those which run a line, and files that are not measured."""
        chosen, known = set(files), set(running)
        new = sorted(file for file in chosen if current.get(file) != self.files.get(file))
        tests = [test for test in self.tests if test.partition("::")[0] in chosen]
        return [test for test in dict.fromkeys([*self.as_they_are(tests, current), *new]) if test not in known]

    def as_they_are(self, tests: Iterable[str], current: dict[str, str]) -> Iterable[str]:
        """Yield tests by their names, or by their files where those have changed; none of files that are gone."""
        for test in tests:
            file = test.partition("::")[0]
            if file in current:
                yield test if current[file] == self.files[file] else file


def digests(root: Path) -> dict[str, str]:
    """Return {file: digest} of both packages and of the tests. Golden pages belong to the file that runs them."""
    folders = [*PACKAGES.values(), "tests"]
    pages = b"".join(page.read_bytes() for page in sorted((root / "tests" / "cases").rglob("*.md")))
    result = {}
    for file in sorted(file for folder in folders for file in (root / folder).rglob("*.py")):
        data = file.read_bytes() + (pages if file.name == "test_cases.py" else b"")
        result[file.relative_to(root).as_posix()] = hashlib.sha256(data).hexdigest()
    return result


def function_lines(source: str, line: int) -> range | None:
    """Return the lines of the innermost statement around a line, of a compound one its head; None outside of functions.

    What runs at the import of a module belongs to no test.
    """
    inner: ast.stmt | None = None
    function = False
    for node in ast.walk(ast.parse(source)):  # from the outside to the inside
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            function |= isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and line >= inner.body[0].lineno
            inner = node
    if inner is None or not function:
        return None
    body = getattr(inner, "body", None)
    end = body[0].lineno - 1 if body else inner.end_lineno or inner.lineno
    return range(inner.lineno, max(end, line) + 1)
