"""Options that `drain` and `evacuate` share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sixfold_compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Run", "moving_options"]

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Run:
    """What a person said beside the place: whether to write, what to wait for, who approves."""

    step: bool
    commit: bool
    no_tree: bool
    wait: str | None
    kubeconfig: Path | None
    context: str
    timeout: float
    wave: str
    claims: str | None
    approved_by: str | None
    reason: str
    until: object
    today: object


def moving_options(function: F) -> F:
    """The options of a walk; the command gets them as a `Run`, after the `Selection`."""

    def wrapped(selection: Selection, **values: Any) -> Any:
        fields = {name: values.pop(name) for name in Run.__dataclass_fields__}
        return function(selection, Run(**fields), **values)

    wrapped.__doc__ = function.__doc__
    day = click.DateTime(["%Y-%m-%d"])
    for option in (
        click.option("--today", metavar="YYYY-MM-DD", type=day, help="The day by which pins and bans expire."),
        click.option(
            "--until", metavar="YYYY-MM-DD", type=day, help="Last day of the tombstones.  [default: in 7 days]"
        ),
        click.option("--reason", metavar="TEXT", default="", help="Why, for the tombstones.  [default: the command]"),
        click.option(
            "--approved-by",
            metavar="WHO",
            help="Who approves what vanishes.  [default: git's user.email in the deploy repo]",
        ),
        click.option(
            "--claims",
            type=click.Choice(["keep", "move-without-data"]),
            help="Namespaces with volumes stay, or start elsewhere with empty ones.  [default: refuse them]",
        ),
        click.option(
            "--wave",
            metavar="N|N%",
            default="10%",
            show_default=True,
            callback=_wave,
            help="Namespaces that move at once, of those of the data center; P0 goes one stack at a time.",
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
            help="Logins for --wait, which needs them: a file, or a folder of files.",
        ),
        click.option(
            "--wait",
            is_flag=False,
            flag_value="argocd",
            type=click.Choice(["argocd", "clusters"]),
            help="First wait until the step before is healthy, as Argo CD says, or the clusters' workloads.",
        ),
        click.option(
            "--no-tree",
            is_flag=True,
            help="The tree is not at hand (--out names it): go on without looking whether the step before is in it.",
        ),
        click.option("--commit", is_flag=True, help="Write the next step and commit it; nothing is pushed."),
        click.option("--step", is_flag=True, help="Write the next step into the lock, for review."),
    ):
        wrapped = option(wrapped)
    return selection_options(paths=False, only=False)(wrapped)  # type: ignore[return-value]


def _wave(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]{0,5})(%?)", value)
    if match is None or (match[2] and int(match[1]) > 100):
        raise click.BadParameter("write a number from 1, or a percentage from 1% to 100%")
    return value
