"""`sixfold init`: a repo that works at once."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="init", short_help="Make a deploy repo, or an app repo, that works at once.")
def command() -> None:
    """Make a new repo from the templates that come with Sixfold. Files that exist are never replaced.

    \b
    Examples:
      sixfold init deploy my-deploy
      sixfold init app match-service --team playback --name match-service
    """


@command.command(name="deploy", short_help="The repo with the fleet, the manifests and the overlay tree.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def deploy(folder: Path) -> int:
    """Make a deploy repo in DIR: an example fleet, a first app, release files, and CI for GitHub and GitLab.

    \b
    Example:
      sixfold init deploy my-deploy && cd my-deploy && sixfold compile
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import make_deploy

    files = make_deploy(folder)
    note(f"Made {len(files)} files in {folder}/.\n")
    committed = "git init -b main && git add . && git commit -m 'A fleet'"
    steps = (f"cd {folder}", "sixfold check", "sixfold compile", committed)
    note("\n  ".join(["Next:", *steps]) + "\n")
    note("Then make environments/ yours, and read README.md there.")
    return 0


@command.command(name="app", short_help="The files that make a service's repo publish to a deploy repo.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--team", required=True, help="The team that owns the app.")
@click.option("--name", required=True, help="The app's name; its service is called so.")
def app(folder: Path, team: str, name: str) -> int:
    """Put sixfold.yaml, its schema and CI for GitHub and GitLab into DIR, a new or an existing repo.

    \b
    Example:
      sixfold init app . --team playback --name match-service
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import make_app

    files = make_app(folder, team, name)
    note(f"Made {len(files)} files in {folder}/: {', '.join(files)}\n")
    steps = ("edit sixfold.yaml: image, ports, health checks", "sixfold check sixfold.yaml --fleet DEPLOY/environments")
    note("\n  ".join(["Next:", *steps]))
    return 0
