"""`sixfold retire`: delete an app, a team or a cluster, and write the tombstone that approves it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from sixfold_compiler.cli.exit_codes import FINDINGS
from sixfold_compiler.cli.options import DAY, Selection, approval_of, approved_by_option, selection_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.cli.options import Command
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.tombstones import Approval
    from sixfold_compiler.operations.retire import Retirement

    Retire = Callable[[Path, FleetInput, Path, str, Approval], Retirement]


def _options(function: Command) -> Command:
    """Add the options of all retirements to a command, which receives a `Selection`, an `Approval` and `dry_run`."""

    @functools.wraps(function)
    def wrapped(
        selection: Selection, *, reason: str, until: date, approved_by: str | None, dry_run: bool, **others: Any
    ) -> int:
        approval = approval_of(selection.root, approved_by, reason, until)
        return function(selection, approval, dry_run=dry_run, **others)

    command: Command = wrapped
    for option in (
        click.option("--dry-run", is_flag=True, help="Show the changes and write nothing."),
        approved_by_option,
        click.option("--until", metavar="YYYY-MM-DD", type=DAY, required=True, help="Last day of the approval."),
        click.option("--reason", metavar="TEXT", required=True, help="The reason, of at least 5 characters."),
    ):
        command = option(command)
    return selection_options(paths=False, only=False)(command)


@click.group(name="retire", short_help="Delete an app, a team or a cluster: the change and its tombstone.")
def command() -> None:
    """Delete an app, a team or a cluster, and write the tombstone that approves it in the same step.

    The objects are deleted from the clusters when the change is committed, compiled and adopted. All files are written,
    or none; a change that does not compile is refused. If the fleet's Jsonnet cannot be edited safely, nothing is
    written, and the message names the edit to make by hand.

    \b
    Examples:
      sixfold retire app ads/banner --reason 'replaced by ads/slots' --until 2027-01-31
      sixfold retire team ads --reason 'merged into playback' --until 2027-01-31 --approved-by oidc:platform
      sixfold retire cluster prod/dc1-a --reason 'replaced by dc1-d' --until 2027-01-31
    """


@command.command(name="app", short_help="Its manifest, its versions, its config files.")
@click.argument("name", metavar="[TEAM/]APP")
@_options
def app(selection: Selection, approval: Approval, *, name: str, dry_run: bool) -> int:
    """Delete the manifest of APP, its entries in the release files and its config folder, with a tombstone.

    Apps that call it must stop calling it first: a change that does not compile is refused. If the manifest is deleted
    already, and `compile` holds the team (SF710), the command writes the missing tombstone.

    \b
    Example:
      sixfold retire app ads/banner --reason 'replaced by ads/slots' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.app, name, approval, dry_run=dry_run)


@command.command(name="team", short_help="All of its apps, and its entry in the fleet.")
@click.argument("name", metavar="TEAM")
@_options
def team(selection: Selection, approval: Approval, *, name: str, dry_run: bool) -> int:
    """Delete everything in apps/TEAM/, its versions, and its entry in the fleet, with a tombstone.

    \b
    Example:
      sixfold retire team ads --reason 'merged into playback' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.team, name, approval, dry_run=dry_run)


@command.command(name="cluster", short_help="Its last two steps: retired, then out of the fleet.")
@click.argument("name", metavar="CLUSTER")
@_options
def cluster(selection: Selection, approval: Approval, *, name: str, dry_run: bool) -> int:
    """Retire CLUSTER, in two runs, with a commit in between, so that nothing is orphaned on it.

    The first run sets its state to retired: the tree then has only its Secret, with which Argo CD can still delete its
    Applications. The second run, when they are deleted, removes it from the fleet. A cluster that hosts a namespace is
    refused. CLUSTER is ENV/DC/CLUSTER, ENV/CLUSTER, or its name alone if only one environment has it.
    docs/runbooks/decommission-cluster.md has the complete procedure.

    \b
    Example:
      sixfold retire cluster prod/dc1-a --reason 'replaced by dc1-d' --until 2027-01-31
    """
    from sixfold_compiler.operations import retire

    return _retire(selection, retire.cluster, name, approval, dry_run=dry_run)


def _retire(selection: Selection, retire: Retire, name: str, approval: Approval, *, dry_run: bool) -> int:
    """Compute a retirement, check that the result compiles, write it, and return the exit code."""
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show
    from sixfold_compiler.cli.output.retire import deletions_text, next_text
    from sixfold_compiler.engine import Pool
    from sixfold_compiler.inputs.fleet_loader import load_fleet
    from sixfold_compiler.operations.dry_run import DeployRepo, dry_run_of
    from sixfold_compiler.operations.retire import apply

    with Pool(1) as pool:
        fleet = load_fleet(selection.fleet, pool)
    retirement = retire(selection.root, fleet, selection.out, name, approval)
    if retirement.by_hand:
        note(f"The fleet cannot be edited safely for this, so nothing was written. By hand: {retirement.by_hand}.")
        note("Then write the tombstone into environments/tombstones.yaml, and delete the files that belong to it.")
        return FINDINGS
    repo = DeployRepo(selection.root, selection.fleet, selection.out, selection.jobs)
    with progress() as tick, dry_run_of(repo, retirement.files, tick, retirement.removed) as (plan, errors):
        code = show(errors, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        if errors:
            note("Nothing was written.")
            return code
        held, approved = plan.verdict.held, plan.verdict.approved
        drops = [drop for drop in plan.verdict.drops if drop in approved or drop.team not in held]
        deleted = sum(change.kind == "delete" for change in plan.changes)
        others = len(plan.changes) - deleted
    for path in sorted(retirement.files):
        click.echo(f"change {path}")
    for path in retirement.removed:
        click.echo(f"delete {path}")
    note(deletions_text(retirement.name, drops, deleted, others))
    if dry_run:
        note("Nothing was written (--dry-run).")
        return 0
    apply(selection.root, retirement)
    note(next_text(retirement.next_steps))
    return 0
