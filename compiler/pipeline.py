"""The whole way: fleet and manifests in, a plan of changes to the overlay tree out.

`plan` reads like a recipe: load the fleet and where its teams are placed, find manifests, see which apps are
unchanged, prepare the others, gather facts, resolve calls, render, make the platform's objects, and compare with the
tree.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.appset import load_apps
from compiler.assemble import assemble
from compiler.baseline import of_previous, of_revision
from compiler.deletions import Deletions, blamed, deletions
from compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from compiler.durable import nothing
from compiler.engine import Pool
from compiler.fleet import load_fleet
from compiler.guard import Verdict
from compiler.homes import unkept_homes
from compiler.overlays import Workspace
from compiler.placement import load_lock, placement_of
from compiler.places import find_place
from compiler.previous import Previous, read_previous
from compiler.rendering import render_apps, render_platform
from compiler.run import Run
from compiler.sources import discover
from compiler.staging import Staging, unwritable
from compiler.tree import Change, check_places, staging_folder, write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from compiler.appset import AppSet
    from compiler.assemble import Assembly
    from compiler.durable import Checkpoint
    from compiler.engine import EngineName
    from compiler.fleet import FleetInput, Target
    from compiler.sources import Sources
    from compiler.staging import FileEntry

__all__ = ["Options", "Plan", "Summary", "plan"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a command was asked to do.

    `paths` empty means the whole deploy repo at `base`. `only` names targets (`env/dc/cluster`, or a prefix of it).
    `against` is the git revision that deletions are measured from, the tree itself when it is empty; without `guard`
    they are not (for trees that nobody deploys). `today` is the day that tombstones are judged on (default: now, UTC).
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
    against: str = ""
    guard: bool = True
    today: date | None = None
    checkpoint: Checkpoint = nothing  # told the named points of writing; for the fault harness


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
    if options.stage_in_tree and (options.paths or only) and previous.root and (previous.torn or previous.unfinished):
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
        run.trusts(path, entry) for path, entry in tree.files.items() if not entry.staged
    )
    return Plan(
        options.out, ordered, changes, summary, fleet, previous, guarded.verdict, vouched, options.checkpoint
    )


def _build(run: Run, sources: Sources) -> tuple[AppSet, Assembly, int]:
    """Every app, the whole tree, and how many apps were evaluated for it."""
    apps = load_apps(run, sources)
    evaluated = render_apps(run, apps)
    platform = render_platform(run, apps)
    return apps, assemble(run, apps, platform, whole=sources.whole), evaluated


def guard_compile(options: Options, fleet: FleetInput, previous: Previous, tree: Assembly) -> Deletions:
    """What the compile would take away from the tree as it is, or as it was in a revision."""
    if not options.guard or not (options.against or _differs(previous, tree)):
        return Deletions(Verdict(), frozenset(), fatal=False, diagnostics=())
    today = options.today or datetime.now(UTC).date()
    if options.against:
        return deletions(fleet, of_revision(options.out, options.against), tree, today)
    before = of_previous(previous)
    same = [key for key in before.clusters if tree.clusters.get(key) == previous.clusters[key]]
    return deletions(fleet, before, tree, today, same)


def _differs(previous: Previous, tree: Assembly) -> bool:
    """Whether anything that could be lost is not as it was; most runs change a few files or none."""
    parts = ("argocd", "teams")
    same = previous.clusters == tree.clusters and all(previous.root.get(part) == tree.root[part] for part in parts)
    return bool(previous.clusters) and not same


def torn_problem(previous: Previous) -> Diagnostic:
    place = next((unit for unit in previous.torn if unit), "")
    return Diagnostic(
        "SF705",
        f"the inventories{f' of {place}' if place else ''} are torn: a run was killed, or they were changed by hand",
        None,
        "run `sixfold compile` without PATH and --only, which makes the tree whole again",
    )


def unknown_releases(fleet: FleetInput, sources: Sources) -> Iterator[Diagnostic]:
    known = fleet.fleet.environments
    for releases in sources.releases.values():
        for name, release in releases.items():
            if name not in known:
                text = f"a release file of no environment: {name!r}"
                yield Diagnostic("SF202", text, Span(release.name, 1, 1), suggest(name, known), severity="warning")


def compare(out: Path, files: dict[str, FileEntry], previous: Previous, staging: Path) -> tuple[Change, ...]:
    changes = [
        Change(path, "update" if os.path.lexists(f"{out}/{path}") else "create", staging / entry.staged)
        for path, entry in files.items()
        if entry.staged
    ]
    changes += [
        Change(path, "delete") for path in previous.files if path not in files and os.path.lexists(f"{out}/{path}")
    ]
    return tuple(sorted(changes))


def selected_targets(fleet: FleetInput, only: tuple[str, ...]) -> frozenset[Target] | None:
    if not only:
        return None
    return frozenset().union(*(find_place(fleet, name, "SF411", environments=True) for name in only))
