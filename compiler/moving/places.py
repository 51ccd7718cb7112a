"""The cluster or data center that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic, DiagnosticError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compiler.fleet import Cell, FleetInput, Target

__all__ = ["find_cell", "find_cluster"]


def find_cluster(fleet: FleetInput, name: str) -> Target:
    """The cluster `env/dc/cluster`, `env/cluster`, or `cluster` where one environment alone has it.

    Raises:
        DiagnosticError: SF440.
    """
    targets = [target for target, _ in fleet.targets()]
    hits = [
        t for t in targets if name.strip("/") in (str(t), f"{t.environment}/{t.cluster}", t.cluster)
    ]  # fmt: skip
    if len(hits) == 1:
        return hits[0]
    known = {str(t) for t in targets} | {f"{t.environment}/{t.cluster}" for t in targets} | {t.cluster for t in targets}
    raise _unknown("cluster", name, [f"{t.environment}/{t.cluster}" for t in hits], known)


def find_cell(fleet: FleetInput, name: str) -> Cell:
    """The data center `env/dc`, or `dc` where one environment alone has it.

    Raises:
        DiagnosticError: SF440.
    """
    cells = [cell for cell, _ in fleet.cells()]
    hits = [c for c in cells if name.strip("/") in (str(c), c.data_center)]
    if len(hits) == 1:
        return hits[0]
    raise _unknown("data center", name, [str(c) for c in hits], {str(c) for c in cells})


def _unknown(what: str, name: str, hits: list[str], known: Iterable[str]) -> DiagnosticError:
    text = f"{name!r} could be {' or '.join(hits)}" if hits else f"the fleet has no {what} {name!r}"
    return DiagnosticError(Diagnostic("SF440", text, None, "write one of these" if hits else suggest(name, known)))
