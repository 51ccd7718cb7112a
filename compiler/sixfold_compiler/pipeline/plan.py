"""The compile from start to end: read the fleet and the manifests, and plan the changes to the overlay tree."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
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
from sixfold_compiler.pipeline.app_state import FailedApp
from sixfold_compiler.pipeline.assemble import assemble
from sixfold_compiler.pipeline.context import CompileContext, Workspace
from sixfold_compiler.pipeline.deletions import guard_compile, with_caused_errors
from sixfold_compiler.pipeline.lock_findings import unkept_homes
from sixfold_compiler.pipeline.read_apps import read_apps
from sixfold_compiler.pipeline.render.platform import render_platform
from sixfold_compiler.placement import load_lock, placement_of
from sixfold_compiler.tree.reader import Previous, read_previous, torn_problem
from sixfold_compiler.tree.staging import StagedFile, Staging
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
    from sixfold_compiler.pipeline.app_state import Apps
    from sixfold_compiler.pipeline.assemble import Assembly
    from sixfold_compiler.pipeline.deletions import Judgment
    from sixfold_compiler.placement import Placement

__all__ = ["Plan", "Summary", "plan"]


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

    `vouched` is true if all unchanged files are known to match the inventories.
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

    @property
    def failed(self) -> bool:
        """True if at least one problem is an error."""
        return any(d.severity == "error" for d in self.diagnostics)

    @property
    def fatal(self) -> bool:
        """True if an error concerns the fleet or the tree rather than one app. Then nothing may be written."""
        return any(d.severity == "error" and not d.app for d in self.diagnostics)

    def write(self) -> None:
        """Apply all changes to the tree.

        Raises:
            DiagnosticError: SF704, a file could not be written or deleted.
        """
        if self.fatal or not (self.changes or self.previous.unfinished):  # unfinished: only its journal is left to go
            return
        try:
            write_tree(self.out, self.changes, self.previous, vouched=self.vouched, checkpoint=self.checkpoint)
        except OSError as error:
            raise DiagnosticError(unwritable(error.strerror or str(error))) from None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of a compile: fleet, placement, selected clusters (None for all), and the list of manifests."""

    fleet: FleetInput
    placement: Placement
    only: frozenset[Target] | None
    sources: Sources


@dataclass(frozen=True, slots=True)
class Build:
    """One build of the tree in memory: the apps in their final state, all files, and the number of evaluated apps."""

    apps: Apps
    tree: Assembly
    evaluated: int

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
    inputs = read_inputs(options)
    with open_context(options, inputs, stack, progress) as opened:
        first = build = build_tree(context := opened, inputs)
        judgment = guard_compile(options, inputs.fleet, context.previous, build.tree)
        if judgment.held and not judgment.fatal:  # compile everything else; these teams stay as they were
            build = build_tree(context := opened.holding(judgment.held), inputs)
    return _plan_of(options, inputs, context, (first, build), judgment)


def read_inputs(options: Options) -> Inputs:
    """Read the fleet and the placements of its teams, and list the manifests.

    Raises:
        DiagnosticError: The fleet, the lock, a path or a selected cluster is invalid.
    """
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    placement = placement_of(fleet, load_lock(fleet))
    only = selected_targets(fleet, options.only)
    return Inputs(fleet, placement, only, discover(options.paths, options.base, options.out))


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
            workspace, inputs.placement, previous, options.out, pool, progress, inputs.only, options.verify
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
    return Build(apps, assemble(context, apps, platform, complete=inputs.sources.complete), evaluated)


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
    problems.update(findings)
    if inputs.sources.complete:  # whoever checks one manifest cannot write the lock of the deploy repo
        problems.update(unkept_homes(apps, inputs.placement))
    problems.update(check_places(options.out, build.tree.files, context.previous))
    failed = [app for app in apps if isinstance(app, FailedApp)]
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
    )


def _vouched(inputs: Inputs, context: CompileContext, build: Build, failed: Sequence[FailedApp]) -> bool:
    """Return whether all unchanged files are known to match the inventories."""
    if inputs.sources.complete and context.only is None and not failed:
        return True
    files = build.tree.files.items()
    return all(context.trusts(path, entry) for path, entry in files if not isinstance(entry, StagedFile))
