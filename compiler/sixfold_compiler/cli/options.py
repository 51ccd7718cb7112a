"""Options that several commands share, and the search for the fleet's folder."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from sixfold_compiler.diagnostics.render import Format
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.tombstones import Approval

    Command: TypeAlias = Callable[..., int]  # click calls it with its parameters by name; returns the exit code

__all__ = [
    "DAY",
    "Selection",
    "approval_of",
    "approved_by_option",
    "find_fleet",
    "fleet_option",
    "jobs_option",
    "live_option",
    "output_option",
    "selection_options",
    "today",
    "today_option",
    "verbose_option",
]


# Kept equal to sixfold_compiler.diagnostics.render.FORMATS by a test: importing the renderers would slow `--help` down.
OUTPUTS = ("full", "concise", "json", "github")

MIN_REASON = 5  # characters of a tombstone's reason, as the model of a tombstone has it


@dataclass(frozen=True, slots=True)
class Selection:
    """The inputs of a command (manifests, fleet and tree), and the output format of its findings.

    Attributes:
        paths: Manifests, or folders of manifests; empty: all of the deploy repo.
        fleet: The folder of the fleet.
        out: The overlay tree.
        only: The clusters, data centers or environments that the command is limited to; empty: no limit.
        jobs: The number of worker processes; None: one for each CPU.
        output: The format of findings.
        verbose: Print raw traces with the findings.
        against: The git revision that deletions are counted from; empty: the tree on disk.
    """

    paths: tuple[Path, ...]
    fleet: Path
    out: Path
    only: tuple[str, ...]
    jobs: int | None
    output: Format
    verbose: bool
    against: str

    @property
    def root(self) -> Path:
        """The deploy repo: the folder that contains the fleet's folder."""
        return self.fleet.parent

    def options(self, *, writes: bool = False, reread: bool = False, fresh: bool = False) -> Options:
        """Return the options of a compile.

        Args:
            writes: The command will write the tree.
            reread: Read every file of the tree instead of trusting its size and time.
            fresh: Render everything again, whatever the tree records.
        """
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
            reread=reread,
            fresh=fresh,
        )


class _Day(click.ParamType[date]):
    """A click parameter type for a day in the form YYYY-MM-DD."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a day; write YYYY-MM-DD", param, ctx)


DAY = _Day()


def today() -> date:
    """Return the current day in UTC."""
    return datetime.now(UTC).date()


def find_fleet(folder: Path | None) -> Path:
    """Return the fleet's folder: `folder` if given, else the nearest `environments/` in the current folder or a parent.

    Raises:
        click.UsageError: No such folder exists.
    """
    if folder is not None:
        return folder.resolve()
    current = Path.cwd()
    for parent in (current, *current.parents):
        if (parent / "environments" / "fleet.jsonnet").is_file():
            return parent / "environments"
    raise click.UsageError(
        "no fleet: neither this folder nor one above it has environments/fleet.jsonnet.\n"
        "Name its folder with --fleet (or SIXFOLD_FLEET), or create one with `sixfold init deploy DIR`."
    )


def approval_of(root: Path, approved_by: str | None, reason: str, until: date | None) -> Approval:
    """Check the options that approve a deletion, and return the approval.

    Args:
        root: The deploy repo, whose git identity is the default of `approved_by`.
        approved_by: The approver; None: git's user.email.
        reason: The reason.
        until: The last day on which the approval applies; None: in 7 days.

    Raises:
        click.UsageError: The reason is too short, the day has passed, or no approver is known.
    """
    from sixfold_compiler.inputs.tombstones import Approval

    if len(reason) < MIN_REASON:
        raise click.UsageError(f"--reason: give a reason of at least {MIN_REASON} characters")
    until = until or today() + timedelta(days=7)
    if until < today():
        raise click.UsageError(f"--until: {until} has passed; an expired tombstone approves nothing")
    return Approval(approved_by or _git_email(root), reason, until.isoformat())


def _git_email(root: Path) -> str:
    import os

    from sixfold_compiler.diagnostics import DiagnosticError
    from sixfold_compiler.inputs.git import git

    try:
        email = os.environ.get("GIT_AUTHOR_EMAIL") or git(root, "config", "--get", "user.email", check=False)
    except DiagnosticError:  # git is not installed
        email = ""
    if not email:
        raise click.UsageError("--approved-by: git has no user.email in this repo; name the approver")
    return email


def verbose_option(function: Command) -> Command:
    """Add `--verbose` to a command."""
    return click.option("-v", "--verbose", is_flag=True, help="Show raw traces of findings and of internal errors.")(
        function
    )


def fleet_option(function: Command) -> Command:
    """Add `--fleet` to a command."""
    return click.option(
        "--fleet",
        type=click.Path(path_type=Path),
        envvar="SIXFOLD_FLEET",
        show_envvar=True,
        metavar="DIR",
        help="The fleet's folder.  [default: the nearest environments/ in this folder and above]",
    )(function)


def live_option(function: Command) -> Command:
    """Add `--live` to a command."""
    return click.option(
        "--live",
        "kubeconfig",
        type=click.Path(path_type=Path, exists=True),
        metavar="KUBECONFIG",
        help="Read capacity from the clusters, with the contexts of this file or folder; a cluster that cannot be "
        "read has its capacity from the fleet.",
    )(function)


def jobs_option(function: Command) -> Command:
    """Add `--jobs` to a command."""
    return click.option(
        "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes.  [default: one for each CPU]"
    )(function)


def output_option(function: Command) -> Command:
    """Add `--output` to a command."""
    return click.option(
        "--output",
        type=click.Choice(OUTPUTS),
        default="full",
        show_default=True,
        help="Format of findings: with source lines, one line each, one JSON array, or GitHub annotations.",
    )(function)


def today_option(function: Command) -> Command:
    """Add `--today` to a command."""
    return click.option(
        "--today",
        "day",
        metavar="YYYY-MM-DD",
        type=DAY,
        help="The day by which pins and bans expire.  [default: today]",
    )(function)


def approved_by_option(function: Command) -> Command:
    """Add `--approved-by` to a command."""
    return click.option(
        "--approved-by",
        metavar="WHO",
        help="Approver of the deletions.  [default: git's user.email in the deploy repo]",
    )(function)


def selection_options(
    *, paths: bool = True, only: bool = True, out: bool = True, against: bool = False
) -> Callable[[Command], Command]:
    """Return a decorator that adds the options of a `Selection`, and passes it to the command as its first argument.

    Args:
        paths: Add the argument PATH.
        only: Add `--only`.
        out: Add `--out`.
        against: Add `--against`.
    """
    optional = (
        (_against_option, against),
        (_only_option, only),
        (_out_option, out),
        (fleet_option, True),
        (_paths_argument, paths),
    )
    options = [verbose_option, output_option, jobs_option, *(option for option, added in optional if added)]

    def decorate(function: Command) -> Command:
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
            **others: Any,  # the command's own parameters
        ) -> int:
            folder = find_fleet(fleet)
            tree = (out or folder.parent / "overlays").resolve()
            return function(Selection(paths, folder, tree, only, jobs, output, verbose, against), **others)

        command: Command = wrapped
        for option in options:
            command = option(command)
        return command

    return decorate


def _against_option(function: Command) -> Command:
    return click.option(
        "--against",
        metavar="REV",
        default="",
        help="Count deletions from this git revision.  [default: from the tree on disk]",
    )(function)


def _only_option(function: Command) -> Command:
    return click.option(
        "--only",
        multiple=True,
        metavar="CLUSTER",
        help="Only this cluster (ENV/DC/CLUSTER, ENV/CLUSTER, or CLUSTER if its name is unique); "
        "ENV/DC and ENV select all of their clusters. Repeatable. Nothing else is pruned.",
    )(function)


def _out_option(function: Command) -> Command:
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        envvar="SIXFOLD_OUT",
        show_envvar=True,
        metavar="DIR",
        help="The overlay tree.  [default: overlays/ beside the fleet's folder]",
    )(function)


def _paths_argument(function: Command) -> Command:
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")(function)
