"""Options that several commands share, and where a deploy repo is found."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_compiler.diagnostics.render import Format
    from sixfold_compiler.inputs.options import Options

__all__ = ["Selection", "find_fleet", "live_option", "selection_options", "verbose_option"]

F = TypeVar("F", bound="Callable[..., Any]")

# Kept equal to sixfold_compiler.diagnostics.render.FORMATS by a test: importing the renderers would slow `--help` down.
OUTPUTS = ("full", "concise", "json", "github")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a command works on, and how it tells what it finds."""

    paths: tuple[Path, ...]
    fleet: Path
    out: Path
    only: tuple[str, ...]
    jobs: int | None
    output: Format
    verbose: bool
    against: str = ""

    @property
    def root(self) -> Path:
        """The deploy repo: the folder that holds the fleet's."""
        return self.fleet.parent

    def options(self, *, writes: bool = False, verify: bool = False) -> Options:
        """The pipeline's options: whether the command `writes` the tree, and whether to read all of it (`verify`)."""
        from sixfold_compiler.inputs.options import Options

        return Options(
            paths=self.paths,
            fleet=self.fleet,
            out=self.out,
            base=self.root,
            only=self.only,
            jobs=self.jobs,
            stage_in_tree=writes,
            against=self.against,
            verify=verify,
        )


def find_fleet(given: Path | None) -> Path:
    """The fleet's folder: as given, else the nearest `environments/` in this folder and those above it.

    Raises:
        click.UsageError: There is none.
    """
    if given is not None:
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "environments" / "fleet.jsonnet").is_file():
            return folder / "environments"
    raise click.UsageError(
        "no fleet: neither this folder nor one above it has environments/fleet.jsonnet.\n"
        "Name its folder with --fleet (or SIXFOLD_FLEET), or make one with `sixfold init deploy DIR`."
    )


def verbose_option(function: F) -> F:
    """`--verbose`."""
    return click.option("-v", "--verbose", is_flag=True, help="Show raw traces behind findings and faults.")(function)


def fleet_option(function: F) -> F:
    """`--fleet`."""
    return click.option(
        "--fleet",
        type=click.Path(path_type=Path),
        envvar="SIXFOLD_FLEET",
        show_envvar=True,
        metavar="DIR",
        help="The fleet's folder.  [default: the nearest environments/ in this folder and above]",
    )(function)


def live_option(function: F) -> F:
    """`--live`."""
    return click.option(
        "--live",
        "kubeconfig",
        type=click.Path(path_type=Path, exists=True),
        metavar="KUBECONFIG",
        help="Take capacity from the clusters themselves, by the contexts of this file or folder; one that cannot be "
        "read counts as the fleet says.",
    )(function)


def jobs_option(function: F) -> F:
    """`--jobs`."""
    return click.option(
        "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes.  [default: one for each CPU]"
    )(function)


def output_option(function: F) -> F:
    """`--output`."""
    return click.option(
        "--output",
        type=click.Choice(OUTPUTS),
        default="full",
        show_default=True,
        help="How findings are told: with source lines, a line each, one JSON array, or GitHub annotations.",
    )(function)


def selection_options(
    *, paths: bool = True, only: bool = True, out: bool = True, against: bool = False
) -> Callable[[F], F]:
    """The options that make a `Selection`, which the command gets as its first argument."""
    measured = against

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapped(
            *,
            fleet: Path | None,
            output: Format,
            jobs: int | None,
            verbose: bool,
            paths: tuple[Path, ...] = (),
            out: Path | None = None,
            only: tuple[str, ...] = (),
            against: str = "",
            **rest: Any,
        ) -> Any:
            folder = find_fleet(fleet)
            tree = (out or folder.parent / "overlays").resolve()
            return function(Selection(paths, folder, tree, only, jobs, output, verbose, against), **rest)

        wrapped = jobs_option(output_option(verbose_option(wrapped)))
        if measured:
            wrapped = click.option(
                "--against",
                metavar="REV",
                default="",
                help="The git revision from which deletions are measured.  [default: the tree as it lies there]",
            )(wrapped)
        if only:
            wrapped = click.option(
                "--only",
                multiple=True,
                metavar="CLUSTER",
                help="Only this cluster (ENV/DC/CLUSTER, ENV/CLUSTER, or CLUSTER where only one has that name); "
                "ENV/DC and ENV select all of theirs. Repeatable. Nothing else is pruned.",
            )(wrapped)
        if out:
            wrapped = click.option(
                "--out",
                type=click.Path(path_type=Path),
                envvar="SIXFOLD_OUT",
                show_envvar=True,
                metavar="DIR",
                help="The overlay tree.  [default: overlays/ beside the fleet's folder]",
            )(wrapped)
        wrapped = fleet_option(wrapped)
        if paths:
            wrapped = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")(wrapped)
        return wrapped  # type: ignore[return-value]  # click's decorators keep it a function

    return decorate
