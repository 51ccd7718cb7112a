"""Search for the source position of a value in the evaluated fleet.

Evaluation keeps no positions. The sources of a fleet are mostly literal objects, so their keys are scanned for the
chain of names that leads to a value, and the longest matching chain wins. The result is a hint for people, and may be
wrong.

tree-sitter-jsonnet 0.0.1 parses all of the library, but the package is new, and edits are verified by evaluation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["TOKEN", "Places"]

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<block>\|\|\|.*?^\s*\|\|\|)
      | (?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|@'(?:''|[^'])*'|@"(?:""|[^"])*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<colon>\+?:{1,3})
      | (?P<open>[{\[(]) | (?P<close>[}\])]) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Key:
    chain: tuple[str, ...]
    file: str
    line: int
    column: int


class Places:
    """An index of the keys in Jsonnet sources (text by file name)."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._by_name: dict[str, list[_Key]] = {}
        for file, text in sorted(sources.items()):
            for key in _keys(file, text):
                self._by_name.setdefault(key.chain[-1], []).append(key)

    def find(self, path: ValuePath, fallback: str, least: int = 2) -> Span:
        """Return the best source position for the value at `path`; the start of the file `fallback` without a match.

        At least the last `least` names of the path must match, so that a common name elsewhere is not mistaken for it.
        A file that is named like a key counts as its value, since `teams.libsonnet` is mostly imported as `teams`.
        """
        names = [str(part) for part in path if not isinstance(part, int)]
        while names:
            candidates = self._by_name.get(names[-1], ())
            best = max(candidates, key=lambda k: self._score(k, names), default=None)
            if best is not None and self._score(best, names)[0] >= min(least, len(names)):
                return Span(best.file, best.line, best.column)
            names.pop()
        return Span(fallback)

    @staticmethod
    def _score(key: _Key, names: list[str]) -> tuple[int, int, int, int]:
        shared = 0
        for ours, theirs in zip(reversed(key.chain), reversed(names), strict=False):
            if ours != theirs:
                break
            shared += 1
        keys, stem = shared, PurePosixPath(key.file).stem
        if shared == len(key.chain) < len(names) and names[-1 - shared] == stem:
            shared += 1
        return shared, keys, int(stem in names), -len(key.chain)


def _keys(file: str, text: str) -> Iterable[_Key]:
    chain: list[str | None] = []  # one entry for each open bracket: the key it is the value of
    heads: list[tuple[str, int] | None] = []  # and the word before it, which is a key in `name(parameters):`
    pending: tuple[str, int] | None = None  # a word that may turn out to be a key
    current: str | None = None
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "skip":
            continue
        if kind in ("name", "text"):
            word = match[0].lstrip("@")
            pending = (word[1:-1] if kind == "text" else word, match.start())
            continue
        if kind == "colon" and pending is not None:
            name, start = pending
            current = name
            names = (*(c for c in chain if c is not None), name)
            line = text.count("\n", 0, start) + 1
            yield _Key(names, file, line, start - (text.rfind("\n", 0, start) + 1) + 1)
        elif kind == "open":
            chain.append(current)
            heads.append(pending if match[0] == "(" else None)
            current = None
        elif kind == "close" and chain:
            current = chain.pop()
            pending = heads.pop()
            continue
        elif kind == "other" and match[0] == ",":
            current = None
        pending = None
