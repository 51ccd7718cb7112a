"""The history of adopted commits: a commit that was replaced is not adopted again.

An adopter that finds such a commit reads an older checkout than the adopter before it: an old pod beside a new one, a
git-sync that fell behind, a branch that was set back. The tombstones of that commit may approve deletions that a newer
commit has withdrawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from sixfold_generator.state.snapshot import Snapshot

__all__ = ["extended", "only_forward"]

KEPT = 1000  # commits; 40 kB


def only_forward(adopted: Snapshot | None, commit: str) -> None:
    """Reject a commit that was adopted and replaced before.

    Raises:
        DiagnosticError: SF812.
    """
    if adopted is not None and commit and commit in adopted.superseded:
        raise DiagnosticError(
            Diagnostic(
                "SF812",
                f"commit {commit[:12]} was already replaced by the adopted commit {adopted.commit[:12]}",
                help="if this checkout is behind, wait or stop the second pod; to go back, revert with a new commit",
            )
        )


def extended(adopted: Snapshot | None, commit: str) -> tuple[str, ...]:
    """Return the replaced commits after the adoption of `commit`, the oldest first."""
    if adopted is None:
        return ()
    if not adopted.commit or adopted.commit == commit:
        return adopted.superseded
    return (*adopted.superseded, adopted.commit)[-KEPT:]
