"""Placement of a deploy repository, as in `sixfold place`: read the inputs, propose a lock, write it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import Pool
from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import find_cluster
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.manifest.setting import setting_span
from sixfold_compiler.placement import LOCK_FILE, Lock, read_lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.read_demands import read_demands

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.diagnostics import Severity, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement import Demands
    from sixfold_compiler.placement.propose import Proposal

__all__ = ["PlacementInputs", "PlacementPlan", "place", "read_inputs", "with_homes", "write_lock"]

_SPREAD: tuple[ValuePath, ...] = (("tier",),)
_AMOUNT: tuple[ValuePath, ...] = (("autoscaling", "max"), ("replicas",), ("job",), ("resources",))


@dataclass(frozen=True, slots=True)
class PlacementInputs:
    """The inputs of a placement.

    Attributes:
        fleet: The fleet.
        demands: The demand of every team.
        lock: The previous lock; empty if there is none.
        diagnostics: Problems of manifests, whose apps stay on their clusters, and clusters that could not be read.
        live: The capacities that were read from live clusters.
        broken: The apps, or files without a known app, whose demand is unknown because of an error.
        manifests: The manifests.
    """

    fleet: FleetInput
    demands: Demands
    lock: Lock
    diagnostics: tuple[Diagnostic, ...]
    live: Mapping[Target, Resources] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    manifests: tuple[ManifestFile, ...] = ()

    @property
    def frozen(self) -> frozenset[str]:
        """The teams with an app whose demand is unknown."""
        return frozenset(key.partition("/")[0] for key in self.broken) & self.fleet.model.teams.keys()

    def met(self, today: date, severity: Severity = "error") -> PlacementInputs:
        """Return the inputs without the apps that have no place, whose findings are added to the diagnostics.

        What they ask for is in the way of no other team: not of a drain, and not of a question about losses.
        """
        proposal = self.propose(today, frozen=self.frozen)
        unmet = tuple(replace(problem, severity=severity) for problem in proposal.diagnostics if problem.app)
        return replace(self, demands=proposal.met, diagnostics=(*self.diagnostics, *unmet))

    def propose(
        self, today: date, *, rebalance: bool = False, leave: Sequence[Target] = (), frozen: Collection[str] = ()
    ) -> Proposal:
        """Propose a lock as `propose` does, with findings at the line of the manifest that asks for too much."""
        return propose(
            self.fleet,
            self.demands,
            self.lock,
            today=today,
            live=self.live,
            rebalance=rebalance,
            leave=leave,
            frozen=frozen,
            span=self._demand_span,
        )

    def _demand_span(self, cell: Cell, key: str, constraint: str) -> Span | None:
        manifest = next((m for m in self.manifests if str(m.key or "") == key), None)
        paths = _SPREAD if constraint == "spread" else _AMOUNT
        return setting_span(self.fleet, manifest, cell, paths) if manifest else None


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """A proposal with its inputs and the bytes of its lock. `current` is true if the lock file already has these bytes.

    A team with a broken manifest keeps its clusters: what it will need is unknown.
    """

    inputs: PlacementInputs
    proposal: Proposal
    data: bytes
    current: bool

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The problems of the inputs, and the constraints that cannot be met, sorted."""
        return tuple(sorted({*self.inputs.diagnostics, *self.proposal.diagnostics}, key=lambda d: d.sort_key))


def read_inputs(
    options: Options, progress: Callable[[str, int, int], None] | None = None, kubeconfig: Path | None = None
) -> PlacementInputs:
    """Read the fleet, the demands of all apps and the lock of a deploy repository.

    Args:
        options: The folders of the repository.
        progress: Called with (step, done, total).
        kubeconfig: A file or folder with contexts of the clusters, to read their capacity; None: do not read it.

    Raises:
        DiagnosticError: The fleet or the lock cannot be read; SF840 and SF841, no cluster can be read.
    """
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    lock = read_lock(fleet.sources.folder, fleet.name) or Lock()
    sources = discover(options.paths, options.base, options.out)
    with Pool(options.jobs, context=fleet) as pool:
        read = read_demands(sources, lock, pool, progress or (lambda _step, _done, _total: None))
    live, unread = _live_capacity(fleet, kubeconfig)
    broken = {d.app or str(d.span or d.code) for d in read.diagnostics if d.severity == "error"}
    diagnostics = (*read.diagnostics, *unread)
    return PlacementInputs(fleet, read.demands, lock, diagnostics, live, tuple(sorted(broken)), sources.manifests)


def _live_capacity(
    fleet: FleetInput, kubeconfig: Path | None
) -> tuple[dict[Target, Resources], tuple[Diagnostic, ...]]:
    """Return the allocatable capacity of each live cluster, and a diagnostic for each that could not be read."""
    if kubeconfig is None:
        return {}, ()
    from sixfold_compiler.live import read_clusters  # noqa: PLC0415 - the client is an extra, and slow to import

    targets = {str(target): (target, cluster.server) for target, cluster in fleet.targets()}
    read = read_clusters(kubeconfig, {key: server for key, (_, server) in targets.items()})
    return {targets[key][0]: capacity.allocatable for key, capacity in read.clusters.items()}, read.diagnostics


def place(
    options: Options,
    today: date,
    *,
    rebalance: bool = False,
    leave: Sequence[str] = (),
    kubeconfig: Path | None = None,
    keep_going: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> PlacementPlan:
    """Propose a lock for a deploy repository, without writing it.

    Args:
        options: The folders of the repository.
        today: The day by which pins and bans expire.
        rebalance: Recompute the weights of teams that stay on their hosts from capacity.
        leave: Clusters that must not host any team, named as `find_cluster` accepts them.
        kubeconfig: A file or folder with contexts of the clusters, to read their capacity.
        keep_going: Also move teams with broken manifests, whose apps count as no demand.
        progress: Called with (step, done, total).

    Raises:
        DiagnosticError: The errors of `read_inputs`; SF422, a cluster in `leave` does not exist.
    """
    inputs = read_inputs(options, progress, kubeconfig)
    left = [find_cluster(inputs.fleet, name, "SF422") for name in leave]
    proposal = inputs.propose(today, rebalance=rebalance, leave=left, frozen=() if keep_going else inputs.frozen)
    data = dump_lock(proposal.lock)
    file = inputs.fleet.sources.folder / LOCK_FILE
    return PlacementPlan(inputs, proposal, data, file.is_file() and file.read_bytes() == data)


def with_homes(options: Options, key: str, today: date) -> bytes | None:
    """Return the lock with a home for an app in each cell where it runs once and has none; None if none is missing.

    A published app gets its home together with its manifest, and nothing else changes. The home is chosen by hash,
    because the load of the clusters is unknown when only this manifest is read.

    Args:
        options: The folder of the fleet, and `paths` with the manifest.
        key: The app as `team/app`.
        today: The day by which pins and bans expire.

    Raises:
        DiagnosticError: The errors of `read_inputs`.
    """
    inputs = read_inputs(options)
    lock, (team, _, app) = inputs.lock, key.partition("/")
    proposed = inputs.propose(today).lock
    for cell, homes in proposed.homes.items():
        home, row = homes.get(key), lock.row(cell, team)
        # A team on one cluster needs no homes in the lock.
        if len(row) > 1 and key not in lock.homes.get(cell, {}) and home in {h.cluster for h in row}:
            completed = lock.homes_of(cell, team) | {app: str(home)}
            lock = lock.with_row(cell, team, row, completed, lock.copies_of(cell, team))
    return None if lock is inputs.lock else dump_lock(lock)


def write_lock(folder: Path, data: bytes) -> None:
    """Write the lock into the fleet's folder atomically.

    Raises:
        DiagnosticError: SF704, the file cannot be written.
    """
    try:
        replace_file(folder / LOCK_FILE, data)
    except OSError as error:
        text = f"cannot write {LOCK_FILE}: {error.strerror or error}"
        span = Span(f"{folder.name}/{LOCK_FILE}")
        problem = Diagnostic("SF704", text, span, "free disk space or allow writing, then run the command again")
        raise DiagnosticError(problem) from None
