"""`sixfold drain`: move what is on a cluster to the others of its data center."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sixfold_compiler.cli.migration_options import Run, moving_options
from sixfold_compiler.cli.migration_run import Plan, run

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement import Demands, Lock


@click.command(name="drain", short_help="Move what is on a cluster to the others of its data center, step by step.")
@click.argument("name", metavar="CLUSTER")
@click.option(
    "--once",
    type=click.Choice(["stop-then-start"]),
    help="Apps that must not run twice stop before they start elsewhere.  [default: refuse them]",
)
@moving_options
def command(selection: Selection, how: Run, *, name: str, once: Any) -> int:
    """Empty CLUSTER, whose state in the fleet is draining, without a moment in which an app has fewer pods.

    A namespace goes in four steps: join (the others get the pods that they will have), shift (half of its traffic),
    empty (all of it), leave. With --once, apps that must not run twice stop before the last one. The lowest tiers go
    first, P0 last, one stack at a time; namespaces without apps all at once. Every step is a lock to be reviewed,
    committed and compiled; what vanishes by it is approved in tombstones.yaml with it. The lock is all that is known of
    a walk: run the command again to go on, and take a step back with git.

    A step is refused (SF450) while the one before it is not done: lock, tombstones and tree committed, and the tree
    compiled from the lock. Two steps in one compile would move pods and traffic at once. --out names a tree that lies
    elsewhere; --no-tree goes on without looking.

    CLUSTER is ENV/DC/CLUSTER, ENV/CLUSTER, or its name alone where one environment has it.

    Without --step or --commit the whole walk is shown, and nothing is written. Exit code 1: something is in the way.

    \b
    Examples:
      sixfold drain prod/dc1-a                       # the whole plan
      sixfold drain prod/dc1-a --step                # write the next step, for review
      sixfold drain prod/dc1-a --commit              # commit it; then sixfold compile, commit the tree, push
      sixfold drain prod/dc1-a --commit --wait --kubeconfig management.yaml  # first: is the step before healthy?
      sixfold drain prod/dc1-a --commit --wave 5 --once stop-then-start --claims keep
    """
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.lookup import find_cluster
    from sixfold_compiler.migration import Choices, next_step
    from sixfold_compiler.migration.drain import staying
    from sixfold_compiler.migration.step import ways_of

    def plan_of(fleet: FleetInput, demands: Demands, day: date) -> Plan:
        target = find_cluster(fleet, name)
        choices = Choices(how.wave, once or "", how.claims or "")  # type: ignore[arg-type]  # click has checked them
        path = ("environments", target.environment, "dataCenters", target.data_center, "clusters", target.cluster)
        cluster = fleet.model.environments[target.environment].data_centers[target.data_center].clusters[target.cluster]
        refusals: tuple[Diagnostic, ...] = ()
        if cluster.state != "draining":
            text = f"{target} is {cluster.state}: `sixfold place` would put teams there again"
            refusals = (
                Diagnostic("SF448", text, fleet.span(path), "set its state to draining, and commit that first"),
            )

        def stays(at: Lock) -> dict[str, str]:
            here = demands.get(target.cell, {})
            return dict.fromkeys(
                staying(target, here, ways_of(at, target.cell, here), choices), "its volumes are there"
            )

        return Plan(
            f"Drain {target}", target.cell, str(target.cell),
            lambda at: next_step(fleet, demands, at, target, choices, day), refusals, stays,
        )  # fmt: skip

    return run(selection, how, plan_of)
