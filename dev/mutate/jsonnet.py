"""Mutations of Jsonnet code: strings, numbers and truth values that are others, conditions flipped, fields dropped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dev.mutate.mutation import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["mutations"]

TOKEN = re.compile(
    r"""(?P<comment>//.*|\#.*)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<number>(?<![\w.])\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>\b(?:true|false)\b)
    | (?P<operator>==|!=|<=|>=|&&|\|\||(?<![<>|])[<>](?![<>=]))""",
    re.VERBOSE,
)
SWAPS = {
    "true": "false", "false": "true", "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||",
    "||": "&&",
}  # fmt: skip
FIELD = re.compile(r"\s*(?:[\w$]+|'[^']+'|\[[^\]]+\])\+?:{1,3}\s.*,$")
BLOCK = re.compile(r"\|\|\|")
WORDS = re.compile(r"\b(?:import|importstr|error|assert)\b")  # paths, and sentences for people


def mutations(path: Path, root: Path) -> Iterator[Mutation]:
    """Yield every mutation of one file, in the order of its lines. Comments, text blocks and messages stay."""
    name = path.relative_to(root).as_posix()
    inside = comment = False
    for number, before in enumerate(path.read_text().splitlines(), start=1):
        quotes = len(BLOCK.findall(before))
        if inside or quotes:
            inside ^= quotes % 2 == 1
            continue
        starts, comment = (
            comment or before.lstrip().startswith("/*"),
            (comment or "/*" in before) and "*/" not in before,
        )
        if starts or WORDS.search(before):
            continue
        for after in changed(before):
            yield Mutation(name, number, before, after)


def changed(line: str) -> Iterator[str]:
    """Yield what becomes of one line; an empty text drops it."""
    if FIELD.fullmatch(line) and balanced(line):
        yield ""
    for token in TOKEN.finditer(line):
        match token.lastgroup:
            case "text" if len(token[0]) > 2:
                text = f"{token[0][:-1]}x{token[0][-1]}"
            case "number":
                text = str(float(token[0]) + 1 if "." in token[0] else int(token[0]) + 1)
            case "word" | "operator":
                text = SWAPS[token[0]]
            case _:
                continue
        yield line[: token.start()] + text + line[token.end() :]


def balanced(line: str) -> bool:
    """Return whether every bracket of a line is closed in it."""
    bare = TOKEN.sub(lambda token: "" if token.lastgroup in {"text", "comment"} else token[0], line)
    return all(bare.count(left) == bare.count(right) for left, right in ("()", "[]", "{}"))
