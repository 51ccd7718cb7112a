"""`sixfold guard`: what a tree would remove, and whether it may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.options import find_fleet, fleet_option, output_option, verbose_option

if TYPE_CHECKING:
    from sixfold_compiler.cli.output.guard import Waiting
    from sixfold_compiler.diagnostics.render import Format
    from sixfold_compiler.guard import Holdings, Spent

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

    from sixfold_compiler.cli.exit_codes import CLEAN, FINDINGS
    from sixfold_compiler.cli.output.guard import as_json, as_text, refusals
    from sixfold_compiler.cli.output.report import note, show
    from sixfold_compiler.cli.output.report import verdict as exit_code
    from sixfold_compiler.guard import judge
    from sixfold_compiler.pipeline.baseline import of_folder, rules_of
    from sixfold_compiler.pipeline.deletions import findings

    folder = (tree or find_fleet(fleet).parent / "overlays").resolve()
    after = of_folder(folder)
    tombstones, budgets = rules_of(folder)
    before, spent = _baseline(folder, against or "HEAD")
    result = judge(before, after, tombstones, budgets, datetime.now(UTC).date(), spent)
    waiting = _next(find_fleet(fleet), folder) if tree is None and against is None else None
    if output in ("concise", "github"):
        found = (*findings(result, after), *(waiting.findings if waiting else ()))
        show(found, output, verbose=verbose)
        return exit_code(found, output)
    if output == "json":
        click.echo(as_json(result, waiting))
    else:
        click.echo(as_text(result, waiting), nl=False)
        for line in (*refusals(result), *((*refusals(waiting.verdict), *waiting.notes) if waiting else ())):
            note(line)
    return CLEAN if result.passes and (waiting is None or waiting.passes) else FINDINGS


def _next(fleet: Path, tree: Path) -> Waiting:
    from sixfold_compiler.cli.output.guard import Waiting
    from sixfold_compiler.cli.output.progress import progress
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.pipeline.plan import plan

    with progress() as tick, plan(Options(fleet=fleet, out=tree, base=fleet.parent), tick) as made:
        errors = tuple(d for d in made.diagnostics if d.severity == "error")
        guards = tuple(d for d in errors if d.code in _GUARDS)
        if guards or not made.fatal:
            stale = bool(made.changes) and not guards
            notes = ("The tree is not what these manifests give now; run `sixfold compile`.",) if stale else ()
            return Waiting(made.verdict, guards, notes)
        fatal = tuple(d for d in errors if not d.app)
        codes = ", ".join(sorted({d.code for d in fatal}))
        told = f"What a compile would remove cannot be told, since it would fail ({codes}); see `sixfold check`."
        return Waiting(made.verdict, fatal, (told,))


def _baseline(tree: Path, against: str) -> tuple[Holdings, tuple[Spent, ...]]:
    from sixfold_compiler.pipeline.baseline import of_folder, of_revision, of_state

    place = Path(against)
    if (place / "snapshots").is_dir() or (place / "current").is_file():
        state = of_state(export_state(place), place.name)
        return state.holdings, state.spent
    if (place / "inventory.json").is_file():
        return of_folder(place.resolve()), ()
    return of_revision(tree, against), ()


def export_state(folder: Path) -> bytes:
    """Return what a generator has adopted, as the generator's own program prints it.

    Raises:
        DiagnosticError: SF714, nothing is adopted in the folder, or it is damaged.
    """
    from sixfold_compiler.pipeline.baseline import unreadable

    command = [sys.executable, "-P", "-m", "sixfold_generator.adoption.export", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["the generator's package failed"]
        raise unreadable(folder.name, lines[-1])
    return done.stdout
