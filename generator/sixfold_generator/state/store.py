"""Keep the adopted state in a folder on a volume, or in ConfigMaps with a folder in front of them.

Workers read the folder alone, at every request, and never wait for an API server. With ConfigMaps, those decide, and
the folder is what the workers of one pod share: it may be empty at every start (an emptyDir). An adoption is persisted
in the ConfigMaps first; only then does the folder's pointer move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.files.atomic import nothing
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import LostRaceError, State
from sixfold_generator.state.snapshot import DamagedError, Snapshot

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint
    from sixfold_generator.state.chunks import Pointer
    from sixfold_generator.state.configmaps import ConfigMaps

__all__ = ["Mirrored", "Store", "open_store"]


class Store(Protocol):
    """The adopted state as an adopter uses it. Only the holder of `lock` calls the other methods."""

    attempt: Path  # the record of the last adoption

    def lock(self, seconds: float) -> AbstractContextManager[None]:
        """Hold the lock; wait for at most `seconds`, then raise `BusyError`."""

    def sweep(self) -> None:
        """Delete files that a killed adopter left incomplete."""

    def read(self) -> Snapshot | None:
        """Read the adopted snapshot; None when nothing was ever adopted. Raises `DamagedError`, SF845."""

    def recover(self) -> Snapshot | None:
        """Read the adopted snapshot even if the pointer is lost or damaged. Raises `DamagedError` if that fails."""

    def write(self, snapshot: Snapshot) -> None:
        """Adopt a snapshot.

        Raises:
            OSError, DiagnosticError: The folder or (SF845) the ConfigMaps cannot be written. The state is unchanged.
            LostRaceError: Another adopter was faster. The state is unchanged.
        """

    def note(self, data: bytes) -> None:
        """Replace the record of the last attempt."""


def open_store(
    folder: Path, configmap: str = "", kubeconfig: Path | None = None, checkpoint: Checkpoint = nothing
) -> Store:
    """Open the store of the settings; `configmap` is `NAMESPACE/NAME`, or empty for the folder alone."""
    state = State(folder, checkpoint)
    return Mirrored(state, configmap, kubeconfig, checkpoint) if configmap else state


class Mirrored:
    """ConfigMaps with a folder that follows them. The record of the last access to them is in the folder as well.

    A folder that is ahead of the ConfigMaps (they were deleted, or restored from a backup) holds what was adopted and
    served, so it is persisted again: the served state never goes back.
    """

    def __init__(self, state: State, configmap: str, kubeconfig: Path | None, checkpoint: Checkpoint = nothing) -> None:
        self._state = state
        self._where = configmap
        self._kubeconfig = kubeconfig
        self._checkpoint = checkpoint
        self._pointer: Pointer | None = None
        self._opened: ConfigMaps | None = None
        self.attempt = state.attempt

    def lock(self, seconds: float) -> AbstractContextManager[None]:
        """Hold the lock of the folder. Between two pods, the version of the pointer decides."""
        return self._state.lock(seconds)

    def sweep(self) -> None:
        """Delete incomplete files. Pieces that no pointer names are deleted after the next adoption."""
        self._state.sweep()

    def note(self, data: bytes) -> None:
        """Replace the record of the last attempt in the folder; it is of no use to another pod."""
        self._state.note(data)

    def read(self) -> Snapshot | None:
        """Read the adopted snapshot, and bring the folder or the ConfigMaps up to date with the other."""
        try:
            local = self._state.read()
        except DamagedError:
            local = None  # the ConfigMaps have it
        try:
            snapshot = self._agree(local)
        except DamagedError as error:
            self._record(_damaged(str(error)))
            raise
        except Exception as error:
            self._fail(error)
            raise
        self._record(None)
        return snapshot

    def recover(self) -> Snapshot | None:
        """Read again: `read` repairs what can be repaired."""
        return self.read()

    def write(self, snapshot: Snapshot) -> None:
        """Persist a snapshot, then move the folder's pointer. The next `read` repairs what a kill in between leaves."""
        try:
            self._save(snapshot)
        except Exception as error:
            self._fail(error)
            raise
        self._record(None)
        self._state.write(snapshot)

    def _agree(self, local: Snapshot | None) -> Snapshot | None:
        maps = self._maps()
        self._pointer = pointer = maps.pointer()
        newest = pointer.entries[0] if pointer is not None and pointer.entries else None
        if newest is None or (local is not None and local.sequence > newest.sequence):
            if local is not None:
                self._save(local)
            return local
        if local is not None and self._state.digest() == newest.sha256:
            if pointer is not None and maps.missing(pointer):
                self._save(local)
            return local
        snapshot = self._load(pointer) if pointer is not None else None
        if snapshot is not None:
            self._state.write(snapshot)
        return snapshot

    def _load(self, pointer: Pointer) -> Snapshot | None:
        try:
            return self._maps().load(pointer)
        except DamagedError:
            now = self._maps().pointer()
            if now is None or now.version == pointer.version:
                raise
            raise LostRaceError from None  # its pieces were removed because another adopter was faster

    def _save(self, snapshot: Snapshot) -> None:
        self._pointer = self._maps().save(snapshot, self._pointer)

    def _maps(self) -> ConfigMaps:
        if self._opened is None:
            from sixfold_compiler.live import own_cluster
            from sixfold_generator.state.configmaps import ConfigMaps

            namespace, _, name = self._where.partition("/")
            self._opened = ConfigMaps(own_cluster(self._kubeconfig), namespace, name, self._checkpoint)
        return self._opened

    def _fail(self, error: Exception) -> None:
        """Raise an error of the client as a diagnostic, and record it in the folder, where every worker reads it."""
        from sixfold_compiler.live import ApiError

        if isinstance(error, ApiError | ValueError):
            problem = _unreachable(self._where, error)
        elif isinstance(error, DiagnosticError):
            problem = error.diagnostics[0]
        else:
            return
        self._record(problem)
        raise DiagnosticError(problem) from error

    def _record(self, problem: Diagnostic | None) -> None:
        problems = () if problem is None else (Problem(problem.code, problem.message, problem.help),)
        outcome = "failed" if problem is not None else "persisted"
        self._state.note_persisted(Attempt("", outcome, "", problems, Instant.now()).encode())


def _unreachable(where: str, error: Exception) -> Diagnostic:
    refused = isinstance(error, ValueError) or getattr(error, "status", 0) in {401, 403, 413, 422}
    return Diagnostic(
        "SF845",
        f"the adopted state in the ConfigMap {where} cannot be read or written: {error}",
        help="give the service account of the generator its Role in that namespace, or use a volume"
        if refused
        else "check the API server: until it answers, the adopted state is served and nothing is adopted",
    )


def _damaged(why: str) -> Diagnostic:
    return Diagnostic(
        "SF820",
        f"the adopted state is damaged: {why}",
        help="restore the state from a backup, as docs/operating.md explains under Restore",
    )
