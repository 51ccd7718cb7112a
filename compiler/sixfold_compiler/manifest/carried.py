"""Check that the mesh of a data center carries what a manifest asks of its roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.base import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Spec

__all__ = ["check_carried"]

_BY_MESH = ("intra-dc", "inter-dc")  # roads of a mesh; `direct` needs none, and `external` is the edge's
_OF_COMPILER = frozenset({"port", "callers"})  # fields that every mesh has, by its Services and NetworkPolicies


def check_carried(
    fleet: FleetInput, spec: Spec, cell: Cell, span: Callable[[ValuePath], Span], app: str
) -> Iterator[Diagnostic]:
    """Yield an SF244 for each field of a road that the mesh of a data center does not carry.

    Args:
        fleet: The fleet.
        spec: The merged spec.
        cell: The data center.
        span: Returns the source position of a path of the spec.
        app: The app's key for diagnostics.
    """
    roads = spec.roads.by_name if spec.roads is not None else {}
    for mesh in (chosen.system for chosen in fleet.systems.at(cell) if chosen.system.slot == "mesh"):
        for name in (name for name in _BY_MESH if name in roads):
            for field in sorted(dump(roads[name]).keys() - _OF_COMPILER - set(mesh.about.carries)):
                where = f"{mesh.about.title}, the mesh of {cell}"
                text = f"spec.roads.{name}.{field} is set, which {where}, does not carry"
                help_ = f"remove it there with an override; {mesh.about.instead.get(field, 'nothing stands in for it')}"
                yield Diagnostic("SF244", text, span(("roads", name, field)), help_, app=app)
