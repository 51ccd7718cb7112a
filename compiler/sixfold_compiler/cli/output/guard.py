"""Output of `sixfold guard`: the deletions, and whether they are allowed, as text or as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.cli.output.tables import document
from sixfold_compiler.diagnostics import counted, listed, printable
from sixfold_compiler.diagnostics.render.json import record_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.diagnostics import Diagnostic, Json
    from sixfold_compiler.guard import Coverage, Drop, Verdict
    from sixfold_compiler.guard.coverage import Count

__all__ = ["Waiting", "as_json", "as_text", "covered_text", "refusals"]

HEADS: tuple[str, ...] = ("team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict")
NUMERIC = range(3, 8)  # columns


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deletions that the next compile would make, in addition to those that the tree already contains.

    Attributes:
        verdict: The guard's verdict on these deletions.
        findings: The guard's findings, or the errors that stop the compile, so that its deletions are unknown.
        notes: Lines to print after the findings.
    """

    verdict: Verdict
    findings: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Return whether all of these deletions are allowed."""
        return not self.findings


def as_text(verdict: Verdict, waiting: Waiting | None) -> str:
    """Return the deletions as text: totals by team, then each deletion with its verdict, those of the tree first."""
    waiting_verdict = waiting.verdict if waiting is not None and waiting.verdict.drops else None
    if not verdict.drops and waiting_verdict is None:
        return "Nothing would be removed.\n"
    parts = [_table(verdict)] if verdict.drops else ["Of the compiled tree, nothing would be removed.\n"]
    if waiting_verdict is not None:
        lead = "The tree is not compiled from these manifests. Compiling now would remove:\n"
        parts.append(lead + _table(waiting_verdict))
    return "\n".join(parts)


def refusals(verdict: Verdict) -> list[str]:
    """Return one sentence for each reason to reject the deletions."""
    lines = [
        f"team {team} would be held back: {reason}" for team, held in verdict.held.items() for reason in held.reasons
    ]
    if verdict.platform:
        number = len(verdict.platform)
        verb = "has" if number == 1 else "have"
        lines.append(f"The whole tree would be refused: {number:,} of the platform's removals {verb} no tombstone.")
    return [*lines, *(f"The tombstone for {tombstone} has expired." for tombstone in verdict.expired)]


def covered_text(wide: Coverage) -> str:
    """Return a sentence about what a wide tombstone covers before and after."""
    before, after = _numbers(wide.before), _numbers(wide.after)
    return f"The tombstone for {printable(str(wide.tombstone))} covers {before} before, and {after} after."


def _numbers(count: Count) -> str:
    nouns = (
        (count.applications, "Application"),
        (count.overlays, "overlay"),
        (count.objects, "object"),
        (count.others, "thing of the platform", "things of the platform"),
    )
    return listed([counted(number, *noun) for number, *noun in nouns if number]) or "nothing"


def as_json(
    verdict: Verdict,
    waiting: Waiting | None,
    damage: Sequence[Diagnostic] = (),
    wide: Sequence[Coverage] = (),
) -> str:
    """Return the deletions as JSON.

    The field `findings` holds the unlisted and edited files of the tree, the field `tombstones` the numbers of what
    wide tombstones cover before and after, and the field `compile` the deletions that the next compile would add.
    """
    passes = verdict.passes and not damage and (waiting is None or waiting.passes)
    value: dict[str, Json] = {
        "passes": passes,
        "findings": [record_of(problem) for problem in damage],
        "tombstones": [_covered(coverage) for coverage in wide],
        **_verdict(verdict),
    }
    if waiting is not None:
        value["compile"] = {
            "passes": waiting.passes,
            "findings": [record_of(problem) for problem in waiting.findings],
            **_verdict(waiting.verdict),
        }
    return document(value)


def _covered(wide: Coverage) -> dict[str, Json]:
    return {"scope": str(wide.tombstone), "before": asdict(wide.before), "after": asdict(wide.after)}


def _table(verdict: Verdict) -> str:
    rows = [HEADS]
    for row in verdict.budgets:
        if row.removed or row.approved:
            mark = "held" if row.team in verdict.held else "goes"
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
    sums = [*lines, ""] if len(rows) > 1 else []  # deletions of the platform are in no row
    drops = [f"  {_state(verdict, drop).ljust(8)}  {drop}" for drop in verdict.drops]
    return printable("\n".join([*sums, *drops, ""]), keep="\n")


def _state(verdict: Verdict, drop: Drop) -> str:
    if drop in verdict.approved:
        return "approved"
    if drop.team in verdict.held:
        return "held"
    return "refused" if drop in verdict.platform else "budget"


def _verdict(verdict: Verdict) -> dict[str, Json]:
    return {
        "rows": [asdict(row) | {"exceeded": row.exceeded} for row in verdict.budgets],
        "held": {team: list(held.reasons) for team, held in verdict.held.items()},
        "drops": [drop.document() | {"verdict": _state(verdict, drop)} for drop in verdict.drops],
        "expired": [str(tombstone) for tombstone in verdict.expired],
    }
