"""`sixfold evacuate`: take the namespaces of a data center away, where others carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.migration_options import Run, moving_options
from sixfold_compiler.cli.migration_run import Plan, run

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.cli.options import Selection
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement import Demands


@click.command(name="evacuate", short_help="Take the namespaces of a data center away, step by step.")
@click.argument("name", metavar="ENV/DC")
@click.option("--sized", is_flag=True, help="The other data centers are sized for its traffic, which has left it.")
@moving_options
def command(selection: Selection, how: Run, *, name: str, sized: bool) -> int:
    """Empty a data center, whose clusters are all draining in the fleet, as far as the others can do without it.

    Apps run in every data center that their team may use, sized by their manifests in each; traffic between data
    centers is moved by DNS and at the edge, before. So nothing is shifted here: first the others get the namespaces
    that they lack, then namespaces leave, the lowest tiers first, callers before whom they call. What can run nowhere
    else, and what it calls, stays and is listed. The others must have room for as many pods as leave. A step is refused
    (SF450) while the one before it is not committed, or the environment's tree not compiled from the lock.

    \b
    Examples:
      sixfold evacuate prod/dc1                      # the whole plan, and what cannot leave
      sixfold evacuate prod/dc1 --sized --commit --wait --kubeconfig management.yaml
    """
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.lookup import find_cell
    from sixfold_compiler.migration import Choices, next_evacuation
    from sixfold_compiler.migration.evacuate import stuck

    def plan_of(fleet: FleetInput, demands: Demands, day: date) -> Plan:
        cell = find_cell(fleet, name)
        choices = Choices(how.wave, "", how.claims or "", sized)  # type: ignore[arg-type]  # click has checked it
        refusals: tuple[Diagnostic, ...] = ()
        if not fleet.takes_nobody(cell):
            path = ("environments", cell.environment, "dataCenters", cell.data_center)
            text = f"{cell} has clusters that take teams: `sixfold place` would put them there again"
            hint = "set the state of each to draining, and commit that first"
            refusals = (Diagnostic("SF448", text, fleet.span(path), hint),)
        return Plan(
            f"Evacuate {cell}", cell, cell.environment,
            lambda at: next_evacuation(fleet, demands, at, cell, choices, day),
            refusals, lambda at: stuck(fleet, demands, at, cell, choices),
        )  # fmt: skip

    return run(selection, how, plan_of)
