"""`sixfold split`: give every version of a release file of all teams to its team."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="split", short_help="Split the release files of all teams into one for each team.")
@click.option("--dry-run", is_flag=True, help="List the files and write nothing.")
@selection_options(paths=False, only=False)
def command(selection: Selection, *, dry_run: bool) -> int:
    """Move the versions in releases/ENV.yaml, which has no owner, to releases/ENV/TEAM.yaml, and delete the old files.

    The lines above a version move with it, and the head of the file is in every new one. A team's file that exists
    gets the versions that it lacks. All files are written, or none: a version that differs from the one in the team's
    file is refused. No version changes, so the tree stays as it is.

    \b
    Example:
      sixfold split --dry-run
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.diagnostics import counted
    from sixfold_compiler.operations.split import apply_split, split

    result = split(selection.root)
    for path in sorted(result.files):
        click.echo(f"change {path}")
    for path in result.removed:
        click.echo(f"delete {path}")
    if not result.removed:
        note("Nothing to split: every release file belongs to a team.")
        return 0
    moved = f"{counted(result.versions, 'version')} to {counted(len(result.files), 'file')}"
    if dry_run:
        note(f"It would move {moved}; nothing was written (--dry-run).")
        return 0
    apply_split(selection.root, result)
    note(f"Moved {moved}. Next: `sixfold check`, and commit them.")
    return 0
