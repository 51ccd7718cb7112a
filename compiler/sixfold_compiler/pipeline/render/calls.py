"""Problems of the calls that an app makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.pipeline.render.app_input import resolved_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.roads.resolve import Resolved

__all__ = ["absent_callees", "bad_references", "merge_repeats"]


def merge_repeats(same: list[Diagnostic]) -> Diagnostic:
    """One problem that shows in several data centers."""
    more = f" (and in {len(same) - 1} more)" if len(same) > 1 and same[0].message != same[1].message else ""
    return replace(same[0], message=same[0].message + more)


def absent_callees(state: AppState, resolved: Resolved, table: Mapping[str, Facts], cell: Cell) -> list[Diagnostic]:
    """Direct calls of apps that do not run on every cluster of their caller."""
    problems = []
    for name, span in resolved.direct:
        missing = sorted(set(state.facts[cell]["clusters"]) - set(table[name]["clusters"]))
        if missing:
            problems.append(
                Diagnostic(
                    "SF408",
                    f"{name} does not run on {', '.join(missing)} in {cell}, where {state.key} calls it directly",
                    span,
                    f"a direct call stays in one cluster: {name} takes spread: every, or the call an intra-dc road",
                    app=state.key,
                )
            )
    return problems


def bad_references(spec: dict[str, Any], resolved: Resolved, key: str, span: Span | None) -> list[Diagnostic]:
    """Check that every `callRef` names a call of the app and a port of the callee."""
    problems = []
    for body in (spec, *spec.get("containers", []), *spec.get("initContainers", [])):
        for entry in body.get("env", []):
            ref = entry.get("valueFrom", {}).get("callRef")
            if ref is None:
                continue
            try:
                resolved_address(ref, resolved)
            except (KeyError, StopIteration):
                problems.append(
                    Diagnostic(
                        "SF406",
                        f"env {entry['name']} refers to {ref['app']}"
                        + (f", port {ref['port']}" if "port" in ref else "")
                        + ", which spec.calls does not reach",
                        span,
                        f"add app: {ref['app']} to spec.calls, and name a port that it has",
                        app=key,
                    )
                )
    return problems
