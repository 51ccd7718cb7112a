"""The whole way: fleet and manifests in, a plan of changes to the overlay tree out.

`plan` reads like a recipe: load the fleet and where its teams are placed, find manifests, see which apps are
unchanged, prepare the others, gather facts, resolve calls, render, make the platform's objects, and compare with the
tree.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.engine.failures import unwritable
from sixfold_compiler.files.atomic import nothing
from sixfold_compiler.guard import Verdict
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import selected_targets
from sixfold_compiler.inputs.releases import unknown_releases
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.pipeline.assemble import Scope, assemble
from sixfold_compiler.pipeline.context import Run, Workspace
from sixfold_compiler.pipeline.deletions import blamed, guard_compile
from sixfold_compiler.pipeline.lock_findings import unkept_homes
from sixfold_compiler.pipeline.read_apps import load_apps
from sixfold_compiler.pipeline.render.apps import render_apps
from sixfold_compiler.pipeline.render.platform import render_platform
from sixfold_compiler.placement import load_lock, placement_of
from sixfold_compiler.tree.reader import Previous, read_previous, torn_problem
from sixfold_compiler.tree.staging import StagedFile, Staging
from sixfold_compiler.tree.writer import Change, check_places, compare, staging_folder, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.sources import Sources
    from sixfold_compiler.pipeline.app_state import AppSet
    from sixfold_compiler.pipeline.assemble import Assembly

__all__ = ["Plan", "Summary", "plan"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run.

    How many apps there are, were evaluated, and were not selected; which `failed` and so keep their old files, and
    which are `bare` and have none; the teams that are `held` back; the targets, overlays and objects of the tree.
    """

    apps: int = 0
    evaluated: int = 0
    failed: tuple[str, ...] = ()
    bare: frozenset[str] = frozenset()
    held: tuple[str, ...] = ()
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
    previous: Previous = field(default_factory=Previous)
    verdict: Verdict = field(default_factory=Verdict)  # of the deletion guard
    vouched: bool = False  # every file that stays is as the inventories say
    checkpoint: Checkpoint = nothing

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
        if self.fatal or not (self.changes or self.previous.unfinished):  # unfinished: only its journal is left to go
            return
        try:
            write_tree(self.out, self.changes, self.previous, vouched=self.vouched, checkpoint=self.checkpoint)
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
    placement = placement_of(fleet, load_lock(fleet))
    only = selected_targets(fleet, options.only)
    sources = discover(options.paths, options.base, options.out)
    folder = stack.enter_context(staging_folder(options.out if options.stage_in_tree else None, options.checkpoint))
    previous = read_previous(options.out)
    if options.stage_in_tree and (options.paths or only) and previous.exists and (previous.torn or previous.unfinished):
        raise DiagnosticError(torn_problem(previous))
    workspace = Workspace(fleet, Staging(folder, options.checkpoint), options.engine)
    with Pool(options.jobs, context=workspace) as pool:
        run = Run(workspace, placement, previous, options.out, pool, progress, only, options.verify)
        apps, tree, evaluated = _build(run, sources)
        guarded = guard_compile(options, fleet, previous, tree)
        found, broken = guarded.diagnostics, frozenset[str]()
        if guarded.held and not guarded.fatal:  # everything but these teams, which stay as they were
            without = (*apps.diagnostics, *tree.diagnostics)
            run = replace(run, held=guarded.held)
            apps, tree, more = _build(run, sources)
            evaluated += more
            found, broken = blamed(guarded, without, {*apps.diagnostics, *tree.diagnostics})
    problems = {*unknown_releases(fleet, sources), *sources.diagnostics, *apps.diagnostics, *tree.diagnostics}
    problems.update(found)
    if sources.whole:  # whoever checks one manifest cannot write the lock of the deploy repo
        problems.update(unkept_homes(apps.states.values(), placement))
    problems.update(check_places(options.out, tree.files, previous))
    failed = [s for s in apps.states.values() if s.failed]
    summary = Summary(
        apps=len(apps.states),
        evaluated=evaluated,
        failed=tuple(sorted(s.key for s in failed if not run.holds(s.key) or s.key in broken)),
        bare=frozenset(s.key for s in failed if not s.files),
        held=tuple(sorted(run.held)),
        unselected=sum(s.manifest is None for s in apps.states.values()),
        targets=sum(1 for _ in fleet.targets()),
        overlays=tree.overlays,
        objects=tree.objects,
    )
    changes = compare(options.out, tree.files, previous, folder)
    ordered = tuple(sorted(problems, key=lambda d: d.sort_key))
    vouched = (sources.whole and only is None and not failed) or all(
        run.trusts(path, entry) for path, entry in tree.files.items() if not isinstance(entry, StagedFile)
    )
    return Plan(options.out, ordered, changes, summary, fleet, previous, guarded.verdict, vouched, options.checkpoint)


def _build(run: Run, sources: Sources) -> tuple[AppSet, Assembly, int]:
    """Every app, the whole tree, and how many apps were evaluated for it."""
    apps = load_apps(run, sources)
    evaluated = render_apps(run, apps)
    platform = render_platform(run, apps)
    return apps, assemble(run, apps, platform, Scope(sources.whole, run.only)), evaluated
