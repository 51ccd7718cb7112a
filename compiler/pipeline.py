"""The whole way: fleet and manifests in, a plan of changes to the overlay tree out.

`plan` reads like a recipe: load the fleet, place teams, find manifests, see which apps are unchanged, prepare the
others, gather facts, resolve calls, render, make the platform's objects, and compare with the tree.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.appset import load_apps
from compiler.assemble import assemble
from compiler.diagnostics import Diagnostic, DiagnosticError, suggest
from compiler.engine import Pool
from compiler.fleet import load_fleet
from compiler.overlays import Workspace
from compiler.placement import place
from compiler.rendering import render_apps, render_platform
from compiler.run import Run
from compiler.sources import discover
from compiler.staging import Staging, unwritable
from compiler.tree import Change, check_places, read_previous, staging_folder, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compiler.engine import EngineName
    from compiler.fleet import FleetInput, Target
    from compiler.staging import FileEntry
    from compiler.tree import Previous

__all__ = ["Options", "Plan", "Summary", "plan"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a command was asked to do.

    `paths` empty means the whole deploy repo at `base`. `only` names targets (`env/dc/cluster`, or a prefix of it).
    `stage_in_tree` is for a command that will write; others stage in a temporary folder and leave the tree alone.
    """

    paths: tuple[Path, ...] = ()
    fleet: Path = Path("environments")
    out: Path = Path("overlays")
    base: Path = Path()
    only: tuple[str, ...] = ()
    jobs: int | None = None
    engine: EngineName = "auto"
    stage_in_tree: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run.

    How many apps there are, were evaluated, failed, kept their old files for that, and were not selected; and the
    targets, overlays and objects of the tree.
    """

    apps: int = 0
    evaluated: int = 0
    failed: int = 0
    kept: int = 0
    unselected: int = 0
    targets: int = 0
    overlays: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would change. `write` may be called once, before the context of `plan` ends."""

    out: Path
    diagnostics: tuple[Diagnostic, ...]
    changes: tuple[Change, ...] = ()
    summary: Summary = field(default_factory=Summary)
    fleet: FleetInput | None = None

    @property
    def failed(self) -> bool:
        """Whether any problem is an error."""
        return any(d.severity == "error" for d in self.diagnostics)

    @property
    def fatal(self) -> bool:
        """Whether a problem is the fleet's or the tree's, so that nothing may be written."""
        return any(d.severity == "error" and not d.app for d in self.diagnostics)

    def write(self) -> None:
        """Put every change in place.

        Raises:
            DiagnosticError: SF704, the file system refused.
        """
        if self.fatal or not self.changes:
            return
        try:
            write_tree(self.out, self.changes)
        except OSError as error:
            raise DiagnosticError(unwritable(error.strerror or str(error))) from None


@contextlib.contextmanager
def plan(options: Options, progress: Callable[[str, int, int], None] | None = None) -> Iterator[Plan]:
    """Everything but the writing. Staged files live until the context ends."""
    with contextlib.ExitStack() as stack:
        try:
            made = _plan(options, stack, progress or (lambda _step, _done, _total: None))
        except DiagnosticError as error:
            made = Plan(options.out, tuple(sorted(error.diagnostics, key=lambda d: d.sort_key)))
        except OSError as error:
            made = Plan(options.out, (unwritable(error.strerror or str(error)),))
        yield made


def _plan(options: Options, stack: contextlib.ExitStack, progress: Callable[[str, int, int], None]) -> Plan:
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    placement = place(fleet)
    only = _selected(fleet, options.only)
    sources = discover(options.paths, options.base, options.out)
    folder = stack.enter_context(staging_folder(options.out if options.stage_in_tree else None))
    previous = read_previous(options.out)
    workspace = Workspace(fleet, Staging(folder), options.engine)
    with Pool(options.jobs, context=workspace) as pool:
        run = Run(workspace, placement, previous, options.out, pool, progress, only, options.verify)
        apps = load_apps(run, sources)
        evaluated = render_apps(run, apps)
        platform = render_platform(run, apps)
    tree = assemble(run, apps, platform, whole=sources.whole)
    problems = {*sources.diagnostics, *apps.diagnostics, *tree.diagnostics}
    problems.update(check_places(options.out, tree.files, previous.files))
    failed = [s for s in apps.states.values() if s.failed]
    summary = Summary(
        apps=len(apps.states),
        evaluated=evaluated,
        failed=len(failed),
        kept=sum(bool(s.files) for s in failed),
        unselected=sum(s.manifest is None for s in apps.states.values()),
        targets=sum(1 for _ in fleet.targets()),
        overlays=tree.overlays,
        objects=tree.objects,
    )
    changes = _compare(options.out, tree.files, previous, folder)
    ordered = tuple(sorted(problems, key=lambda d: d.sort_key))
    return Plan(options.out, ordered, changes, summary, fleet)


def _compare(out: Path, files: dict[str, FileEntry], previous: Previous, staging: Path) -> tuple[Change, ...]:
    changes = [
        Change(path, "update" if os.path.lexists(f"{out}/{path}") else "create", staging / entry.staged)
        for path, entry in files.items()
        if entry.staged
    ]
    changes += [Change(path, "delete") for path in previous.files if path not in files]
    return tuple(sorted(changes))


def _selected(fleet: FleetInput, only: tuple[str, ...]) -> frozenset[Target] | None:
    if not only:
        return None
    targets = [target for target, _ in fleet.targets()]
    chosen = set()
    for text in only:
        hits = [t for t in targets if f"{t}/".startswith(f"{text.strip('/')}/")]
        if not hits:
            raise DiagnosticError(
                Diagnostic(
                    "SF411",
                    f"--only {text} matches no environment, data center or cluster",
                    None,
                    suggest(text, [str(t) for t in targets]),
                )
            )
        chosen.update(hits)
    return frozenset(chosen)
