"""Branches of the chart's templates, and the sets of values that render each."""

from __future__ import annotations

import json
import re
import shutil

import yaml

from tests.support.chart import CHART, install, rendered

__all__ = ["instrument", "taken"]

_ACTION = re.compile(r"\{\{-? */\*.*?\*/ *-?\}\}|\{\{(?P<trim>-?) *(?P<code>.*?) *-?\}\}", re.DOTALL)
_OPENING = re.compile(r"(if|with|range|define)\b")
# Helpers get the chart's root, or a list whose first item is the values of an image.
_MARK = (
    "{{ if kindIs `slice` $ }}{{ $_ := set (first $) `BRANCH` 1 }}{{ else }}{{ $_ := set $.Values `BRANCH` 1 }}{{ end"
)
_MARKS = "{{ concat (keys .Values) (keys .Values.image) (keys .Values.git.image) | toJson }}"
_OBJECT = f"\n---\napiVersion: v1\nkind: Marks\nmetadata: {{name: marks}}\nmarks: {_MARKS}\n"


def instrument(text, name):
    """Return a template that records each branch it renders in its values, and the names of its branches.

    It renders the same text. A block without `else` gets one, so that a condition that always holds has a branch which
    is never rendered. A branch with `fail` is left out, since it renders nothing.
    """
    pieces, branches, blocks, end = [], [], [], 0

    def mark(branch, end=" }}"):
        branches.append(branch)
        return _MARK.replace("BRANCH", branch) + end

    for action in _ACTION.finditer(text):
        before, after = "", ""
        code, close = action["code"] or "", " -}}" if action[0].endswith("-}}") else " }}"
        place = f"{name}:{text.count(chr(10), 0, action.start()) + 1} {code}"
        if opening := _OPENING.match(code):
            blocks.append([opening[1], place])
            if opening[1] != "define" and not text[action.end() :].lstrip().startswith('{{- fail "'):
                after = mark(place, close)
        elif code.startswith("else"):
            after = mark(place, close)
            if code == "else":
                blocks[-1][0] = "closed"
        elif code == "end":
            kind, first = blocks.pop()
            if kind in {"if", "with"}:
                before = f"{{{{{action['trim']} else }}}}" + mark(f"{first}: else")
        pieces += [text[end : action.start()], before, action[0], after]
        end = action.end()
    return "".join([*pieces, text[end:]]), branches


def taken(sets, folder):
    """Return all branches of the chart's templates, and the rendered ones by set of values."""
    chart = shutil.copytree(CHART, folder / CHART.name)
    branches = []
    for file in sorted((chart / "templates").iterdir()):
        text, marks = instrument(file.read_text(), file.name)
        file.write_text(text + {".yaml": _OBJECT, ".txt": f"\n{_MARKS}"}.get(file.suffix, ""))
        branches += marks
    known = set(branches)
    assert len(known) == len(branches)
    result = {}
    for name, values in sets.items():
        release = install(values, chart)
        objects = [item for item in yaml.safe_load_all(release["manifest"]) if item]
        assert [item for item in objects if item["kind"] != "Marks"] == rendered(name)
        notes = json.loads(release["info"]["notes"].splitlines()[-1])
        result[name] = known & {
            *notes,
            *(mark for item in objects if item["kind"] == "Marks" for mark in item["marks"]),
        }
    return branches, result
