"""`sixfold init`: create a repo that compiles at once."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="init", short_help="Create a deploy repo or an app repo that works at once.")
def command() -> None:
    """Create a new repo from Sixfold's templates. Files that exist are never replaced.

    \b
    Examples:
      sixfold init deploy my-deploy
      sixfold init app match-service --team playback --name match-service
    """


@command.command(name="deploy", short_help="A repo with the fleet, the manifests and the overlay tree.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def deploy(folder: Path) -> int:
    """Create a deploy repo in DIR: an example fleet, a first app, release files, and CI for GitHub and GitLab.

    \b
    Example:
      sixfold init deploy my-deploy && cd my-deploy && sixfold compile
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import create_deploy_repo

    files = create_deploy_repo(folder)
    note(f"Created {len(files)} files in {folder}/.\n")
    commit = "git init -b main && git add . && git commit -m 'A fleet'"
    steps = (f"cd {folder}", "sixfold check", "sixfold compile", commit)
    note("\n  ".join(["Next:", *steps]) + "\n")
    note(f"Then replace the example in environments/ by your fleet; {folder}/README.md says how.")
    return 0


@command.command(name="app", short_help="The files with which a service's repo publishes to a deploy repo.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--team", required=True, help="The team that owns the app.")
@click.option("--name", required=True, help="The name of the app and of its Service.")
def app(folder: Path, team: str, name: str) -> int:
    """Create sixfold.yaml, its schema and CI for GitHub and GitLab in DIR, a new or an existing repo.

    \b
    Example:
      sixfold init app . --team playback --name match-service
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import create_app_repo

    files = create_app_repo(folder, team, name)
    note(f"Created {len(files)} files in {folder}/: {', '.join(files)}\n")
    steps = ("edit sixfold.yaml: image, ports, health checks", "sixfold check sixfold.yaml --fleet DEPLOY/environments")
    note("\n  ".join(["Next:", *steps]))
    return 0
