"""`sixfold systems`: what the platform runs, where, and which line chose it."""

from __future__ import annotations

import click

from sixfold_compiler.cli.options import Selection, selection_options


@click.command(name="systems", short_help="Show the systems that the fleet has chosen, and where.")
@click.option("--at", "place", metavar="ENV[/DC]", help="Only this environment or data center.")
@selection_options(paths=False, only=False, out=False)
def command(selection: Selection, *, place: str | None) -> int:
    """Show the systems that each data center runs: which line of the fleet chose them, and what they need and write.

    Data centers with the same systems are one group. docs/systems.md lists every system that can be chosen.

    \b
    Examples:
      sixfold systems
      sixfold systems --at prod/dc1
      sixfold systems --output json       # with all settings, for programs
    """
    from sixfold_compiler.cli.output.systems import as_json, as_text
    from sixfold_compiler.engine import Pool
    from sixfold_compiler.inputs.fleet_loader import load_fleet
    from sixfold_compiler.inputs.lookup import find_place

    with Pool(1) as pool:
        fleet = load_fleet(selection.fleet, pool)
    cells = [cell for cell, _ in fleet.cells()]
    if place is not None:
        wanted = {target.cell for target in find_place(fleet, place, "SF440", environments=True)}
        cells = [cell for cell in cells if cell in wanted]
    click.echo(as_json(fleet, cells) if selection.output == "json" else as_text(fleet, cells), nl=False)
    return 0
