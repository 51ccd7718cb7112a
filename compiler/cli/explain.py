"""`sixfold explain`: where a value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from compiler.explain import Explanation

LONG = 70  # characters of a layer's value; the result is never cut


@click.command(name="explain", short_help="Show a field's value everywhere, and the layers that gave it.")
@click.argument("app")
@click.argument("field")
@click.option("--at", metavar="ENV[/DC]", default="", help="Only this environment, or this data center of it.")
@selection_options(paths=False, only=False)
def command(selection: Selection, *, app: str, field: str, at: str) -> int:
    """Show FIELD of APP on every environment and data center, and the chain of layers that gave it.

    APP is TEAM/APP, or APP alone where only one team has it. FIELD is a path in the spec; items of lists go by name.
    Layers, from weakest to strongest: fleet defaults, team defaults, the manifest, its overrides, the release file.
    Each is shown with file:line:column, the one that won last.

    \b
    Examples:
      sixfold explain match-service replicas
      sixfold explain playback/match-service env.LOG_LEVEL.value --at prod
      sixfold explain match-service image --output json
    """
    from compiler.explain import explain

    explanation = explain(selection.options(), app, field, at)
    click.echo(_as_json(explanation) if selection.output == "json" else _as_text(explanation), nl=False)
    return 0


def _as_text(explanation: Explanation) -> str:
    """Equal values and chains are shown once, with all places they hold for."""
    from compiler.diagnostics import printable

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


def _as_json(explanation: Explanation) -> str:
    import json

    targets = [
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
    return json.dumps({"app": explanation.app, "field": explanation.field, "targets": targets}, indent=2) + "\n"


def _value(value: Any) -> str:
    import json

    return "(removed)" if value is None else json.dumps(value, ensure_ascii=False)
