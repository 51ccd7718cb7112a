"""`sixfold evacuate`: delete the namespaces of a data center that others can replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.migration_options import MigrationOptions, migration_options

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.migration import MigrationPlan
    from sixfold_compiler.placement.place import PlacementInputs


@click.command(name="evacuate", short_help="Delete the namespaces of a data center that others replace, step by step.")
@click.argument("name", metavar="ENV/DC")
@click.option("--sized", is_flag=True, help="The other data centers are sized for its traffic, which has left it.")
@migration_options
def command(selection: Selection, options: MigrationOptions, *, name: str, sized: bool) -> int:
    """Evacuate a data center, whose clusters are all draining in the fleet, as far as the others can replace it.

    Apps run in every data center that their team may use, sized by their manifests in each. Traffic between data
    centers is moved by DNS and at the edge, before an evacuation, which moves none. First the others get the namespaces
    that they lack; then namespaces leave, the lowest tiers first, callers before the apps that they call. Apps that can
    run nowhere else stay, with the apps that they call, and are listed. A team for which another data center has no
    place stays too, and is an error when everybody else has left. The others must have room for as many pods as leave.
    A step is refused (SF450) until the one before it is committed, and the environment's tree is compiled from the
    lock.

    \b
    Examples:
      sixfold evacuate prod/dc1                      # all steps, and the teams that cannot leave
      sixfold evacuate prod/dc1 --sized --commit --wait --kubeconfig management.yaml
    """
    from sixfold_compiler.cli.migration_run import run
    from sixfold_compiler.inputs.lookup import find_cell
    from sixfold_compiler.migration import Choices, plan_evacuation

    def plan_of(inputs: PlacementInputs, day: date) -> MigrationPlan:
        choices = Choices(options.wave, "", options.claims or "", sized)
        return plan_evacuation(inputs.fleet, inputs.demands, find_cell(inputs.fleet, name), choices, day)

    return run(selection, options, plan_of)
