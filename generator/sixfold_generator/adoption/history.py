"""The commits that were adopted and then replaced: none of them is adopted again.

Whoever offers one looks at an older checkout than the adopter before it: an old pod beside a new one, a git-sync that
fell behind, a branch that was set back. Its tombstones approved removals that a newer commit has taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from sixfold_generator.state.snapshot import Snapshot

__all__ = ["extended", "only_forward"]

KEPT = 1000  # commits; 40 kB


def only_forward(adopted: Snapshot | None, commit: str) -> None:
    """Raises `DiagnosticError` (SF812) for a commit that was adopted once and replaced since."""
    if adopted is not None and commit and commit in adopted.superseded:
        raise DiagnosticError(
            Diagnostic(
                "SF812",
                f"commit {commit[:12]} is older than the adopted {adopted.commit[:12]}, which replaced it",
                help="if this checkout is behind, wait or end the second pod; to go back, revert with a new commit",
            )
        )


def extended(adopted: Snapshot | None, commit: str) -> tuple[str, ...]:
    """The commits that are replaced once `commit` is adopted."""
    if adopted is None:
        return ()
    if not adopted.commit or adopted.commit == commit:
        return adopted.superseded
    return (*adopted.superseded, adopted.commit)[-KEPT:]
