"""`sixfold guard`: what a tree would remove, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compiler.cli.options import find_fleet, fleet_option, output_option, verbose_option

if TYPE_CHECKING:
    from compiler.diagnostics import Diagnostic
    from compiler.guard import Holdings, Spent, Verdict
    from compiler.render import Format

_GUARDS = frozenset({"SF710", "SF711", "SF712", "SF713"})


@click.command(name="guard", short_help="Show what a tree would remove, and whether it may.")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option(
    "--against",
    metavar="STATE|TREE|REV",
    help="What it is compared with: a generator's state folder, another tree, or a git revision of TREE's repo"
    " (main, HEAD~2, a hash).  [default: HEAD, and what compiling now would do]",
)
@fleet_option
@output_option
@verbose_option
def command(tree: Path | None, *, against: str | None, fleet: Path | None, output: Format, verbose: bool) -> int:
    """Show what TREE (overlays/, unless named) lacks of what --against has, by team and environment.

    The tombstones and budgets are those in TREE's inventory, as the generator takes them: what fits into neither holds
    a team back, or refuses the whole tree. Against a state folder, what budgets let go in the last days counts as well.
    Exit code 1 when something would be held back.

    Without TREE and --against, the deploy repo's manifests are compiled aside too: what a compile would take out of the
    tree is shown and judged with the rest, so that a removal which is not compiled yet cannot be overlooked.

    \b
    Examples:
      sixfold guard                                  # what I compiled or would compile, against the last commit
      sixfold guard --against HEAD~1                 # what the last commit took away, and the tree since
      sixfold guard --against origin/main            # in CI, for a pull request that holds the tree
      sixfold guard --against /var/lib/sixfold       # against what a generator has adopted
      sixfold guard new/overlays --against old/overlays --output json
    """
    from datetime import UTC, datetime

    from compiler.baseline import of_folder, rules_of
    from compiler.cli.report import note, show
    from compiler.cli.report import verdict as exit_code
    from compiler.cli.run import CLEAN, FINDINGS
    from compiler.deletions import told
    from compiler.guard import judge

    folder = (tree or find_fleet(fleet).parent / "overlays").resolve()
    after = of_folder(folder)
    tombstones, budgets = rules_of(folder)
    before, spent = _baseline(folder, against or "HEAD")
    result = judge(before, after, tombstones, budgets, datetime.now(UTC).date(), spent)
    next_ = _next(find_fleet(fleet), folder) if tree is None and against is None else None
    if output in ("concise", "github"):
        found = (*told(result, after), *(next_.findings if next_ else ()))
        show(found, output, verbose=verbose)
        return exit_code(found, output)
    if output == "json":
        click.echo(_as_json(result, next_))
    else:
        click.echo(_as_text(result, next_), nl=False)
        for line in (*_refusals(result), *(_refusals(next_.verdict) if next_ else ()), *(next_.notes if next_ else ())):
            note(line)
    return CLEAN if result.passes and (next_ is None or next_.passes) else FINDINGS


@dataclass(frozen=True, slots=True)
class _Next:
    """What compiling the manifests as they are now would take out of the tree."""

    verdict: Verdict
    findings: tuple[Diagnostic, ...]  # those of the guard, or those for which it cannot be told
    notes: tuple[str, ...]

    @property
    def passes(self) -> bool:
        return not self.findings


def _next(fleet: Path, tree: Path) -> _Next:
    from compiler.cli.progress import progress
    from compiler.pipeline import Options, plan

    with progress() as tick, plan(Options(fleet=fleet, out=tree, base=fleet.parent), tick) as made:
        errors = tuple(d for d in made.diagnostics if d.severity == "error")
        guards = tuple(d for d in errors if d.code in _GUARDS)
        if guards or not made.fatal:
            stale = bool(made.changes) and not guards
            notes = ("The tree is not what these manifests give now; run `sixfold compile`.",) if stale else ()
            return _Next(made.verdict, guards, notes)
        fatal = tuple(d for d in errors if not d.app)
        codes = ", ".join(sorted({d.code for d in fatal}))
        told = f"What a compile would remove cannot be told, since it would fail ({codes}); see `sixfold check`."
        return _Next(made.verdict, fatal, (told,))


def _baseline(tree: Path, against: str) -> tuple[Holdings, tuple[Spent, ...]]:
    from compiler.baseline import of_folder, of_revision, of_state

    place = Path(against)
    if (place / "snapshots").is_dir() or (place / "current").is_file():
        return of_state(place)
    if (place / "inventory.json").is_file():
        return of_folder(place.resolve()), ()
    return of_revision(tree, against), ()


def _as_text(result: Verdict, next_: _Next | None) -> str:
    waiting = next_.verdict if next_ else None
    if not result.found and not (waiting and waiting.found):
        return "Nothing would be removed.\n"
    parts = [_table(result)] if result.found else ["Of the compiled tree, nothing would be removed.\n"]
    if waiting and waiting.found:
        parts.append("The tree is not compiled from these manifests. Compiling now would remove:\n" + _table(waiting))
    return "\n".join(parts)


def _table(result: Verdict) -> str:
    from compiler.diagnostics import printable

    heads = ("team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict")
    rows: list[tuple[str, ...]] = [heads]
    for row in result.rows:
        if row.removed or row.approved:
            mark = "held" if row.team in result.held else "goes"
            over = " (over budget)" if row.exceeded else ""
            numbers = (row.removed, row.earlier, row.had, row.budget, row.approved)
            rows.append((row.team, row.environment, row.kind, *(f"{n:,}" for n in numbers), mark + over))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    numeric = range(3, 8)
    lines = [
        "  ".join(
            cell.rjust(width) if column in numeric else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if len(rows) == 1:
        lines = []
    listed = [f"  {_state(result, drop).ljust(8)}  {drop}" for drop in result.found]
    return printable("\n".join([*lines, *([""] if lines else []), *listed, ""]), keep="\n")


def _refusals(result: Verdict) -> list[str]:
    lines = [f"team {team} would be held back: {reason}" for team, one in result.held.items() for reason in one.reasons]
    if result.platform:
        lines.append(
            f"The whole tree would be refused: {len(result.platform)} of the platform's removals have no tombstone."
        )
    lines += [f"The tombstone for {stone} has expired." for stone in result.expired]
    return lines


def _state(result: Verdict, drop: Any) -> str:
    if drop in result.approved:
        return "approved"
    if drop.team in result.held:
        return "held"
    return "refused" if drop in result.platform else "budget"


def _as_json(result: Verdict, next_: _Next | None) -> str:
    import json

    document = {"passes": result.passes and (next_ is None or next_.passes), **_document(result)}
    if next_ is not None:
        document["compile"] = {
            "passes": next_.passes,
            "findings": [{"code": d.code, "message": d.message} for d in next_.findings],
            **_document(next_.verdict),
        }
    return json.dumps(document, indent=2)


def _document(result: Verdict) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "rows": [asdict(row) | {"exceeded": row.exceeded} for row in result.rows],
        "held": {team: list(one.reasons) for team, one in result.held.items()},
        "drops": [drop.document() | {"verdict": _state(result, drop)} for drop in result.found],
        "expired": [str(stone) for stone in result.expired],
    }
