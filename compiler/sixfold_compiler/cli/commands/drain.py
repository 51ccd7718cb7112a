"""`sixfold drain`: move the namespaces of a cluster to the other clusters of its data center."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.migration_options import MigrationOptions, migration_options

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.migration import MigrationPlan
    from sixfold_compiler.migration.choices import Once
    from sixfold_compiler.placement.place import PlacementInputs


@click.command(name="drain", short_help="Move a cluster's namespaces to the others of its data center, step by step.")
@click.argument("name", metavar="CLUSTER")
@click.option(
    "--once",
    type=click.Choice(["stop-then-start"]),
    help="Stop apps that must not run twice before they start elsewhere.  [default: refuse to move them]",
)
@migration_options
def command(selection: Selection, options: MigrationOptions, *, name: str, once: Once | None) -> int:
    """Drain CLUSTER, whose state in the fleet is draining, without running fewer pods of any app at any time.

    A namespace moves in four steps: join (the other clusters start the pods that they will have), shift (half of its
    traffic moves), empty (all of it), leave (the cluster deletes the namespace). With --once, apps that must not run
    twice stop before the last one. The lowest tiers move first, P0 last, one stack at a time; namespaces without apps
    move all at once. Each step is a lock to review, commit and compile, together with the tombstones that approve its
    deletions. The lock is the complete state of a drain: run the command again to continue, and revert a step with git.

    A step is refused (SF450) until the one before it is done: lock, tombstones and tree are committed, and the tree is
    compiled from the lock. Two steps in one compile would move pods and traffic at once. --out names a tree that lies
    elsewhere; --no-tree skips the check of the tree.

    CLUSTER is ENV/DC/CLUSTER, ENV/CLUSTER, or its name alone if only one environment has it.

    Without --step or --commit all steps are shown, and nothing is written. Exit code 1: a finding prevents the drain.

    \b
    Examples:
      sixfold drain prod/dc1-a                       # all steps
      sixfold drain prod/dc1-a --step                # write the next step, for review
      sixfold drain prod/dc1-a --commit              # commit it; then sixfold compile, commit the tree, push
      sixfold drain prod/dc1-a --commit --wait --kubeconfig management.yaml  # first: is the step before healthy?
      sixfold drain prod/dc1-a --commit --wave 5 --once stop-then-start --claims keep
    """
    from sixfold_compiler.cli.migration_run import run
    from sixfold_compiler.inputs.lookup import find_cluster
    from sixfold_compiler.migration import Choices, plan_drain

    def plan_of(inputs: PlacementInputs, day: date) -> MigrationPlan:
        choices = Choices(options.wave, once or "", options.claims or "")
        return plan_drain(inputs.fleet, inputs.demands, find_cluster(inputs.fleet, name), choices, day)

    return run(selection, options, plan_of)
