"""`sixfold init`: create a repo that compiles at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sixfold_compiler.operations.scaffold.install import Install

NO_CI = "There is no CI, because nothing says what it installs: see `sixfold init ci --help`."


wheel_option = click.option(
    "--wheel",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="CI installs this wheel of Sixfold, by its hash. The repo gets the file, unless there is an --index.",
)
index_option = click.option("--index", metavar="URL", help="CI takes the wheel and what it needs from this index.")
image_option = click.option("--image", metavar="NAME@DIGEST", help="CI runs in this image of Sixfold.")


@click.group(name="init", short_help="Create a deploy repo or an app repo that works at once.")
def command() -> None:
    """Create a new repo from Sixfold's templates. Files that exist are never replaced.

    CI installs nothing by its name: say with --wheel, --index or --image what it installs. A repo without one of them
    gets no CI.

    \b
    Examples:
      sixfold init deploy my-deploy --wheel sixfold-0.1.0-py3-none-any.whl
      sixfold init app match-service --team playback --name match-service
    """


@command.command(name="deploy", short_help="A repo with the fleet, the manifests and the overlay tree.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@wheel_option
@index_option
@image_option
def deploy(folder: Path, wheel: Path | None, index: str | None, image: str | None) -> int:
    """Create a deploy repo in DIR: an example fleet, a first app, release files, and CI for GitHub and GitLab.

    \b
    Example:
      sixfold init deploy my-deploy && cd my-deploy && sixfold compile
      sixfold init deploy my-deploy --image registry.example.com/sixfold@sha256:...
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import create_deploy_repo

    install = _install(wheel, index, image)
    files = create_deploy_repo(folder, install)
    note(f"Created {len(files)} files in {folder}/.\n")
    if install is None:
        note(f"{NO_CI}\n")
    commit = "git init -b main && git add . && git commit -m 'A fleet'"
    steps = (f"cd {folder}", "sixfold check", "sixfold compile", commit)
    note("\n  ".join(["Next:", *steps]) + "\n")
    note(f"Then replace the example in environments/ by your fleet; {folder}/README.md says how.")
    return 0


@command.command(name="ci", short_help="The CI of a deploy repo that has none.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@wheel_option
@index_option
@image_option
def ci(folder: Path, wheel: Path | None, index: str | None, image: str | None) -> int:
    """Create the CI of a deploy repo in DIR, for GitHub and GitLab. To change what CI installs, delete its files first.

    \b
    Example:
      sixfold init ci . --wheel sixfold-0.1.0-py3-none-any.whl --index https://pypi.example.com/simple
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import create_ci

    install = _install(wheel, index, image)
    if install is None:
        raise click.UsageError("name what CI installs: --wheel FILE, or --image NAME@DIGEST")
    files = create_ci(folder, install)
    note(f"Created {len(files)} files in {folder}/: {', '.join(files)}")
    return 0


@command.command(name="app", short_help="The files with which a service's repo publishes to a deploy repo.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--team", required=True, help="The team that owns the app.")
@click.option("--name", required=True, help="The name of the app and of its Service.")
@click.option(
    "--image",
    metavar="NAME@DIGEST",
    help="CI runs in this image of Sixfold.  [default: install what the deploy repo does]",
)
def app(folder: Path, team: str, name: str, image: str | None) -> int:
    """Create sixfold.yaml, its schema and CI for GitHub and GitLab in DIR, a new or an existing repo.

    \b
    Example:
      sixfold init app . --team playback --name match-service
    """
    from sixfold_compiler.cli.output.report import note
    from sixfold_compiler.operations.scaffold import create_app_repo

    files = create_app_repo(folder, team, name, _install(None, None, image))
    note(f"Created {len(files)} files in {folder}/: {', '.join(files)}\n")
    steps = ("edit sixfold.yaml: image, ports, health checks", "sixfold check sixfold.yaml --fleet DEPLOY/environments")
    note("\n  ".join(["Next:", *steps]))
    return 0


def _install(wheel: Path | None, index: str | None, image: str | None) -> Install | None:
    from sixfold_compiler.operations.scaffold import install

    if wheel is not None and image is not None:
        raise click.UsageError("--wheel and --image exclude each other: CI installs one of them")
    if index is not None and wheel is None:
        raise click.UsageError("--index needs --wheel, which says the hash of what CI takes from the index")
    if image is not None:
        return install.image(image)
    return install.wheel(wheel, index) if wheel is not None else None
