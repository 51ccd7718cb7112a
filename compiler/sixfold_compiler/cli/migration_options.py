"""Options that `drain` and `evacuate` share."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from sixfold_compiler.cli.options import DAY, Selection, approved_by_option, selection_options, today_option

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.cli.options import Command

__all__ = ["MigrationOptions", "migration_options"]


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """Options of a drain or an evacuation, beside the cluster or data center.

    Attributes:
        step: Write the next step.
        commit: Write the next step and commit it.
        no_tree: The tree is not available: do not check that it is compiled from the lock.
        wait: Before the next step, wait for Argo CD or the clusters to report the step before as healthy.
        kubeconfig: The logins for `wait`: a file, or a folder of files.
        context: The context of Argo CD's cluster; empty: the current one.
        timeout: The limit of `wait` in seconds.
        wave: As in `Choices`.
        claims: As in `Choices`; None: refuse to move volumes.
        approved_by: The approver of deletions; None: git's user.email.
        reason: The reason for the tombstones; empty: the title of the migration.
        until: The last day of the tombstones; None: in 7 days.
        day: The day by which pins and bans expire; None: today.
    """

    step: bool
    commit: bool
    no_tree: bool
    wait: Literal["argocd", "clusters"] | None
    kubeconfig: Path | None
    context: str
    timeout: float
    wave: str
    claims: Literal["keep", "move-without-data"] | None
    approved_by: str | None
    reason: str
    until: date | None
    day: date | None


def migration_options(function: Command) -> Command:
    """Add the options of a migration to a command, which receives a `Selection` and `MigrationOptions`."""

    def wrapped(selection: Selection, **values: Any) -> int:  # the options, and the command's own parameters
        options = {field.name: values.pop(field.name) for field in fields(MigrationOptions)}
        return function(selection, MigrationOptions(**options), **values)

    wrapped.__doc__ = function.__doc__
    command: Command = wrapped
    for option in _OPTIONS:
        command = option(command)
    return selection_options(paths=False, only=False)(command)


def _wave(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]{0,5})(%?)", value)
    if match is None or (match[2] and int(match[1]) > 100):
        raise click.BadParameter("write a number from 1, or a percentage from 1% to 100%")
    return value


_OPTIONS = (  # from the last in the help to the first
    today_option,
    click.option("--until", metavar="YYYY-MM-DD", type=DAY, help="Last day of the tombstones.  [default: in 7 days]"),
    click.option("--reason", metavar="TEXT", default="", help="Reason of the tombstones.  [default: the command]"),
    approved_by_option,
    click.option(
        "--claims",
        type=click.Choice(["keep", "move-without-data"]),
        help="Keep namespaces with volumes in place, or move them with empty volumes.  [default: refuse to move them]",
    ),
    click.option(
        "--wave",
        metavar="N|N%",
        default="10%",
        show_default=True,
        callback=_wave,
        help="Namespaces that move at once: a number, or a part of those in the data center; P0: one stack at a time.",
    ),
    click.option(
        "--timeout", type=click.FloatRange(min=0), default=600, show_default=True, help="Seconds that --wait waits."
    ),
    click.option(
        "--context", metavar="NAME", default="", help="Context of Argo CD's cluster.  [default: the current one]"
    ),
    click.option(
        "--kubeconfig",
        type=click.Path(path_type=Path),
        envvar="KUBECONFIG",
        show_envvar=True,
        metavar="PATH",
        help="Logins for --wait, required with it: a file, or a folder of files.",
    ),
    click.option(
        "--wait",
        is_flag=False,
        flag_value="argocd",
        type=click.Choice(["argocd", "clusters"]),
        help="First wait until Argo CD, or the workloads on the clusters, report the step before as healthy.",
    ),
    click.option(
        "--no-tree",
        is_flag=True,
        help="Do not check that the tree has the step before, because the tree is elsewhere (--out names one).",
    ),
    click.option("--commit", is_flag=True, help="Write the next step and commit it; nothing is pushed."),
    click.option("--step", is_flag=True, help="Write the next step into the lock, for review."),
)
