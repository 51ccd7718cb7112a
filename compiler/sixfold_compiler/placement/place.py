"""What `sixfold place` does: read the deploy repo, propose, and write the lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import Pool
from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.lookup import find_cluster
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import LOCK_FILE, Lock, dump_lock, propose, read_lock
from sixfold_compiler.placement.read_demands import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.placement import Demands, Proposal

__all__ = ["Placing", "place", "read_inputs", "with_homes", "write_lock"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a placement is made from.

    `diagnostics` are what is wrong with manifests, whose apps stay where they are, and clusters that could not be read.
    `broken` are the apps (or files that cannot even be attributed) among them: nothing is known of what they ask for.
    `live` is the capacity of the clusters that were read.
    """

    fleet: FleetInput
    demands: Demands
    lock: Lock
    diagnostics: tuple[Diagnostic, ...]
    live: Mapping[Target, Resources] = field(default_factory=dict)
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placing:
    """A proposal with its inputs. `current` when the lock file has just these bytes.

    While a manifest is broken, it is a preview and no more: written, it would place as if that app asked for nothing.
    """

    inputs: Inputs
    proposal: Proposal
    data: bytes
    current: bool

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with manifests, and what cannot be met."""
        return tuple(sorted({*self.inputs.diagnostics, *self.proposal.diagnostics}, key=lambda d: d.sort_key))


def read_inputs(
    options: Options, progress: Callable[[str, int, int], None] | None = None, kubeconfig: Path | None = None
) -> Inputs:
    """The fleet, what every app asks for, and the lock (an empty one where there is none).

    Args:
        options: Where the repo is.
        progress: Told (step, done, total).
        kubeconfig: A file or folder whose contexts lead to the clusters, to take their capacity from them.

    Raises:
        DiagnosticError: the fleet or the lock cannot be read; SF840 and SF841, clusters cannot be read at all.
    """
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    lock = read_lock(fleet.sources.folder, fleet.name) or Lock()
    sources = discover(options.paths, options.base, options.out)
    with Pool(options.jobs, context=fleet) as pool:
        found = gather(sources, lock, pool, progress or (lambda _step, _done, _total: None))
    live, unread = _live(fleet, kubeconfig)
    wrong = {d.app or str(d.span or d.code) for d in found.diagnostics if d.severity == "error"}
    return Inputs(fleet, found.demands, lock, (*found.diagnostics, *unread), live, tuple(sorted(wrong)))


def _live(fleet: FleetInput, kubeconfig: Path | None) -> tuple[dict[Target, Resources], tuple[Diagnostic, ...]]:
    """What the clusters say that their nodes can hold, and which of them could not be asked."""
    if kubeconfig is None:
        return {}, ()
    from sixfold_compiler.live import read_clusters  # noqa: PLC0415 - the client is an extra, and slow to import

    targets = {str(target): (target, cluster.server) for target, cluster in fleet.targets()}
    read = read_clusters(kubeconfig, {key: server for key, (_, server) in targets.items()})
    found = {key: capacity.allocatable for key, capacity in read.clusters.items()}
    amounts = {targets[k][0]: Resources(round(a.cpu * 1000), a.memory, a.pods) for k, a in found.items()}
    return amounts, read.diagnostics


def place(
    options: Options,
    today: date,
    *,
    rebalance: bool = False,
    leave: Sequence[str] = (),
    kubeconfig: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Placing:
    """Propose a lock for a deploy repo; nothing is written. The other arguments are those of `propose`.

    Args:
        options: Where the repo is.
        today: The day.
        rebalance: As there.
        leave: Clusters to leave, as `find_cluster` takes them.
        kubeconfig: As in `read_inputs`.
        progress: Told (step, done, total).

    Raises:
        DiagnosticError: as `read_inputs`; SF422, no such cluster to leave.
    """
    inputs = read_inputs(options, progress, kubeconfig)
    left = [find_cluster(inputs.fleet, name, "SF422") for name in leave]
    world = (inputs.fleet, inputs.demands, inputs.lock)
    made = propose(*world, today=today, live=inputs.live, rebalance=rebalance, leave=left)
    data = dump_lock(made.lock)
    file = inputs.fleet.sources.folder / LOCK_FILE
    return Placing(inputs, made, data, file.is_file() and file.read_bytes() == data)


def with_homes(options: Options, key: str, today: date) -> bytes | None:
    """The lock with a home for one app wherever it runs once and has none; None where nothing is missing.

    For publishing: a new app gets its home with its manifest, and nothing else is decided. Its home is by its hash; how
    full clusters are is not looked at, since only this manifest is read.

    Args:
        options: Where the fleet is, and `paths` with the manifest.
        key: The app, `team/app`.
        today: The day by which pins and bans expire.

    Raises:
        DiagnosticError: as `read_inputs`.
    """
    inputs = read_inputs(options)
    lock, (team, _, app) = inputs.lock, key.partition("/")
    made = propose(inputs.fleet, inputs.demands, lock, today=today).lock
    for cell, homes in made.homes.items():
        home, row = homes.get(key), lock.row(cell, team)
        # A team on one cluster needs no homes in the lock.
        if len(row) > 1 and key not in lock.homes.get(cell, {}) and home in {h.cluster for h in row}:
            mended = lock.homes_of(cell, team) | {app: str(home)}
            lock = lock.with_row(cell, team, row, mended, lock.copies_of(cell, team))
    return None if lock is inputs.lock else dump_lock(lock)


def write_lock(folder: Path, data: bytes) -> None:
    """Put the lock into the fleet's folder, whole or not at all.

    Raises:
        DiagnosticError: SF704, the file system refused.
    """
    try:
        replace_file(folder / LOCK_FILE, data)
    except OSError as error:
        text = f"cannot write {LOCK_FILE}: {error.strerror or error}"
        span = Span(f"{folder.name}/{LOCK_FILE}")
        problem = Diagnostic("SF704", text, span, "free space, or allow writing, and run it again")
        raise DiagnosticError(problem) from None
