"""`sixfold whatif`: simulate the loss of clusters, or more load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import Selection, live_option, selection_options, today

if TYPE_CHECKING:
    from sixfold_compiler.placement.place import PlacementInputs
    from sixfold_compiler.whatif import Scenario


@click.command(name="whatif", short_help="Simulate the loss of clusters, and more load.")
@click.option(
    "--lose",
    multiple=True,
    metavar="CLUSTER",
    help="Lose this cluster (ENV/DC/CLUSTER, ENV/CLUSTER, or CLUSTER if its name is unique), or a whole data center "
    "(ENV/DC). Repeatable.",
)
@click.option("--load", default="1", metavar="FACTOR", help="Multiply all load by this.  [default: 1]")
@click.option(
    "--team-load", multiple=True, metavar="TEAM=FACTOR", help="Multiply a team's load, on top of --load. Repeatable."
)
@click.option("--every-cluster", is_flag=True, help="Try the loss of each single cluster; exit 1 if one breaks a P0.")
@click.option("--every-dc", is_flag=True, help="The same with each whole data center; both may be given.")
@click.option(
    "--at", metavar="ENV[/DC]", default="", help="Report only this environment or data center, and its losses."
)
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the clusters before and after."
)
@live_option
@selection_options(only=False, out=False)
def command(
    selection: Selection,
    *,
    lose: tuple[str, ...],
    load: str,
    team_load: tuple[str, ...],
    every_cluster: bool,
    every_dc: bool,
    at: str,
    svg: Path | None,
    kubeconfig: Path | None,
) -> int:
    """Simulate the loss of clusters, and more load, on the committed placements.

    The report shows the load of every cluster and team, the pods that do not fit or are preempted, and the apps that
    stop. Nothing is changed. Load 1 is the demand that `place` plans for: requested replicas, and for autoscaled apps
    the maximum of their autoscaler. A factor multiplies the load that is divided by weight; apps that run once, or in
    full copies, do not grow.

    The surviving hosts of a team take over by their weights, as the gateway routes, each up to its autoscaler's maximum
    and the team's quota there. Pods that find no room in a cluster's whole capacity preempt lower tiers. A fixed number
    of replicas carries more load each, which is reported and breaks nothing. The load of a lost data center goes to the
    other ones of its environment that run the app, in proportion to their part of it.

    \b
    Examples:
      sixfold whatif --lose dc1-b                     # tonight, without dc1-b?
      sixfold whatif --lose dc1-b --load 1.3          # and with 30 % more viewers?
      sixfold whatif --team-load ads=2 --svg ads.svg  # as a picture
      sixfold whatif --lose prod/dc2 --output json    # a whole data center, for programs
      sixfold whatif --every-cluster --at prod        # in CI: does any single loss break a P0?
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.inputs.lookup import no_place
    from sixfold_compiler.placement.place import read_inputs
    from sixfold_compiler.whatif import scenario_of

    every = every_cluster or every_dc
    if svg and every:
        raise click.UsageError("--svg draws one scenario: name it with --lose instead of --every-cluster or --every-dc")
    if svg and not svg.resolve().parent.is_dir():
        raise click.UsageError(f"--svg {svg}: the folder {svg.parent} does not exist")
    with progress() as tick:
        inputs = read_inputs(selection.options(), tick, kubeconfig).met(today(), severity="warning")
    if at and (hint := no_place(inputs.fleet, at)):
        raise click.UsageError(f"--at {at}: the fleet has no such environment or data center; {hint}")
    scenario = scenario_of(inputs.fleet, lose, load, team_load)
    if every:
        return _every_loss(selection, inputs, scenario, clusters=every_cluster, centers=every_dc, at=at)
    return _scenario(selection, inputs, scenario, at, svg)


def _scenario(selection: Selection, inputs: PlacementInputs, scenario: Scenario, at: str, svg: Path | None) -> int:
    """Print the outcome of one scenario, draw it if asked to, and return the exit code."""
    from sixfold_compiler.cli.output.report import note, show, shown
    from sixfold_compiler.cli.output.whatif import as_json, as_text
    from sixfold_compiler.files.atomic import replace_file
    from sixfold_compiler.placement import load_lock
    from sixfold_compiler.whatif import simulate
    from sixfold_compiler.whatif.chart import draw_chart

    outcome = simulate(inputs.fleet, inputs.demands, load_lock(inputs.fleet), scenario, inputs.live)
    environments = {target.environment for target in scenario.lost}
    if at or len(environments) == 1:  # a loss affects its environment only
        outcome = outcome.within(at or environments.pop())
    click.echo(as_json(outcome) if selection.output == "json" else as_text(outcome), nl=False)
    if svg:
        replace_file(svg, draw_chart(outcome).encode())
        note(f"Wrote {shown(svg.resolve())}.")
    return show(inputs.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)


def _every_loss(
    selection: Selection, inputs: PlacementInputs, scenario: Scenario, *, clusters: bool, centers: bool, at: str
) -> int:
    """Print the outcome of each single loss on top of a scenario, and return the exit code."""
    from sixfold_compiler.cli.output.report import show
    from sixfold_compiler.cli.output.whatif import every_json, every_text
    from sixfold_compiler.inputs.sources import discover
    from sixfold_compiler.placement import load_lock
    from sixfold_compiler.whatif import every_loss, loss_problems, single_losses
    from sixfold_compiler.whatif.blame import Blame

    tried = single_losses(inputs.fleet, at=at) if clusters else {}
    tried |= single_losses(inputs.fleet, centers=True, at=at) if centers else {}
    if not tried:
        raise click.UsageError(f"--at {at}: all clusters there are retired" if at else "all clusters are retired")
    lock = load_lock(inputs.fleet)
    losses = list(every_loss(inputs.fleet, inputs.demands, lock, scenario, tried, inputs.live))
    blame = Blame(inputs.fleet, discover(selection.paths, selection.root).manifests)
    problems = [*inputs.diagnostics, *loss_problems(losses, blame.span, scenario, at)]
    text = every_json(losses, problems, at) if selection.output == "json" else every_text(losses, at)
    click.echo(text, nl=False)
    return show(problems, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
