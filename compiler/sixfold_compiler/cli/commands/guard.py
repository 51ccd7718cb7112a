"""`sixfold guard`: show the deletions of a tree, and whether they are allowed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.exit_codes import CLEAN, FINDINGS
from sixfold_compiler.cli.options import find_fleet, fleet_option, output_option, verbose_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sixfold_compiler.cli.output.guard import Waiting
    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.diagnostics.render import Format
    from sixfold_compiler.guard import Holdings
    from sixfold_compiler.pipeline.past import Memory

_GUARDS = frozenset({"SF710", "SF711", "SF712", "SF713", "SF722", "SF723"})


@click.command(name="guard", short_help="Show the deletions of a tree, and whether they are allowed.")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option(
    "--against",
    metavar="STATE|TREE|REV",
    help="Compare with a generator's state folder, another tree, or a git revision of TREE's repo"
    " (main, HEAD~2, a hash).  [default: HEAD, and a compile of the current manifests]",
)
@fleet_option
@output_option
@verbose_option
def command(tree: Path | None, *, against: str | None, fleet: Path | None, output: Format, verbose: bool) -> int:
    """Show the deletions of TREE (default: overlays/) compared with --against, by team and environment.

    The tombstones and budgets come from TREE's inventory, as in the generator. If neither covers a deletion, the
    generator holds the team at its previous revision, or rejects the complete tree. The recent deletions that budgets
    allowed count as well: those in the history of the revision, or those that the state folder remembers. The day of
    the verdict is that of the commit, if the inputs are committed. Exit code 1 if a deletion is not allowed.

    What Argo CD would read without any inventory is refused too: a file in TREE that no inventory lists, and a file of
    its argocd/ that was edited.

    Without TREE and --against, the deploy repo's manifests are also compiled, without writing, and the deletions that
    this compile would add to the tree are shown as well. Tombstones without an app are counted: before and after.

    \b
    Examples:
      sixfold guard                                  # the tree and the manifests, compared with the last commit
      sixfold guard --against HEAD~1                 # the deletions of the last commit and of the tree since
      sixfold guard --against origin/main            # in CI, for a pull request with the tree
      sixfold guard --against /var/lib/sixfold       # compared with the adopted state of a generator
      sixfold guard new/overlays --against old/overlays --output json
    """
    from sixfold_compiler.cli.output.guard import as_json, as_text, covered_text, refusals
    from sixfold_compiler.cli.output.report import note, show
    from sixfold_compiler.diagnostics import DiagnosticError
    from sixfold_compiler.guard import coverages
    from sixfold_compiler.inputs.day import Day
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.pipeline.baseline import holdings_of_folder, rules_of
    from sixfold_compiler.pipeline.deletions import findings as guard_findings
    from sixfold_compiler.pipeline.deletions import judge_with_memory, unknown_deletions

    folder = (tree or find_fleet(fleet).parent / "overlays").resolve()
    after = holdings_of_folder(folder)
    tombstones, budgets = rules_of(folder)
    today = Day(Options(fleet=folder.parent if tree else find_fleet(fleet), out=folder, base=folder.parent)).value
    before, memory_for = _baseline(folder, against or "HEAD", budgets.days, today)
    verdict, unknown, memory = judge_with_memory(before, after, tombstones, budgets, today, memory_for)
    if unknown:
        raise DiagnosticError(unknown_deletions(team, memory) for team in sorted(unknown))
    wide = coverages((tombstone for tombstone in tombstones if tombstone.covers_on(today)), before, after)
    damage = _damage(folder)
    waiting = _waiting(find_fleet(fleet), folder) if tree is None and against is None else None
    if output in ("concise", "github"):
        findings = (*damage, *guard_findings(verdict, after), *(waiting.findings if waiting else ()))
        return show(findings, output, verbose=verbose)
    if output == "json":
        click.echo(as_json(verdict, waiting, damage, wide), nl=False)
    else:
        click.echo(as_text(verdict, waiting), nl=False)
        if damage:
            show(damage, output, err=True, verbose=verbose)
        for line in (
            *map(covered_text, wide),
            *refusals(verdict),
            *((*refusals(waiting.verdict), *waiting.notes) if waiting else ()),
        ):
            note(line)
    return CLEAN if verdict.passes and not damage and (waiting is None or waiting.passes) else FINDINGS


def _damage(tree: Path) -> tuple[Diagnostic, ...]:
    """Return the findings about files that Argo CD would read without an inventory."""
    from sixfold_compiler.tree.reader import read_previous
    from sixfold_compiler.tree.strangers import edited_files, stranger_problems

    previous = read_previous(tree)
    return (*stranger_problems(tree, previous), *edited_files(tree, previous))


def _waiting(fleet: Path, tree: Path) -> Waiting:
    """Compile the current manifests without writing, and return the deletions that this would add to the tree."""
    from sixfold_compiler.cli.output.guard import Waiting
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.pipeline.plan import plan

    with progress() as tick, plan(Options(fleet=fleet, out=tree, base=fleet.parent), tick) as result:
        errors = tuple(d for d in result.diagnostics if d.severity == "error")
        guards = tuple(d for d in errors if d.code in _GUARDS)
        if guards or not result.fatal:
            stale = bool(result.changes) and not guards
            notes = ("The tree is not what these manifests give now; run `sixfold compile`.",) if stale else ()
            return Waiting(result.verdict, guards, notes)
        fatal = tuple(d for d in errors if not d.app)
        codes = ", ".join(sorted({d.code for d in fatal}))
        message = f"A compile would fail ({codes}), so its deletions are unknown; see `sixfold check`."
        return Waiting(result.verdict, fatal, (message,))


def _baseline(tree: Path, against: str, days: int, today: date) -> tuple[Holdings, Callable[[frozenset[str]], Memory]]:
    """Read the earlier tree's holdings; return a function that returns the recent deletions of teams as well."""
    from sixfold_compiler.pipeline.baseline import holdings_of_folder, holdings_of_revision, parse_state
    from sixfold_compiler.pipeline.past import Memory, memory_of

    place = Path(against)
    if (place / "snapshots").is_dir() or (place / "current").is_file():
        state = parse_state(export_state(place), place.name)
        return state.holdings, lambda _teams: Memory(state.spent)
    if (place / "inventory.json").is_file():
        return holdings_of_folder(place.resolve()), lambda _teams: Memory()
    before = holdings_of_revision(tree, against)
    return before, lambda teams: memory_of(tree, against, teams, days, today)


def export_state(folder: Path) -> bytes:
    """Run the generator's export program on a state folder, and return the adopted state that it prints.

    Raises:
        DiagnosticError: SF714, the folder has no adopted state, or it is damaged.
    """
    import subprocess
    import sys

    from sixfold_compiler.pipeline.baseline import unreadable

    command = [sys.executable, "-P", "-m", "sixfold_generator.adoption.export", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["the generator's package failed"]
        raise unreadable(folder.name, lines[-1])
    return done.stdout
