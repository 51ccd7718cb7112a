"""`sixfold publish`: commit from an app repo to the deploy repo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import fleet_option, jobs_option, output_option, today, verbose_option

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
@click.option("-m", "--message", metavar="TEXT", default="", help="The commit message.  [default: names the change]")
@click.option("--push", "pushes", is_flag=True, help="Push the commit, rebased onto commits that others have pushed.")
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
    """Commit MANIFEST (default: sixfold.yaml) and the config files that it names to the deploy repo.

    With --version and --environment, the new version goes into releases/ENV.yaml and the manifest stays. The deploy
    repo is checked with the change first. A change is refused if it does not compile, comes from a repo that the team
    does not publish from, or would replace a file of another app. The commit holds these files and nothing else; a new
    app that runs once gets its home in placements.lock.json with them.

    \b
    Examples:
      sixfold publish --deploy-repo ../deploy
      sixfold publish --deploy-repo ../deploy --version 1.4.2 --environment dev --push
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show
    from sixfold_compiler.operations import publish
    from sixfold_compiler.operations.dry_run import DeployRepo, dry_run_of

    if (number is None) != (environment is None):
        raise click.UsageError("--version and --environment belong together: give both, or neither")
    root = deploy_repo.resolve()
    repo = DeployRepo(root, (fleet or root / "environments").resolve(), root / "overlays", jobs)
    if number is not None and environment is not None:
        publication = publish.version(manifest, root, environment, number)
    else:
        publication = publish.with_home(publish.manifest(manifest, root), manifest, repo, today())
    with progress() as tick, dry_run_of(repo, publication.files, tick) as (plan, errors):
        team = plan.fleet.model.teams.get(publication.app.team) if plan.fleet is not None else None
        if team is not None:
            publish.check_source(manifest, publication.app, team)
        code = show(errors, output, roots=(root, manifest.resolve().parent), err=True, verbose=verbose)
        if errors:
            note("Nothing was published.")
            return code
    commit = publish.commit(root, publication, message)
    if not commit:
        note(f"{publication.app} is published already: nothing changes.")
    else:
        note(f"{message or publication.message}: {', '.join(sorted(publication.files))}")
        click.echo(commit)
    if pushes:
        publish.push(root)
    return 0
