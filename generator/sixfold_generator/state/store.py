"""Where the adopted state is kept: a folder on a volume, or ConfigMaps with a folder in front of them.

Workers look at the folder alone, at every request, and never wait for an API server. With ConfigMaps, those are the
truth, and the folder is what one pod shares between its workers: it may be empty at every start (an emptyDir). An
adoption is persisted in the ConfigMaps first; only then does the folder's pointer move.
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
    """What an adopter needs of the state. Only the holder of `lock` calls the other methods."""

    attempt: Path  # how the last adoption went

    def lock(self, seconds: float) -> AbstractContextManager[None]:
        """Holds the lock; waits for at most `seconds`, then raises `BusyError`."""

    def sweep(self) -> None:
        """Removes what a killed adopter left half written."""

    def read(self) -> Snapshot | None:
        """What is adopted; None when nothing ever was. Raises `DamagedError`, and `DiagnosticError` (SF845)."""

    def recover(self) -> Snapshot | None:
        """The same in place of a lost or damaged pointer, where that can be had without a doubt."""

    def write(self, snapshot: Snapshot) -> None:
        """Adopts `snapshot`. Raises OSError, `DiagnosticError` (SF845) and `LostRaceError`, the old state untouched."""

    def note(self, data: bytes) -> None:
        """Replaces the record of the last attempt."""


def open_store(
    folder: Path, configmap: str = "", kubeconfig: Path | None = None, checkpoint: Checkpoint = nothing
) -> Store:
    """The store that the settings choose; `configmap` is `NAMESPACE/NAME`, or empty for the folder alone."""
    state = State(folder, checkpoint)
    return Mirrored(state, configmap, kubeconfig, checkpoint) if configmap else state


class Mirrored:
    """ConfigMaps, with a folder that follows them. How the last look at them went is in the folder as well.

    The folder is never ahead of the ConfigMaps by itself. When it is (they were deleted, or put back from a backup),
    what the folder holds was adopted and served, so it is persisted again: nothing that is served goes backwards.
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
        """The folder's lock: of two pods, the pointer's version lets one win."""
        return self._state.lock(seconds)

    def sweep(self) -> None:
        """Removes half written files; pieces that no pointer names go after the next adoption."""
        self._state.sweep()

    def note(self, data: bytes) -> None:
        """Into the folder: how one pod's adoption went is of no use to another pod."""
        self._state.note(data)

    def read(self) -> Snapshot | None:
        """Brings the folder up to date with the ConfigMaps, or them with it, and returns what is adopted."""
        try:
            local = self._state.read()
        except DamagedError:
            local = None  # the ConfigMaps know better
        try:
            snapshot = self._agree(local)
        except DamagedError as error:
            self._noted(_damaged(str(error)))
            raise
        except Exception as error:
            self._fail(error)
            raise
        self._noted(None)
        return snapshot

    def recover(self) -> Snapshot | None:
        """The same once more: what can be mended, `read` mends."""
        return self.read()

    def write(self, snapshot: Snapshot) -> None:
        """Persists `snapshot`, then moves the folder's pointer. A kill in between is mended by the next `read`."""
        try:
            self._save(snapshot)
        except Exception as error:
            self._fail(error)
            raise
        self._noted(None)
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
        """Raises what the client said as a diagnostic, and leaves it in the folder for every worker to show."""
        from sixfold_compiler.live import ApiError

        if isinstance(error, ApiError | ValueError):
            problem = _unreachable(self._where, error)
        elif isinstance(error, DiagnosticError):
            problem = error.diagnostics[0]
        else:
            return
        self._noted(problem)
        raise DiagnosticError(problem) from error

    def _noted(self, problem: Diagnostic | None) -> None:
        problems = () if problem is None else (Problem(problem.code, problem.message, problem.help),)
        outcome = "failed" if problem is not None else "persisted"
        self._state.note_persisted(Attempt("", outcome, "", problems, Instant.now()).encode())


def _unreachable(where: str, error: Exception) -> Diagnostic:
    refused = isinstance(error, ValueError) or getattr(error, "status", 0) in {401, 403, 413, 422}
    return Diagnostic(
        "SF845",
        f"the adopted state in ConfigMap {where} is out of reach: {error}",
        help="give the generator's service account its Role in that namespace, or use a volume"
        if refused
        else "what was adopted goes on being served, and nothing new is adopted until the API server answers again",
    )


def _damaged(why: str) -> Diagnostic:
    return Diagnostic("SF820", f"the adopted state is damaged: {why}", help="see docs/operating.md, Restore")
