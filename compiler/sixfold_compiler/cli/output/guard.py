"""What `sixfold guard` tells: what would go and whether it may, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import printable

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.guard import Drop, Verdict

__all__ = ["Waiting", "as_json", "as_text", "refusals"]

HEADS: tuple[str, ...] = ("team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict")
NUMERIC = range(3, 8)  # columns


@dataclass(frozen=True, slots=True)
class Waiting:
    """What compiling the manifests as they are now would take out of the tree.

    `findings` are those of the guard, or those for which it cannot be told.
    """

    verdict: Verdict
    findings: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether nothing of it would be held back."""
        return not self.findings


def as_text(result: Verdict, waiting: Waiting | None) -> str:
    """What the tree would remove, and what compiling now would: the sums by team, and each thing with its verdict."""
    next_ = waiting.verdict if waiting is not None and waiting.verdict.drops else None
    if not result.drops and next_ is None:
        return "Nothing would be removed.\n"
    parts = [_table(result)] if result.drops else ["Of the compiled tree, nothing would be removed.\n"]
    if next_ is not None:
        parts.append("The tree is not compiled from these manifests. Compiling now would remove:\n" + _table(next_))
    return "\n".join(parts)


def refusals(result: Verdict) -> list[str]:
    """Why it may not go, in sentences."""
    lines = [f"team {team} would be held back: {reason}" for team, one in result.held.items() for reason in one.reasons]
    if result.platform:
        number = len(result.platform)
        verb = "has" if number == 1 else "have"
        lines.append(f"The whole tree would be refused: {number:,} of the platform's removals {verb} no tombstone.")
    return [*lines, *(f"The tombstone for {stone} has expired." for stone in result.expired)]


def as_json(result: Verdict, waiting: Waiting | None) -> str:
    """The same for machines; `compile` is what compiling now would do."""
    document = {"passes": result.passes and (waiting is None or waiting.passes), **_document(result)}
    if waiting is not None:
        document["compile"] = {
            "passes": waiting.passes,
            "findings": [{"code": d.code, "message": d.message} for d in waiting.findings],
            **_document(waiting.verdict),
        }
    return json.dumps(document, indent=2)


def _table(result: Verdict) -> str:
    rows = [HEADS]
    for row in result.budgets:
        if row.removed or row.approved:
            mark = "held" if row.team in result.held else "goes"
            over = " (over budget)" if row.exceeded else ""
            numbers = (row.removed, row.earlier, row.had, row.budget, row.approved)
            rows.append((row.team, row.environment, row.kind, *(f"{n:,}" for n in numbers), mark + over))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in NUMERIC else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    table = [*lines, ""] if len(rows) > 1 else []  # the platform's things are in no row
    listed = [f"  {_state(result, drop).ljust(8)}  {drop}" for drop in result.drops]
    return printable("\n".join([*table, *listed, ""]), keep="\n")


def _state(result: Verdict, drop: Drop) -> str:
    if drop in result.approved:
        return "approved"
    if drop.team in result.held:
        return "held"
    return "refused" if drop in result.platform else "budget"


def _document(result: Verdict) -> dict[str, Any]:
    return {
        "rows": [asdict(row) | {"exceeded": row.exceeded} for row in result.budgets],
        "held": {team: list(one.reasons) for team, one in result.held.items()},
        "drops": [drop.document() | {"verdict": _state(result, drop)} for drop in result.drops],
        "expired": [str(stone) for stone in result.expired],
    }
