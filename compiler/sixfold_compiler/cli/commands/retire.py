"""`sixfold retire`: a removal and its tombstone, written together."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from sixfold_compiler.cli.options import Selection, selection_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.tombstones import Approval
    from sixfold_compiler.operations.retire import Retirement

SHORTEST = 5  # characters of a reason: what the model of a tombstone takes


def _options(function: Callable[..., int]) -> Callable[..., int]:
    """What every retirement must say."""

    @functools.wraps(function)
    def wrapped(**rest: Any) -> int:
        return function(**rest)

    wrapped = click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")(wrapped)
    wrapped = click.option(
        "--approved-by", metavar="WHO", help="Who approved it.  [default: git's user.email in the deploy repo]"
    )(wrapped)
    wrapped = click.option("--until", metavar="DATE", required=True, help="Last day it may happen, YYYY-MM-DD.")(
        wrapped
    )
    return click.option("--reason", metavar="TEXT", required=True, help="Why, in 5 characters at least.")(wrapped)


@click.group(name="retire", short_help="Take an app, a team or a cluster away: the change and its tombstone.")
def command() -> None:
    """Take an app, a team or a cluster away, and write the tombstone that approves it in the same step.

    What is retired goes from the clusters when the change is committed, compiled and adopted. All of it is written, or
    nothing; what would not compile afterwards is refused. Where the fleet's Jsonnet cannot be edited safely, nothing is
    written, and the edit to make by hand is told.

    \b
    Examples:
      sixfold retire app ads/banner --reason 'replaced by ads/slots' --until 2027-01-31
      sixfold retire team ads --reason 'merged into playback' --until 2027-01-31 --approved-by oidc:platform
      sixfold retire cluster prod/dc1-a --reason 'replaced by dc1-d' --until 2027-01-31
    """


@command.command(name="app", short_help="Its manifest, its versions, its config files.")
@click.argument("name", metavar="[TEAM/]APP")
@_options
@selection_options(paths=False, only=False)
def app(selection: Selection, *, name: str, **how: Any) -> int:
    """Delete the manifest of APP, its entries in the release files and its config folder, with a tombstone.

    Apps that call it must stop calling it first: what does not compile is refused. Where the manifest is deleted
    already, and `compile` holds the team back (SF710), this writes what is missing.

    \b
    Example:
      sixfold retire app ads/banner --reason 'replaced by ads/slots' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.app, name, **how)


@command.command(name="team", short_help="All of its apps, and its entry in the fleet.")
@click.argument("name", metavar="TEAM")
@_options
@selection_options(paths=False, only=False)
def team(selection: Selection, *, name: str, **how: Any) -> int:
    """Delete everything in apps/TEAM/, its versions, and its entry in the fleet, with a tombstone.

    \b
    Example:
      sixfold retire team ads --reason 'merged into playback' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.team, name, **how)


@command.command(name="cluster", short_help="Its last two steps: retired, then out of the fleet.")
@click.argument("name", metavar="CLUSTER")
@_options
@selection_options(paths=False, only=False)
def cluster(selection: Selection, *, name: str, **how: Any) -> int:
    """Retire CLUSTER, in two runs, with a commit in between, so that nothing is orphaned on it.

    The first run sets its state to retired: the tree then has nothing for it but its Secret, with which Argo CD can
    still delete its Applications. The second run, when they are gone, takes it out of the fleet. It is refused while a
    namespace is placed there. CLUSTER is ENV/DC/CLUSTER, ENV/CLUSTER, or its name alone where only one has it.
    docs/runbooks/decommission-cluster.md has the whole way.

    \b
    Example:
      sixfold retire cluster prod/dc1-a --reason 'replaced by dc1-d' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.cluster, name, **how)


def _retire(
    selection: Selection,
    work_out: Callable[[Path, FleetInput, Path, str, Approval], Retirement],
    name: str,
    *,
    reason: str,
    until: str,
    approved_by: str | None,
    dry_run: bool,
) -> int:
    from sixfold_compiler.cli.exit_codes import FINDINGS
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, verdict
    from sixfold_compiler.cli.output.retire import going_text, next_text
    from sixfold_compiler.engine import Pool
    from sixfold_compiler.inputs.fleet_loader import load_fleet
    from sixfold_compiler.inputs.tombstones import Approval
    from sixfold_compiler.operations.dry_run import DeployRepo, trial
    from sixfold_compiler.operations.retire import apply

    if len(reason) < SHORTEST:
        raise click.UsageError(f"--reason: say why, in {SHORTEST} characters at least")
    day = _day(until)
    approval = Approval(approved_by or _identity(selection), reason, day)
    with Pool(1) as pool:
        fleet = load_fleet(selection.fleet, pool)
    retirement = work_out(selection.root, fleet, selection.out, name, approval)
    if retirement.by_hand:
        note(f"The fleet cannot be edited safely for this, so nothing was written. By hand: {retirement.by_hand}.")
        note("Then write the tombstone into environments/tombstones.yaml, and delete what belongs to it.")
        return FINDINGS
    repo = DeployRepo(selection.root, selection.fleet, selection.out, selection.jobs)
    with progress() as tick, trial(repo, retirement.files, tick, retirement.removed) as (made, errors):
        show(errors, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        if errors:
            note("Nothing was written.")
            return verdict(errors, selection.output)
        held, approved = made.verdict.held, made.verdict.approved
        going = [drop for drop in made.verdict.drops if drop in approved or drop.team not in held]
        deleted = sum(change.kind == "delete" for change in made.changes)
        others = len(made.changes) - deleted
    for path in sorted(retirement.files):
        click.echo(f"change {path}")
    for path in retirement.removed:
        click.echo(f"delete {path}")
    note(going_text(retirement.what, going, deleted, others))
    if dry_run:
        note("Nothing was written (--dry-run).")
        return 0
    apply(selection.root, retirement)
    note(next_text(retirement.next_steps))
    return 0


def _day(until: str) -> str:
    from datetime import UTC, date, datetime

    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise click.UsageError(f"--until: {until!r} is no day; write YYYY-MM-DD") from None
    if day < datetime.now(UTC).date():
        raise click.UsageError(f"--until: {until} has passed; a tombstone of yesterday approves nothing")
    return day.isoformat()


def _identity(selection: Selection) -> str:
    import os
    import subprocess

    if email := os.environ.get("GIT_AUTHOR_EMAIL"):
        return email
    command = ["git", "-C", str(selection.root), "config", "--get", "user.email"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        done = None
    if done is None or not done.stdout.strip():
        raise click.UsageError("--approved-by: git does not know who you are here; say who approved it")
    return done.stdout.strip()
