"""Mutations of the generator's chart: its templates, its values and their schema.

`mutations` samples them, and `killer` returns the test that fails with one in a copy of the checkout.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dev.mutate.mutation import Mutation
from tests.support import chart, chart_values

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["killer", "mutations"]

ROOT = Path(__file__).resolve().parents[2]
CHART = Path("charts") / "generator"
ACTION = re.compile(r"\{\{.*?\}\}")
CONTROL = re.compile(r"\{\{-? *(if|else|with|range|end|define|\$\w+ :=)")
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.]*\w)")
QUANTITY = re.compile(r"(?<![\w.])(\d+)(?=[A-Za-z]+\b)")
WORD = re.compile(r"[A-Za-z][\w./-]+")
REFERENCE = re.compile(r"(?<![\w.$])(\.Values|\$git|\$policy)(\.\w+)+")
STAGE = re.compile(r""" \| \w+(?: (?:"[^"]*"|\d+|\([^|]*\)|[.$][\w.]+))*""")
ITEM = re.compile(r"""(?<=[{\[])[^,{}\[\]]+, |, [^,{}\[\]]+(?=[}\]])""")
SKIPPED = re.compile(r'"(description|title|\$schema)":')  # texts for people
SWAPS = {"true": "false", "false": "true", "eq": "ne", "and": "or", "or": "and"}
TYPES = {"string": "integer", "integer": "string", "boolean": "string", "object": "array", "array": "object"}


def mutations(seed: int, count: int, root: Path = ROOT) -> list[Mutation]:
    """Return `count` different mutations, drawn by seed: first the line, then its change."""
    by_line: dict[tuple[str, int], list[Mutation]] = defaultdict(list)
    for mutation in _candidates(root):
        by_line[mutation.path, mutation.line].append(mutation)
    draw = random.Random(seed)
    chosen: list[Mutation] = []
    while by_line and len(chosen) < count:
        for place in draw.sample(sorted(by_line), len(by_line))[: count - len(chosen)]:
            of_line = by_line[place]
            chosen.append(of_line.pop(draw.randrange(len(of_line))))
            if not of_line:
                del by_line[place]
    return chosen


def killer(root: Path) -> str:
    """Return the check that fails with a change of the chart in the checkout at `root`; "" if none does.

    The snapshots and the table of values are compared in this process; tests/charts runs only if they do not differ.
    """
    for name, values in chart.SETS.items():
        try:
            if chart.snapshot(values, root / CHART) != (chart.SNAPSHOTS / f"{name}.yaml").read_text():
                return f"snapshot {name}"
        except AssertionError as error:
            return f"helm: {str(error).strip().splitlines()[-1][:100]}"
    rows = [
        (path, value, good)
        for path, pair in chart_values.TABLE
        for good, them in zip((True, False), pair, strict=True)
        for value in them
    ]
    try:
        match = chart_values.answers([row[:2] for row in rows], root / CHART)
    except AssertionError as error:
        return f"table: {str(error).strip().splitlines()[0][:100]}"
    for (path, value, good), accepted in zip(rows, match, strict=True):
        if accepted is not good:
            return f"table {path} = {value!r}"[:100]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-r", "f", "tests/charts"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert bool(failed) == bool(done.returncode), done.stdout + done.stderr
    return failed[0][:100] if failed else ""


def _candidates(root: Path) -> Iterator[Mutation]:
    chart = root / CHART
    for file in [*sorted((chart / "templates").iterdir()), chart / "values.yaml", chart / "values.schema.json"]:
        text = file.read_text()
        lines = text.splitlines()
        change, parse = {
            "values.yaml": (_values_line, partial(yaml.load, Loader=yaml.CSafeLoader)),
            "values.schema.json": (_schema_line, json.loads),
        }.get(file.name, (_template_line, str))
        references = sorted({match[0] for match in REFERENCE.finditer(text)})
        original = parse(text)
        for number, before in enumerate(lines, start=1):
            stripped = before.strip()
            if not stripped or stripped.startswith(("#", "{{- /*")) or SKIPPED.search(before):
                continue
            for after in sorted({*change(before, references)} - {before}):
                changed = [*lines[: number - 1], *([after] if after else []), *lines[number:]]
                try:
                    differs = parse("\n".join(changed)) != original
                except (ValueError, yaml.YAMLError):
                    continue
                if differs:
                    yield Mutation(file.relative_to(root).as_posix(), number, before, after)


def _replaced(line: str, match: re.Match[str], text: str) -> str:
    return line[: match.start()] + text + line[match.end() :]


def _plain(line: str) -> Iterator[str]:
    """Yield changes of the text outside of actions: numbers, words (keys among them), booleans, items in braces."""
    actions = [match.span() for match in ACTION.finditer(line)]
    comment = line.find(" # ")
    for pattern, text in (
        (NUMBER, lambda match: str(int(match[0]) + 1)),
        (QUANTITY, lambda match: str(int(match[0]) + 1)),
        (WORD, lambda match: SWAPS.get(match[0], match[0] + "x") if match[0] in {"true", "false"} else match[0] + "x"),
        (ITEM, lambda _match: ""),
        (re.compile(r'""'), lambda _match: '"x"'),
    ):
        for match in pattern.finditer(line):
            inside = any(start < match.end() and match.start() < end for start, end in actions)
            if not inside and (comment < 0 or match.start() < comment):
                yield _replaced(line, match, text(match))


def _template_line(line: str, references: list[str]) -> Iterator[str]:
    if not CONTROL.search(line):
        yield ""
    yield from _plain(line)
    for action in ACTION.finditer(line):
        for changed in _action(action[0], references):
            yield _replaced(line, action, changed)


def _action(action: str, references: list[str]) -> Iterator[str]:
    """Yield changes of one action: its condition, its pipeline, its references, its constants, except for messages of `fail`."""
    if " fail " in action:
        return
    if condition := re.search(r"\bif (.+?)(?= -?\}\})", action):
        yield _replaced(action, condition, f"if not ({condition[1]})")
    for match in re.finditer(r"\b(eq|and|or)(?= )", action):
        yield _replaced(action, match, SWAPS[match[0]])
    for match in re.finditer(r"\bnot (?=[.$])", action):
        yield _replaced(action, match, "")
    for match in STAGE.finditer(action):
        yield _replaced(action, match, "")
    for match in REFERENCE.finditer(action):
        place = references.index(match[0])
        for other in references[max(place - 1, 0) : place + 2]:
            yield _replaced(action, match, other)
    for match in re.finditer(r"(?<= )\d+\b", action):
        yield _replaced(action, match, str(int(match[0]) + 1))
    for match in re.finditer(r'"([^"]+)"', action):
        yield _replaced(action, match, f'"{match[1]}x"')


def _values_line(line: str, _references: list[str]) -> Iterator[str]:
    yield ""
    yield from _plain(line)


def _schema_line(line: str, _references: list[str]) -> Iterator[str]:
    yield ""
    for match in NUMBER.finditer(line):
        for step in (1, -1):
            yield _replaced(line, match, str(int(match[0]) + step))
    for match in re.finditer(r"\bfalse\b", line):
        yield _replaced(line, match, "true")
    for match in re.finditer(r'"(?P<name>[^"]+)"(?P<colon>:?)', line):
        name, colon = match["name"], match["colon"]
        pattern = line[: match.start()].endswith('"pattern": ')
        for changed in _pattern(name) if pattern else [TYPES.get(name, name + "x")]:
            yield _replaced(line, match, f'"{changed}"{colon}')
    for match in re.finditer(r'(?<=[{,])? ?"[^"]+": (?:"[^"]*"|\d+|false|\{[^{}]*\}|\[[^\[\]]*\])(?:, |(?=\}))', line):
        yield _replaced(line, match, "").replace(", }", "}")
    for match in re.finditer(r'(?<=\[)"[^"]+", |, "[^"]+"', line):
        yield _replaced(line, match, "")


def _pattern(text: str) -> Iterator[str]:
    """Yield changes of a regular expression: anchors, repetitions, counts, members of classes."""
    for match in re.finditer(r"^\^|\$$|[*+?](?!:)", text):
        yield _replaced(text, match, {"*": "+", "+": "*"}.get(match[0], ""))
    for match in re.finditer(r"(?<=[{,])\d+(?=[,}])", text):
        for step in (1, -1):
            yield _replaced(text, match, str(max(int(match[0]) + step, 0)))
    for match in re.finditer(r"[a-zA-Z0]-[zZfF9]|\.(?=[^*+]*\])|_", text):
        yield _replaced(text, match, "")
