"""`sixfold promote`: versions from one environment to the next."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from sixfold_compiler.operations.promote import Promotion


@click.command(name="promote", short_help="Move versions from one environment's release file to another's.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("apps", metavar="[APP]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--markdown", is_flag=True, help="The preview as a comment for a pull request.")
@selection_options(paths=False, only=False)
def command(
    selection: Selection, *, source: str, target: str, apps: tuple[str, ...], dry_run: bool, markdown: bool
) -> int:
    """Write the versions that FROM runs into releases/TO.yaml, and show what that changes on the clusters.

    APP is TEAM/APP, or APP alone; without any, every app that FROM has a version of. Comments and order of the release
    file stay. If the result does not compile, nothing is written. Commit the file, and compile, as you would after
    any edit.

    \b
    Examples:
      sixfold promote staging prod --dry-run
      sixfold promote staging prod match-service
      sixfold promote dev staging
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import colored, note, show, verdict
    from sixfold_compiler.files.atomic import replace_file
    from sixfold_compiler.operations.dry_run import DeployRepo, trial
    from sixfold_compiler.operations.promote import promotion
    from sixfold_compiler.preview import as_markdown, as_text, build

    moved = promotion(selection.root, source, target, apps)
    if not moved.moves:
        note(f"Nothing to promote: {target} has the same versions as {source}.")
        return 0
    note(_moves(moved, source, target))
    # Only TO's clusters are looked at: what else is not compiled yet is not this promotion's doing.
    repo = DeployRepo(selection.root, selection.fleet, selection.out, selection.jobs, only=(target,))
    with progress() as tick, trial(repo, {moved.path: moved.data}, tick) as (made, errors):
        show(errors, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        if errors:
            note("Nothing was promoted.")
            return verdict(errors, selection.output)
        preview = build(made.changes, selection.out)
    click.echo(as_markdown(preview) if markdown else as_text(preview, color=colored(sys.stdout)), nl=False)
    if dry_run:
        note(f"{moved.path} was not changed (--dry-run).")
        return 0
    replace_file(selection.root / moved.path, moved.data)
    note(f"Wrote {moved.path}. Next: commit it, and `sixfold compile`.")
    return 0


def _moves(moved: Promotion, source: str, target: str) -> str:
    from sixfold_compiler.diagnostics import counted

    width = max(len(move.app) for move in moved.moves)
    lines = [f"  {move.app.ljust(width)}  {move.before or '(none)'} -> {move.after}" for move in moved.moves]
    return "\n".join([f"From {source} to {target}, {counted(len(moved.moves), 'app')}:", *lines, ""])
