"""`sixfold schema`: print JSON Schemas for editors."""

from __future__ import annotations

import click

KINDS = ("app", "release", "fleet", "tombstones")


@click.command(
    name="schema", short_help="Print the JSON Schema of a manifest, a release file, the fleet or tombstones."
)
@click.argument("kind", type=click.Choice(KINDS), default="app", required=False)
def command(kind: str) -> int:
    """Print the JSON Schema of KIND (default: app), with which editors complete and check manifests.

    \b
    Examples:
      sixfold schema > .sixfold/app.schema.json
      # and at the top of a manifest:
      # yaml-language-server: $schema=.sixfold/app.schema.json
    """
    import json

    from sixfold_compiler.systems.schema import SCHEMAS, schema_of

    published = next(s for s in SCHEMAS if s.file == f"{kind}.schema.json")
    click.echo(json.dumps(schema_of(published), indent=2))
    return 0
