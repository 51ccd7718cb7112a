"""Branch coverage of the library's `if`s: sources with a trace in each branch, and the branches that were traced.

Each branch gets the prefix `assert std.trace(…); `. The assertion ends with its branch, so only strings, comments and
brackets must be parsed. An `if` without `else` gets an `else` with null, which is its value in Jsonnet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.engine.positions import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["taken", "trace", "trace_folder"]

MARK = "BRANCH"


def trace(source: str, name: str) -> tuple[str, list[str]]:
    """Return a source that traces each branch it takes, and the names of all its branches: `name:line:column word`."""
    out: list[str] = []
    branches_in_file: list[str] = []
    open_: list[list[int]] = [[]]  # for each open bracket, the positions of `then`s without an `else` so far

    def mark(word: str, place: int) -> str:
        line, column = source.count("\n", 0, place) + 1, place - source.rfind("\n", 0, place)
        branches_in_file.append(f"{name}:{line}:{column} {word}")
        return f" assert std.trace('{MARK} {branches_in_file[-1]};', true);"

    def end() -> None:
        while open_[-1]:
            out.append(f" else{mark('(no else)', open_[-1].pop())} null ")

    for token in TOKEN.finditer(source):
        text = token[0]
        kind = token.lastgroup
        if kind == "close":
            end()
            open_.pop()
        elif kind == "other" and text in ",;":
            end()
        out.append(text)
        if kind == "open":
            open_.append([])
        elif kind == "name" and text == "then":
            open_[-1].append(token.start())
            out.append(mark("then", token.start()))
        elif kind == "name" and text == "else":
            open_[-1].pop()
            out.append(mark("else", token.start()))
    end()
    return "".join(out), branches_in_file


def taken(output: str) -> set[str]:
    """Return the branches that an engine traced, from the output of its error stream."""
    return set(re.findall(rf"{MARK} (.*?);", output))


def trace_folder(library: Path, into: Path) -> list[str]:
    """Copy a library with traces in every source, and return the names of all branches."""
    branches_in_file = []
    for path in sorted(library.rglob("*.libsonnet")):
        name = path.relative_to(library).as_posix()
        text, branches = trace(path.read_text(), name)
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(text)
        branches_in_file += branches
    return branches_in_file
