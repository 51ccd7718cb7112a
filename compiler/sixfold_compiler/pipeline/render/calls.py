"""Problems of an app's calls that cannot be decided from the roads alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.pipeline.render.app_input import resolved_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.pipeline.render.app_input import MergedSpec
    from sixfold_compiler.roads.resolve import Resolved

__all__ = ["absent_callees", "bad_references", "merge_repeats"]


def merge_repeats(same: Sequence[Diagnostic]) -> Diagnostic:
    """Merge equal problems of several cells into the first problem, which then states the number of the others.

    A problem whose message does not name the cell stays as it is.
    """
    others = f" (and in {len(same) - 1} more)" if len(same) > 1 and same[0].message != same[1].message else ""
    return replace(same[0], message=same[0].message + others)


def absent_callees(facts: Facts, resolved: Resolved, known: Mapping[str, Facts], cell: Cell) -> list[Diagnostic]:
    """Return an SF408 for each directly called app that does not run on every cluster of its caller.

    Args:
        facts: The facts of the caller.
        resolved: The resolved calls of the caller.
        known: The facts of all apps of the cell, by name.
        cell: The cell.
    """
    problems = []
    for name, span in resolved.direct:
        missing = sorted(facts.clusters.keys() - known[name].clusters.keys())
        if missing:
            problems.append(
                Diagnostic(
                    "SF408",
                    f"{facts.key} calls {name} directly, but {name} does not run on {', '.join(missing)} in {cell}",
                    span,
                    f"set spread: every for {name}, or call it by its intra-dc road",
                    app=str(facts.key),
                )
            )
    return problems


def bad_references(spec: MergedSpec, resolved: Resolved, app: str, span: Span | None) -> list[Diagnostic]:
    """Return an SF406 for each `callRef` that names an undeclared call or a port that the callee does not have."""
    problems = []
    for body in (spec, *spec.get("containers", ()), *spec.get("initContainers", ())):
        for entry in body.get("env", ()):
            ref = entry.get("valueFrom", {}).get("callRef")
            if ref is None:
                continue
            try:
                resolved_address(ref, resolved)
            except (KeyError, StopIteration):
                port = f" at port {ref['port']}" if "port" in ref else ""
                problems.append(
                    Diagnostic(
                        "SF406",
                        f"the variable {entry['name']} uses the address of {ref['app']}{port}, but spec.calls lacks it",
                        span,
                        f"add app: {ref['app']} to spec.calls, and use a port that it has",
                        app=app,
                    )
                )
    return problems
