"""Lookup of apps, clusters and data centers by the names that people type, the same for all commands and options."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import AppKey, Cell, Target

__all__ = ["find_app", "find_cell", "find_cluster", "find_place", "no_place", "selected_targets"]


def find_app(name: str, keys: Iterable[AppKey], problem: Diagnostic) -> AppKey:
    """Return the app named `TEAM/APP`, or `APP` if only one team has an app of this name.

    Args:
        name: The name.
        keys: The apps to choose from.
        problem: The finding if no app matches. If several apps match, its message and help are replaced.

    Raises:
        DiagnosticError: No app matches, or more than one.
    """
    known = sorted(keys)
    matches = [key for key in known if name in (str(key), key.name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        text = f"the name {name!r} is ambiguous: it can be {' or '.join(map(str, matches))}"
        raise DiagnosticError(replace(problem, message=text, help="write TEAM/APP"))
    unique = [name for name, count in Counter(key.name for key in known).items() if count == 1]
    names = [*map(str, known), *unique]
    raise DiagnosticError(replace(problem, help=suggest(name, names)))


def find_cluster(fleet: FleetInput, name: str, code: str = "SF440") -> Target:
    """Return the cluster named `env/dc/cluster`, `env/cluster`, `dc/cluster` or `cluster`, if the name is unambiguous.

    Raises:
        DiagnosticError: With `code`: no cluster has this name, or several have it.
    """
    hits, known = _clusters(fleet, name)
    if len(hits) == 1:
        return hits[0]
    raise _unknown("cluster", name, hits, known, code)


def find_cell(fleet: FleetInput, name: str) -> Cell:
    """Return the cell named `env/dc`, or `dc` if only one environment has such a data center.

    Raises:
        DiagnosticError: SF440: no cell has this name, or several have it.
    """
    hits, known = _cells(fleet, name)
    if len(hits) == 1:
        return hits[0]
    raise _unknown("data center", name, hits, known, "SF440")


def find_place(fleet: FleetInput, name: str, code: str, *, environments: bool = False) -> frozenset[Target]:
    """Return the clusters that a name selects: one cluster, or all clusters of a data center.

    The name has a form of `find_cluster` or `find_cell`; with `environments`, the name of an environment selects all of
    its clusters.

    Raises:
        DiagnosticError: With `code`: nothing has this name, or the name is ambiguous.
    """
    (clusters, spelled), (cells, centers) = _clusters(fleet, name), _cells(fleet, name)
    if len(clusters) + len(cells) == 1:
        return frozenset(t for t, _ in fleet.targets() if t in clusters or t.cell in cells)
    if not environments:
        raise _unknown("cluster or data center", name, [*clusters, *cells], {*spelled, *centers}, code)
    if name.strip("/") in fleet.model.environments:
        return frozenset(t for t, _ in fleet.targets() if t.environment == name.strip("/"))
    known = {*spelled, *centers, *fleet.model.environments}
    raise _unknown("environment, data center or cluster", name, [*clusters, *cells], known, code)


def no_place(fleet: FleetInput, at: str) -> str:
    """Return a help sentence with the nearest known environment or cell if the fleet does not have `at`, else "".

    `at` has the form `env` or `env/dc`.
    """
    cells = [cell for cell, _ in fleet.cells()]
    place = at.strip("/")
    known = {str(cell) for cell in cells}
    environments = {cell.environment for cell in cells}
    if place in known | environments:
        return ""
    return suggest(place, known if "/" in place else environments)


def _clusters(fleet: FleetInput, name: str) -> tuple[list[Target], set[str]]:
    """Return the clusters that a name can mean, and all accepted names of all clusters."""
    names = {
        target: {
            str(target),
            f"{target.environment}/{target.cluster}",
            f"{target.data_center}/{target.cluster}",
            target.cluster,
        }
        for target, _ in fleet.targets()
    }
    wanted = name.strip("/")
    hits = [target for target, own in names.items() if wanted in own]
    return hits, {spelled for own in names.values() for spelled in own}


def _cells(fleet: FleetInput, name: str) -> tuple[list[Cell], set[str]]:
    cells = [cell for cell, _ in fleet.cells()]
    return [c for c in cells if name.strip("/") in (str(c), c.data_center)], {str(c) for c in cells}


def _unknown(what: str, name: str, hits: Iterable[Target | Cell], known: Iterable[str], code: str) -> DiagnosticError:
    names = sorted(map(str, hits))
    text = (
        f"the name {name!r} is ambiguous: it can be {' or '.join(names)}"
        if names
        else f"the fleet has no {what} {name!r}"
    )
    return DiagnosticError(Diagnostic(code, text, None, "write one of these names" if names else suggest(name, known)))


def selected_targets(fleet: FleetInput, only: tuple[str, ...]) -> frozenset[Target] | None:
    """Return the clusters that `--only` selects; None if it selects all of them."""
    if not only:
        return None
    return frozenset().union(*(find_place(fleet, name, "SF411", environments=True) for name in only))
