"""`sixfold promote`: move versions from one environment to the next."""

from __future__ import annotations

import sys

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="promote", short_help="Move versions from one environment's release files to another's.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("apps", metavar="[APP]...", nargs=-1)
@click.option("--back", is_flag=True, help="Allow apps to go back to an older version.")
@click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
@click.option("--markdown", is_flag=True, help="The preview as a comment for a pull request.")
@selection_options(paths=False, only=False)
def command(
    selection: Selection, *, source: str, target: str, apps: tuple[str, ...], back: bool, dry_run: bool, markdown: bool
) -> int:
    """Write the versions that FROM runs into the files of releases/TO/, and show the changes on the clusters.

    APP is TEAM/APP, or APP alone; without APP, all apps are promoted that have a version in FROM. Comments and order of
    the release files stay. If the result does not compile, nothing is written. A version older than the one that runs
    in TO is refused without --back, which notes the version that the app leaves. Commit the files, and compile, as
    after any edit.

    \b
    Examples:
      sixfold promote staging prod --dry-run
      sixfold promote staging prod match-service
      sixfold promote dev staging
      sixfold promote staging prod match/match-service --back
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.promote import versions_text
    from sixfold_compiler.cli.output.report import colored, note, show
    from sixfold_compiler.inputs.git import Transaction
    from sixfold_compiler.operations.dry_run import DeployRepo, dry_run_of
    from sixfold_compiler.operations.promote import promotion
    from sixfold_compiler.preview import as_markdown, as_text, build

    promoted = promotion(selection.root, source, target, apps, back=back)
    if not promoted.changes:
        note(f"Nothing to promote: {target} has the same versions as {source}.")
        return 0
    note(versions_text(promoted, source, target))
    # Only the clusters of TO are compared: other changes that are not compiled yet do not belong to the promotion.
    repo = DeployRepo(selection.root, selection.fleet, selection.out, selection.jobs, only=(target,))
    with progress() as tick, dry_run_of(repo, promoted.files, tick) as (plan, errors):
        code = show(errors, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        if errors:
            note("Nothing was promoted.")
            return code
        preview = build(plan.changes, selection.out)
    click.echo(as_markdown(preview) if markdown else as_text(preview, color=colored(sys.stdout)), nl=False)
    paths = ", ".join(promoted.files)
    if dry_run:
        note(f"Nothing was written to {paths} (--dry-run).")
        return 0
    with Transaction(selection.root) as transaction:
        for path, data in promoted.files.items():
            transaction.write(path, data)
    note(f"Wrote {paths}. Next: commit it, and `sixfold compile`.")
    return 0
