"""Output of `sixfold systems`: the systems of each data center, as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.cli.output.tables import document, table, text
from sixfold_compiler.diagnostics import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.systems import Chosen

__all__ = ["as_json", "as_text"]

# What the functions of a system add to.
_WRITES = {
    "platform": "files of the cluster",
    "namespace": "namespaces of teams",
    "app": "objects of apps",
    "pod": "pods of apps",
    "carrier": "network policies",
    "collectors": "network policies",
}


def as_text(fleet: FleetInput, cells: Sequence[Cell]) -> str:
    """Return a table for each group of data centers that have the same systems, chosen by the same lines."""
    groups: dict[tuple[tuple[str, ...], ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(tuple(_rows(fleet, cell)), []).append(cell)
    parts = []
    for rows, members in groups.items():
        grid = table("slot", "system", "chosen by", "writes", "needs")
        for row in rows:
            grid.add_row(*row)
        parts.append(f"{listed(list(map(str, members)))}\n{text(grid)}")
    return "\n".join(parts)


def as_json(fleet: FleetInput, cells: Sequence[Cell]) -> str:
    """Return the systems of each data center with their settings as a JSON document."""
    return document({str(cell): [_record(fleet, cell, chosen) for chosen in fleet.systems.at(cell)] for cell in cells})


def _rows(fleet: FleetInput, cell: Cell) -> Iterator[tuple[str, ...]]:
    for chosen in fleet.systems.at(cell):
        yield (
            chosen.system.slot,
            chosen.system.name,
            _chosen_by(fleet, chosen),
            ", ".join(_writes(chosen)),
            "; ".join(_needs(fleet, cell, chosen)),
        )


def _record(fleet: FleetInput, cell: Cell, chosen: Chosen) -> dict[str, Json]:
    return {
        "slot": chosen.system.slot,
        "system": chosen.system.name,
        "chosenBy": _chosen_by(fleet, chosen),
        "settings": chosen.settings,
        "writes": _writes(chosen),
        "needs": list(_needs(fleet, cell, chosen)),
    }


def _chosen_by(fleet: FleetInput, chosen: Chosen) -> str:
    return str(fleet.span(chosen.path)) if chosen.path else "default"


def _writes(chosen: Chosen) -> list[str]:
    return list(dict.fromkeys(word for name, word in _WRITES.items() if name in chosen.system.about.functions))


def _needs(fleet: FleetInput, cell: Cell, chosen: Chosen) -> Iterator[str]:
    """Yield what a system needs. Other needs than APIs of apps are met, or the fleet would be refused (SF313)."""
    for slot, names in chosen.system.about.needs.items():
        yield f"{slot}: {' or '.join(names)}" if names else slot
    for needed in chosen.system.about.apis:
        if not chosen.uses(needed):
            continue
        clusters = fleet.model.data_center(cell).clusters
        lacking = [name for name, cluster in sorted(clusters.items()) if needed.api not in cluster.apis]
        field = f" for apps with {needed.of}" if needed.of else ""
        yield f"{needed.api}{field}" + (f" (not on {listed(lacking)})" if lacking else "")
