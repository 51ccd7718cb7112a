"""`sixfold publish`: from an app repo into the deploy repo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import fleet_option, jobs_option, output_option, verbose_option

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.render import Format


@click.command(name="publish", short_help="Commit a manifest, or a new version, to the deploy repo.")
@click.argument("manifest", type=click.Path(path_type=Path), default="sixfold.yaml", required=False)
@click.option(
    "--deploy-repo",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    envvar="SIXFOLD_DEPLOY_REPO",
    show_envvar=True,
    metavar="DIR",
    help="A checkout of the deploy repo.",
)
@click.option("--version", "number", metavar="VERSION", help="Publish this image version instead of the manifest.")
@click.option("--environment", metavar="ENV", help="The environment that gets the version.")
@click.option("-m", "--message", metavar="TEXT", default="", help="The commit's message.  [default: says what changes]")
@click.option("--push", "pushes", is_flag=True, help="Push the commit (rebased where others were first).")
@fleet_option
@jobs_option
@output_option
@verbose_option
def command(
    *,
    manifest: Path,
    deploy_repo: Path,
    number: str | None,
    environment: str | None,
    message: str,
    pushes: bool,
    fleet: Path | None,
    jobs: int | None,
    output: Format,
    verbose: bool,
) -> int:
    """Commit MANIFEST (sixfold.yaml here, unless named) and the config files it names to the deploy repo.

    With --version and --environment, the new version goes into releases/ENV.yaml and the manifest stays. The deploy
    repo is checked with the change first; what does not compile, comes from a repo the team does not publish from, or
    would replace someone else's file is refused. The commit holds these files and nothing else; a new app that runs
    once gets its home in placements.lock.json with them.

    \b
    Examples:
      sixfold publish --deploy-repo ../deploy
      sixfold publish --deploy-repo ../deploy --version 1.4.2 --environment dev --push
    """
    from datetime import UTC, datetime

    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, verdict
    from sixfold_compiler.operations import publish
    from sixfold_compiler.operations.dry_run import DeployRepo, trial

    if (number is None) != (environment is None):
        raise click.UsageError("--version and --environment belong together: which version, and where?")
    root = deploy_repo.resolve()
    repo = DeployRepo(root, (fleet or root / "environments").resolve(), root / "overlays", jobs)
    if number is not None and environment is not None:
        publication = publish.version(manifest, root, environment, number)
    else:
        publication = publish.with_home(publish.manifest(manifest, root), manifest, repo, datetime.now(UTC).date())
    with progress() as tick, trial(repo, publication.files, tick) as (made, errors):
        if made.fleet is not None:
            team = made.fleet.model.teams.get(publication.app.partition("/")[0])
            if team is not None:
                publish.check_source(manifest, publication.app, team)
        show(errors, output, roots=(root, manifest.resolve().parent), err=True, verbose=verbose)
        if errors:
            note("Nothing was published.")
            return verdict(errors, output)
    made_commit = publish.commit(root, publication, message)
    if not made_commit:
        note(f"{publication.app} is published already: nothing changes.")
    else:
        note(f"{message or publication.message}: {', '.join(sorted(publication.files))}")
        click.echo(made_commit)
    if pushes:
        publish.push(root)
    return 0
