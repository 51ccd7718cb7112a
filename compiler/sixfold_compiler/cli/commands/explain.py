"""`sixfold explain`: show the origin of a value."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="explain", short_help="Show a field's value in every cell, and the layers that set it.")
@click.argument("app")
@click.argument("field")
@click.option("--at", metavar="ENV[/DC]", default="", help="Only this environment, or this data center of it.")
@selection_options(paths=False, only=False)
def command(selection: Selection, *, app: str, field: str, at: str) -> int:
    """Show FIELD of APP in every environment and data center, and the layers that set it.

    APP is TEAM/APP, or APP alone if only one team has it. FIELD is a path in the spec, in which items of lists are
    named. Layers, from weakest to strongest: fleet defaults, team defaults, the manifest, its overrides, the release
    file. Each is shown with file:line:column, the one that applies last.

    \b
    Examples:
      sixfold explain match-service replicas
      sixfold explain playback/match-service env.LOG_LEVEL.value --at prod
      sixfold explain match-service image --output json
    """
    from sixfold_compiler.cli.output.explain import as_json, as_text
    from sixfold_compiler.manifest.explain import explain

    explanation = explain(selection.options(), app, field, at)
    click.echo(as_json(explanation) if selection.output == "json" else as_text(explanation), nl=False)
    return 0
