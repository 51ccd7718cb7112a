"""`sixfold code`: explain the code of a finding."""

from __future__ import annotations

import click


@click.command(name="code", short_help="Explain a finding's code, such as SF107.")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Explain CODE: its meaning, an input that causes it, and the fix. Without CODE, list all codes.

    \b
    Examples:
      sixfold code SF107
      sixfold code
    """
    from sixfold_compiler.diagnostics import suggest
    from sixfold_compiler.diagnostics.codes import CODES

    if code is None:
        for name, entry in CODES.items():
            click.echo(f"{name}  {entry.title}")
        return 0
    name = code.upper()
    if name not in CODES:
        raise click.UsageError(f"no code {code!r}: {suggest(name, CODES)}")
    entry = CODES[name]
    click.echo(f"{name}: {entry.title}\n\n{entry.explanation}")
    if entry.example:
        click.echo("\nAn input that fails with it:\n")
        click.echo("\n".join(f"    {line}" for line in entry.example.rstrip("\n").split("\n")))
    if entry.fix:
        click.echo(f"\nWhat to do: {entry.fix}")
    return 0
