"""`sixfold whatif`: what happens when a cluster is lost, or more viewers come."""

from __future__ import annotations

from pathlib import Path

import click

from sixfold_compiler.cli.options import Selection, live_option, selection_options


@click.command(name="whatif", short_help="Simulate the loss of clusters, and more load.")
@click.option(
    "--lose",
    multiple=True,
    metavar="CLUSTER",
    help="Lose this cluster (ENV/DC/CLUSTER, ENV/CLUSTER, or CLUSTER where only one has that name), or a whole data "
    "center (ENV/DC). Repeatable.",
)
@click.option("--load", default="1", metavar="FACTOR", help="Multiply all load by this.  [default: 1]")
@click.option(
    "--team-load", multiple=True, metavar="TEAM=FACTOR", help="Multiply a team's load, on top of --load. Repeatable."
)
@click.option("--every-cluster", is_flag=True, help="Try the loss of each single cluster; exit 1 when one breaks a P0.")
@click.option("--every-dc", is_flag=True, help="The same with each whole data center; both may be given.")
@click.option(
    "--at", metavar="ENV[/DC]", default="", help="Tell only of this environment or data center, and of losses there."
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

    It tells what every cluster and team carries then, what does not fit, who is preempted and which apps stop. Nothing
    is changed. Load 1 is the demand that `place` plans for: requested replicas, and for autoscaled apps the most that
    their autoscaler may make. A factor multiplies what is divided by weight; apps that run once, or in full copies, do
    not grow.

    The surviving hosts of a team take over by their weights, as the gateway sends it, each up to its autoscaler's
    maximum and the team's quota there. Where pods then find no room in a cluster's whole capacity, lower tiers are
    preempted first. Replicas of a fixed number carry more each, which is told and breaks nothing. A lost data center's
    load goes to the other ones of its environment that run the app, in proportion to what they have of it.

    \b
    Examples:
      sixfold whatif --lose dc1-b                     # tonight, without dc1-b?
      sixfold whatif --lose dc1-b --load 1.3          # and with 30 % more viewers?
      sixfold whatif --team-load ads=2 --svg ads.svg  # as a picture
      sixfold whatif --lose prod/dc2 --output json    # a whole data center, for machines
      sixfold whatif --every-cluster --at prod        # in CI: does any single loss break a P0?
    """
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.cli.output.report import note, show, shown, verdict
    from sixfold_compiler.cli.output.whatif import as_json, as_text, every_json, every_text
    from sixfold_compiler.files.atomic import replace_file
    from sixfold_compiler.inputs.lookup import no_place
    from sixfold_compiler.inputs.sources import discover
    from sixfold_compiler.placement import load_lock
    from sixfold_compiler.placement.place import read_inputs
    from sixfold_compiler.whatif import every_loss, loss_problems, scenario_of, simulate, single_losses
    from sixfold_compiler.whatif.blame import Blame
    from sixfold_compiler.whatif.chart import draw_chart

    every = every_cluster or every_dc
    if svg and every:
        raise click.UsageError("--svg draws one scenario: name it with --lose instead of --every-cluster or --every-dc")
    if svg and not svg.resolve().parent.is_dir():
        raise click.UsageError(f"--svg {svg}: there is no folder {svg.parent} to write it into")
    with progress() as tick:
        inputs = read_inputs(selection.options(), tick, kubeconfig)
    if at and (hint := no_place(inputs.fleet, at)):
        raise click.UsageError(f"--at {at}: the fleet has no such environment or data center; {hint}")
    world = (inputs.fleet, inputs.demands, load_lock(inputs.fleet))
    scenario = scenario_of(inputs.fleet, lose, load, team_load)
    if not every:
        outcome = simulate(*world, scenario, inputs.live)
        environments = {target.environment for target in scenario.lost}
        if at or len(environments) == 1:  # a loss is felt in its environment only
            outcome = outcome.within(at or environments.pop())
        click.echo(as_json(outcome) if selection.output == "json" else as_text(outcome), nl=False)
        if svg:
            replace_file(svg, draw_chart(outcome).encode())
            note(f"Wrote {shown(svg.resolve())}.")
        show(inputs.diagnostics, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
        return verdict(inputs.diagnostics, selection.output)
    wanted = single_losses(inputs.fleet, at=at) if every_cluster else {}
    wanted |= single_losses(inputs.fleet, centers=True, at=at) if every_dc else {}
    if not wanted:
        raise click.UsageError(f"--at {at}: all clusters there are retired" if at else "all clusters are retired")
    losses = list(every_loss(*world, scenario, wanted, inputs.live))
    blame = Blame(inputs.fleet, discover(selection.paths, selection.root).manifests)
    problems = [*inputs.diagnostics, *loss_problems(losses, blame.span, scenario, at)]
    told = every_json(losses, problems, at) if selection.output == "json" else every_text(losses, at)
    click.echo(told, nl=False)
    show(problems, selection.output, roots=(selection.root,), err=True, verbose=selection.verbose)
    return verdict(problems, selection.output)
