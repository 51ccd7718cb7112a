"""`sixfold place`: assign teams to clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.exit_codes import FINDINGS
from sixfold_compiler.cli.options import Selection, live_option, selection_options, today, today_option

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.placement.place import PlacementPlan


@click.command(name="place", short_help="Choose the clusters that host each team (placements.lock.json).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the lock is not current.")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--explain", "team", metavar="TEAM", help="Show for each cluster why it hosts TEAM, or why not.")
@click.option("--at", metavar="ENV[/DC]", default="", help="With --explain: only this environment or data center.")
@click.option("--rebalance", is_flag=True, help="Recompute the weights of teams that stay, by capacity.")
@click.option(
    "--leave", multiple=True, metavar="CLUSTER", help="Move all teams off this cluster (ENV/CLUSTER). Repeatable."
)
@click.option("--keep-going", is_flag=True, help="Also move teams with errors in manifests; such apps need no room.")
@today_option
@live_option
@selection_options(only=False, out=False)
def command(
    selection: Selection,
    *,
    check: bool,
    dry_run: bool,
    team: str | None,
    at: str,
    rebalance: bool,
    leave: tuple[str, ...],
    keep_going: bool,
    day: date | None,
    kubeconfig: Path | None,
) -> int:
    """Choose the clusters that host each team, with their weights, and the home of each app that runs once.

    The result is placements.lock.json beside the fleet, to review and commit; `compile` reads it.

    A team stays where it is, whatever is added; it moves only if a rule of the fleet or the room on its cluster
    requires it. PATH is for deploy repos that keep manifests elsewhere: apps outside of PATH keep their homes and count
    as no demand. The plan shows each move with its reason, and the load of every cluster before and after.

    What can be met is written, also if some of it cannot: then the exit code is 1 and a finding names each app that has
    no place, what it asks for, and the largest free place. As few apps as possible have none: the lowest tiers, the
    teams that are new, and the largest apps first. Nobody else is placed differently because of them. The lock lists
    them as unplaced, and `compile` leaves out these alone (SF429). A team that cannot be placed at all stays where it
    is, and so does a team with an error in a manifest, since its demand is unknown; with --keep-going it moves if it
    must, for a cluster that has to be left at once whatever is wrong with manifests.

    \b
    Examples:
      sixfold place                                  # after a change of teams, clusters or demands
      sixfold place --dry-run                        # what would it do?
      sixfold place --check                          # in CI: is the committed lock current?
      sixfold place --explain playback --at prod/dc1 # why these clusters?
      sixfold place --leave prod/dc1/dc1-a           # move all teams off dc1-a
      sixfold place --live ~/.kube/config --dry-run  # with the capacity that the clusters report
      sixfold place --output json > plan.json        # for programs
    """
    from sixfold_compiler.cli.output.place import reasons_json, reasons_text
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.placement.place import place, read_inputs
    from sixfold_compiler.placement.reasons import explain_team

    day, options = day or today(), selection.options()
    with progress() as tick:
        if team is not None:
            inputs = read_inputs(options, tick, kubeconfig)
            reasons = explain_team(inputs.fleet, inputs.demands, inputs.lock, team, today=day, at=at, live=inputs.live)
            text = reasons_json if selection.output == "json" else reasons_text
            click.echo(text(team, reasons), nl=False)
            return 0
        choices = {"rebalance": rebalance, "keep_going": keep_going}
        plan = place(options, day, leave=leave, kubeconfig=kubeconfig, progress=tick, **choices)
    return _finish(selection, plan, check=check, dry_run=dry_run)


def _finish(selection: Selection, plan: PlacementPlan, *, check: bool, dry_run: bool) -> int:
    """Print a placement plan, write it to the lock unless the fleet has an error, and return the exit code."""
    from sixfold_compiler.cli.output.place import as_json, as_text
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.placement import LOCK_FILE
    from sixfold_compiler.placement.place import write_lock

    code = show(plan.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
    click.echo(as_json(plan) if selection.output == "json" else as_text(plan), nl=False)
    lock = f"{shown(selection.fleet)}/{LOCK_FILE}"
    if plan.proposal.blocked:
        note(f"{lock} was not written: correct the fleet first.")
        return code
    if plan.current:
        note(f"{lock} is current.")
        return code
    if check or dry_run:
        note(f"{lock} would change." + (" Run `sixfold place`." if check else ""))
        return FINDINGS if check else code
    write_lock(selection.fleet, plan.data)
    note(f"Wrote {lock}.")
    return code
