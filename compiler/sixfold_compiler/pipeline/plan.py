"""The compile from start to end: read the fleet and the manifests, and plan the changes to the overlay tree."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.engine import Pool
from sixfold_compiler.engine.failures import unwritable
from sixfold_compiler.files.atomic import nothing, replace_file
from sixfold_compiler.guard import Verdict
from sixfold_compiler.inputs.day import Day
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import selected_targets
from sixfold_compiler.inputs.releases import unknown_releases
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.inputs.tree_place import misplaced_tree
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.ownership.names import Names
from sixfold_compiler.pipeline.app_state import FailedApp, PreparedApp
from sixfold_compiler.pipeline.approvals import finished, with_approvals
from sixfold_compiler.pipeline.assemble import assemble
from sixfold_compiler.pipeline.context import CompileContext, Workspace
from sixfold_compiler.pipeline.deletions import guard_compile, with_caused_errors
from sixfold_compiler.pipeline.lock_findings import unkept_homes
from sixfold_compiler.pipeline.read_apps import read_apps
from sixfold_compiler.pipeline.render.platform import render_platform
from sixfold_compiler.pipeline.service_names import (
    NamesFile,
    changed_file,
    missing_lock,
    names_after,
    names_of_tree,
    read_names,
)
from sixfold_compiler.placement import load_lock, placement_of
from sixfold_compiler.tree.layout import ROOT
from sixfold_compiler.tree.reader import Previous, read_previous, torn_problem
from sixfold_compiler.tree.signature import remove_stale
from sixfold_compiler.tree.staging import StagedFile, Staging
from sixfold_compiler.tree.strangers import stranger_problems
from sixfold_compiler.tree.writer import Change, check_places, compare, staging_folder, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.sources import Sources
    from sixfold_compiler.model.addresses import AppKey, Target
    from sixfold_compiler.pipeline.app_state import Apps, AppState
    from sixfold_compiler.pipeline.assemble import Assembly
    from sixfold_compiler.pipeline.deletions import Judgment
    from sixfold_compiler.placement import Placement

__all__ = ["Build", "Plan", "Summary", "compile_inputs", "plan", "read_inputs"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a compile.

    `apps` counts all apps, and `evaluated` the apps that were rendered. `failed` are the keys of apps that keep their
    previous overlays because of a problem, `bare` the keys of failed apps without overlays, and `held` the teams that
    the guard holds. `targets`, `overlays` and `objects` count the tree.
    """

    apps: int = 0
    evaluated: int = 0
    failed: tuple[AppKey, ...] = ()
    bare: frozenset[AppKey] = frozenset()
    held: tuple[str, ...] = ()
    targets: int = 0
    overlays: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that a compile would make. `write` may be called once, before the context of `plan` ends.

    `vouched` is true if all unchanged files are known to match the inventories. `names` are the owners of service names
    after the compile, and `names_before` the names lock before it.
    """

    out: Path
    diagnostics: tuple[Diagnostic, ...]
    changes: tuple[Change, ...] = ()
    summary: Summary = field(default_factory=Summary)
    fleet: FleetInput | None = None
    previous: Previous = field(default_factory=Previous)
    verdict: Verdict = field(default_factory=Verdict)  # of the deletion guard
    vouched: bool = False
    checkpoint: Checkpoint = nothing
    names: Names = field(default_factory=Names)
    names_before: NamesFile = field(default_factory=NamesFile)

    @property
    def names_file(self) -> bytes | None:
        """The new bytes of the names lock; None if it does not change."""
        return changed_file(self.names_before, self.names)

    @property
    def fatal(self) -> bool:
        """True if an error concerns the fleet or the tree rather than one app. Then nothing may be written."""
        return any(d.severity == "error" and not d.app for d in self.diagnostics)

    def write(self) -> bool:
        """Apply all changes to the names lock and to the tree, in this order: no tree has a name that the lock lacks.

        Returns whether a signature was removed, because it does not sign the result.

        Raises:
            DiagnosticError: SF704, a file could not be written or deleted.
        """
        if self.fatal:
            return False
        try:
            if (names := self.names_file) is not None and self.fleet is not None:
                replace_file(self.fleet.sources.folder / NAMES_FILE, names)
            # First: a run that is killed leaves a tree without a signature, and none with that of another tree.
            removed = remove_stale(self.out, changed=any(change.path == ROOT for change in self.changes))
            if not (self.changes or self.previous.unfinished):  # unfinished: only its journal is left to go
                return removed
            write_tree(self.out, self.changes, self.previous, vouched=self.vouched, checkpoint=self.checkpoint)
        except OSError as error:
            raise DiagnosticError(unwritable(error.strerror or str(error))) from None
        return removed


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of a compile: fleet, placement, selected clusters (None for all), and the list of manifests.

    The fleet has only the tombstones that count; `problems` are those of the others. `day` is that of the verdicts, and
    `names` is the names lock.
    """

    fleet: FleetInput
    placement: Placement
    only: frozenset[Target] | None
    sources: Sources
    day: Day
    names: NamesFile
    problems: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """One build of the tree in memory: the apps in their final state, all files, and the number of evaluated apps.

    `names` are the owners of service names after it.
    """

    apps: Apps
    tree: Assembly
    evaluated: int
    names: Names

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The problems of the apps, followed by those of the tree."""
        return (*self.apps.diagnostics, *self.tree.diagnostics)


@contextlib.contextmanager
def plan(options: Options, progress: Callable[[str, int, int], None] | None = None) -> Iterator[Plan]:
    """Compile without writing, and yield the plan. Staged files are deleted when the context ends.

    Args:
        options: The options of the compile.
        progress: Called with the name of the step, the number of finished items, and the total.
    """
    with contextlib.ExitStack() as stack:
        try:
            result = make_plan(options, stack, progress or (lambda _step, _done, _total: None))
        except DiagnosticError as error:
            result = Plan(options.out, tuple(sorted(error.diagnostics, key=lambda d: d.sort_key)))
        except OSError as error:
            result = Plan(options.out, (unwritable(error.strerror or str(error)),))
        yield result


def make_plan(options: Options, stack: ExitStack, progress: Callable[[str, int, int], None]) -> Plan:
    """Compile the deploy repo in memory and return the planned changes to the tree.

    Raises:
        DiagnosticError: The fleet, the lock, the tree or an option is invalid; nothing is compiled.
    """
    return compile_inputs(options, read_inputs(options), stack, progress)[0]


def compile_inputs(
    options: Options, inputs: Inputs, stack: ExitStack, progress: Callable[[str, int, int], None]
) -> tuple[Plan, Build]:
    """Compile inputs in memory; return the planned changes to the tree, and the build that they come from.

    Raises:
        DiagnosticError: The tree is invalid; nothing is compiled.
    """
    with open_context(options, inputs, stack, progress) as opened:
        first = build = build_tree(context := opened, inputs)
        judgment = guard_compile(options, inputs.fleet, context.previous, build.tree, inputs.day)
        if judgment.held and not judgment.fatal:  # compile everything else; these teams stay as they were
            build = build_tree(context := opened.holding(judgment.held), inputs)
    return _plan_of(options, inputs, context, (first, build), judgment), build


def read_inputs(options: Options) -> Inputs:
    """Read the fleet and the placements of its teams, and list the manifests.

    Raises:
        DiagnosticError: The fleet, the lock, a path or a selected cluster is invalid.
    """
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool, defaults=False)  # `read_apps` checks them
    placement, names = placement_of(fleet, load_lock(fleet)), read_names(fleet, options.out)
    only = selected_targets(fleet, options.only)
    day = Day(options)
    fleet, problems = with_approvals(options, fleet, day, names.names)
    return Inputs(fleet, placement, only, discover(options.paths, options.base, options.out), day, names, problems)


@contextlib.contextmanager
def open_context(
    options: Options, inputs: Inputs, stack: ExitStack, progress: Callable[[str, int, int], None]
) -> Iterator[CompileContext]:
    """Read the previous tree, start the workers, and yield the context. `stack` removes the staging folder at its end.

    Raises:
        DiagnosticError: SF705, a partial compile was requested but the previous tree is torn.
    """
    folder = stack.enter_context(staging_folder(options.out if options.stage_in_tree else None, options.checkpoint))
    previous = read_previous(options.out)
    partial = bool(options.paths or inputs.only)
    if options.stage_in_tree and partial and previous.exists and (previous.torn or previous.unfinished):
        raise DiagnosticError(torn_problem(previous))
    workspace = Workspace(inputs.fleet, Staging(folder, options.checkpoint), options.engine)
    with Pool(options.jobs, context=workspace) as pool:
        yield CompileContext(
            workspace,
            inputs.placement,
            previous,
            options.out,
            pool,
            progress,
            inputs.only,
            reread=options.reread or options.fresh,
            fresh=options.fresh,
            day=inputs.day if options.guard else None,
            names=names_of_tree(previous) if inputs.names.data is None else inputs.names.names,
        )


def build_tree(context: CompileContext, inputs: Inputs) -> Build:
    """Build the complete tree in memory: read and place the apps, render apps and platform, assemble the files."""
    apps, evaluated = read_apps(context, inputs.sources), 0
    if apps.prepared:
        from sixfold_compiler.pipeline.render.apps import render_apps  # noqa: PLC0415 - takes 7 ms; most compiles change no app

        apps, evaluated = render_apps(context, apps)
    platform = render_platform(context, apps)
    while platform.broken and apps.prepared:
        from sixfold_compiler.pipeline.render.apps import render_without  # noqa: PLC0415 - as above
        from sixfold_compiler.pipeline.render.blame import blame  # noqa: PLC0415 - only when something is broken

        blamed = blame(context, apps, platform.broken)
        if not blamed:
            break
        apps, again = render_without(context, apps, blamed)
        evaluated += again
        platform = render_platform(context, apps)
    tree = assemble(context, apps, platform, complete=inputs.sources.complete)
    return Build(apps, tree, evaluated, names_after(apps.names, apps, inputs.fleet))


def _plan_of(
    options: Options, inputs: Inputs, context: CompileContext, builds: tuple[Build, Build], judgment: Judgment
) -> Plan:
    """Compare the last build with the tree on disk, and collect the problems of all steps.

    `builds` holds the first and the last build, which are the same unless the guard holds teams.
    """
    first, build = builds
    apps = build.apps.states.values()
    findings, broken = judgment.diagnostics, frozenset[str]()
    if context.held:
        findings, broken = with_caused_errors(judgment, first.diagnostics, set(build.diagnostics))
    problems = {*unknown_releases(inputs.fleet, inputs.sources), *inputs.sources.diagnostics, *build.diagnostics}
    problems.update(inputs.problems)
    problems.update(findings)
    problems.update(finished(inputs.fleet, context.day, judgment.verdict.expired))
    if inputs.sources.complete:  # whoever checks one manifest cannot write the lock of the deploy repo
        problems.update(unkept_homes(apps, inputs.placement))
        problems.update(stranger_problems(options.out, context.previous, build.tree.files))
        problems.update(misplaced_tree(inputs.fleet, options.fleet, options.out))
    if inputs.sources.complete or options.stage_in_tree:
        problems.update(missing_lock(inputs.names, context.previous))
    problems.update(check_places(options.out, build.tree.files, context.previous))
    failed = [app for app in apps if isinstance(app, FailedApp) or (isinstance(app, PreparedApp) and app.kept)]
    summary = Summary(
        apps=len(apps),
        evaluated=build.evaluated + (first.evaluated if first is not build else 0),
        failed=tuple(sorted(app.key for app in failed if not context.holds(app.key) or str(app.key) in broken)),
        bare=frozenset(app.key for app in failed if not app.files),
        held=tuple(sorted(context.held)),
        targets=sum(1 for _ in inputs.fleet.targets()),
        overlays=build.tree.overlays,
        objects=build.tree.objects,
    )
    return Plan(
        options.out,
        tuple(sorted(problems, key=lambda d: d.sort_key)),
        compare(options.out, build.tree.files, context.previous, context.workspace.staging.folder),
        summary,
        inputs.fleet,
        context.previous,
        judgment.verdict,
        _vouched(inputs, context, build, failed),
        options.checkpoint,
        build.names,
        replace(inputs.names, names=context.names),
    )


def _vouched(inputs: Inputs, context: CompileContext, build: Build, failed: Sequence[AppState]) -> bool:
    """Return whether all unchanged files are known to match the inventories."""
    if inputs.sources.complete and context.only is None and not failed:
        return True
    files = build.tree.files.items()
    return all(context.trusts(path, entry) for path, entry in files if not isinstance(entry, StagedFile))
