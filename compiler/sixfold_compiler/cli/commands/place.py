"""`sixfold place`: which clusters host which team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import Selection, live_option, selection_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(name="place", short_help="Choose the clusters that host each team (placements.lock.json).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the lock is not what placing gives.")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--explain", "team", metavar="TEAM", help="Show for each cluster why it hosts TEAM, or why not.")
@click.option("--at", metavar="ENV[/DC]", default="", help="With --explain: only there.")
@click.option("--rebalance", is_flag=True, help="Set the weights of teams that stay by capacity again.")
@click.option(
    "--leave", multiple=True, metavar="CLUSTER", help="Move everything off this cluster, ENV/CLUSTER say. Repeatable."
)
@click.option("--keep-going", is_flag=True, help="Write the lock though apps have mistakes; they count for nothing.")
@click.option(
    "--today", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), help="The day by which pins and bans expire."
)
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
    today: object,
    kubeconfig: Path | None,
) -> int:
    """Choose the clusters that host each team, with what weight, and the home of each app that runs once.

    The result is placements.lock.json beside the fleet, to be reviewed and committed; `compile` reads it.

    Who is well placed stays, whatever is added; a team moves only when a rule of the fleet or the room on its cluster
    says so. PATH is for deploy repos that keep manifests elsewhere: apps that it leaves out keep their homes, and count
    for nothing. The plan shows who moves and why, and the load of every cluster before and after. When a rule cannot be
    met, or a manifest has a mistake, the plan is shown, nothing is written and the exit code is 1: a broken app keeps
    its home, and the plan counts nothing for it. --keep-going writes it all the same: in the night in which a cluster
    must be left, somebody else's mistake is no reason to wait.

    \b
    Examples:
      sixfold place                                  # after a change of teams, clusters or demands
      sixfold place --dry-run                        # what would it do?
      sixfold place --check                          # in CI: is the committed lock current?
      sixfold place --explain playback --at prod/dc1 # why these clusters?
      sixfold place --leave prod/dc1/dc1-a           # nobody is there afterwards
      sixfold place --live ~/.kube/config --dry-run  # by what the clusters have now
      sixfold place --output json > plan.json        # for machines
    """
    from datetime import UTC, datetime

    from sixfold_compiler.cli.exit_codes import FINDINGS
    from sixfold_compiler.cli.output.place import as_json, as_text, explained
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown, verdict
    from sixfold_compiler.cli.output.summary import named
    from sixfold_compiler.placement.place import place, read_inputs, write_lock

    day = (today if isinstance(today, datetime) else datetime.now(UTC)).date()
    options = selection.options()
    with progress() as tick:
        if team is not None:
            click.echo(explained(read_inputs(options, tick, kubeconfig), team, day, at, selection.output), nl=False)
            return 0
        made = place(options, day, rebalance=rebalance, leave=leave, kubeconfig=kubeconfig, progress=tick)
    show(made.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
    code = verdict(made.diagnostics, selection.output)
    click.echo(as_json(made) if selection.output == "json" else as_text(made), nl=False)
    lock = f"{shown(selection.fleet)}/placements.lock.json"
    if made.inputs.broken and not (keep_going and not check):
        what = "cannot be checked" if check else "was not written"
        apps = named(made.inputs.broken)
        note(f"{lock} {what}: what {apps} will ask for is not known until the mistakes are mended (or --keep-going).")
        return code
    if made.proposal.failed:
        note(f"{lock} was not written: not every rule can be met.")
        return code
    if made.current:
        note(f"{lock} is current.")
        return code
    if check or dry_run:
        note(f"{lock} would change." + (" Run `sixfold place`." if check else ""))
        return FINDINGS if check else code
    write_lock(selection.fleet, made.data)
    note(f"Wrote {lock}.")
    return code
