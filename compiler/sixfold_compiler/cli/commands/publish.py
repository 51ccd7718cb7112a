"""`sixfold publish`: commit from an app repo to the deploy repo."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import fleet_option, jobs_option, output_option, today, verbose_option

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.render import Format
    from sixfold_compiler.model.addresses import AppKey
    from sixfold_compiler.model.fleet import Fleet
    from sixfold_compiler.operations.dry_run import DeployRepo
    from sixfold_compiler.operations.publish import Publication


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
@click.option("--back", is_flag=True, help="Allow an older version than the app has in ENV.")
@click.option("-m", "--message", metavar="TEXT", default="", help="The commit message.  [default: names the change]")
@click.option(
    "--push", "pushes", is_flag=True, help="Push the commit; if others have pushed, check and commit again from there."
)
@click.option(
    "--requested-by",
    "logins",
    metavar="LOGIN",
    multiple=True,
    help="In the deploy repo's CI: who asked, as the forge says. Only publishers of the team may; can be repeated.",
)
@click.option(
    "--id-token",
    metavar="VARIABLE",
    help="The same, read from the ID token of GitLab in this environment variable, and verified.",
)
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
    back: bool,
    message: str,
    pushes: bool,
    logins: tuple[str, ...],
    id_token: str | None,
    fleet: Path | None,
    jobs: int | None,
    output: Format,
    verbose: bool,
) -> int:
    """Commit MANIFEST (default: sixfold.yaml) and the config files that it names to the deploy repo.

    With --version and --environment, the new version goes into releases/ENV/TEAM.yaml and the manifest stays. The
    deploy repo is checked with the change first. A change is refused if it does not compile, comes from a repo that the
    team does not publish from, would replace a file of another app, or takes an older version without --back. The
    commit holds these files and nothing else, except that a new app gets its name in names.lock.json and, if it runs
    once, its home in placements.lock.json with them.

    The CI of the deploy repo publishes for app repos, which hold no token that can push. It names who asked with
    --requested-by or --id-token: the fleet maps logins to teams (`publishers`), and MANIFEST must be in a checkout of
    one of the team's `repos`.

    \b
    Examples:
      sixfold publish --deploy-repo ../deploy
      sixfold publish --deploy-repo ../deploy --version 1.4.2 --environment dev --push
      sixfold publish app/sixfold.yaml --deploy-repo deploy --requested-by "$GITHUB_ACTOR" --push
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations import publish
    from sixfold_compiler.operations.dry_run import DeployRepo

    root = deploy_repo.resolve()
    repo = DeployRepo(root, (fleet or root / "environments").resolve(), root / "overlays", jobs)
    for attempt in range(1, publish.ATTEMPTS + 1):
        publication = _publication(manifest, repo, number, environment, back=back)
        checked, asked, code = _checked(manifest, publication, repo, (logins, id_token), output, verbose=verbose)
        if checked is None:
            note("Nothing was published.")
            return code
        publication = publication if number else checked
        commit = publish.commit(root, publication, message, asked)
        if not pushes or publish.push(root, commit, last=attempt == publish.ATTEMPTS):
            break
        note("Others have pushed: once more, from their commits.")
    if commit:
        note(f"{message or publication.message}: {', '.join(sorted(publication.files))}")
        click.echo(commit)
    else:
        note(f"{publication.app} is published already: nothing changes.")
    return 0


def _publication(
    manifest: Path, repo: DeployRepo, number: str | None, environment: str | None, *, back: bool
) -> Publication:
    from sixfold_compiler.operations import publish

    if bool(number) != bool(environment):
        raise click.UsageError("--version and --environment belong together: give both, or neither")
    if back and not number:
        raise click.UsageError("--back needs --version and --environment")
    if number and environment:
        return publish.version(manifest, repo.root, environment, number, back=back)
    return publish.with_home(publish.manifest(manifest, repo.root), manifest, repo, today())


def _checked(
    manifest: Path,
    publication: Publication,
    repo: DeployRepo,
    asking: tuple[tuple[str, ...], str | None],
    output: Format,
    *,
    verbose: bool,
) -> tuple[Publication | None, tuple[str, ...], int]:
    """Check a publication in a dry run, print the errors, and return it with the names that a new app takes.

    Returns None for a publication with errors, everybody who asked for it, and the exit code.

    Args:
        manifest: The manifest in the app repo.
        publication: The publication.
        repo: The deploy repo.
        asking: The logins that the command line names, and the variable with an ID token.
        output: The format of findings.
        verbose: Whether to print raw traces.
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import show
    from sixfold_compiler.operations.dry_run import dry_run_of
    from sixfold_compiler.operations.publish import with_names

    logins, id_token = asking
    with progress() as tick, dry_run_of(repo, publication.files, tick) as (plan, errors):
        if plan.fleet is not None:
            logins = _permitted(manifest, publication.app, plan.fleet.model, logins, id_token)
        code = show(errors, output, roots=(repo.root, manifest.resolve().parent), err=True, verbose=verbose)
        return (None if errors else with_names(publication, plan, repo)), logins, code


def _permitted(
    manifest: Path, app: AppKey, fleet: Fleet, logins: tuple[str, ...], variable: str | None
) -> tuple[str, ...]:
    """Return everybody who asked to publish an app, after the check that they may."""
    from sixfold_compiler.operations.publish import check_asked, check_source

    asked = (*logins, _user(variable, fleet.repository.url)) if variable is not None else logins
    team = fleet.teams.get(app.team)
    if asked:
        check_asked(manifest, app, team, asked)
    elif team is not None:
        check_source(manifest, app, team)
    return tuple(dict.fromkeys(asked))


def _user(variable: str, repository: str) -> str:
    """Return who asked, by the ID token in an environment variable."""
    from sixfold_compiler.live.forge import keys_of
    from sixfold_compiler.operations.id_token import forge_of, refused, user_of

    try:
        keys = keys_of(forge_of(repository)[0])
    except OSError as error:
        raise refused(f"cannot be verified: {error}") from None
    return user_of(os.environ.get(variable, ""), keys, repository, time.time())
