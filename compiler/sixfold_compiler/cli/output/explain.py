"""Output of `sixfold explain`: a field's value in every cell, and the layers that set it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sixfold_compiler.cli.output.tables import document
from sixfold_compiler.diagnostics import printable

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.manifest.explain import Explanation

__all__ = ["as_json", "as_text"]

LONG = 70  # characters of a layer's value; the result is never cut


def as_text(explanation: Explanation) -> str:
    """Return an explanation as text for the terminal. Cells with the same value and layers share one block."""
    blocks: dict[str, list[str]] = {}
    for target in explanation.targets:
        width = max((len(step.layer) for step in target.chain), default=0)
        place = max((len(str(step.span)) for step in target.chain), default=0)
        body = [f"  = {_value(target.value)}"]
        for index, step in enumerate(target.chain):
            mark = ">" if index == len(target.chain) - 1 else " "
            value = _value(step.value)
            value = value if len(value) <= LONG else f"{value[:LONG]} …"
            body.append(f"  {mark} {step.layer.ljust(width)}  {str(step.span).ljust(place)}  {value}")
        blocks.setdefault("\n".join(body), []).append(target.cell)
    lines = [f"{explanation.app} {explanation.field}", ""]
    for text, cells in blocks.items():
        lines += [", ".join(cells), text, ""]
    return printable("\n".join(lines), keep="\n")


def as_json(explanation: Explanation) -> str:
    """Return an explanation as JSON, with the value and the layers of every cell."""
    targets: list[Json] = [
        {
            "at": target.cell,
            "value": target.value,
            "chain": [
                {
                    "layer": step.layer,
                    "value": step.value,
                    "file": step.span.file,
                    "line": step.span.line,
                    "column": step.span.column,
                }
                for step in target.chain
            ],
        }
        for target in explanation.targets
    ]
    return document({"app": str(explanation.app), "field": explanation.field, "targets": targets})


def _value(value: Json) -> str:
    return "(removed)" if value is None else json.dumps(value, ensure_ascii=False)
