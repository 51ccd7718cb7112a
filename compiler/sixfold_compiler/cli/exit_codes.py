"""Exit codes of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.diagnostics import Diagnostic

__all__ = ["ABNORMAL", "CLEAN", "FINDINGS", "INTERRUPTED", "exit_code"]

CLEAN, FINDINGS, ABNORMAL, INTERRUPTED = 0, 1, 2, 130

DISK = "SF704"  # a full or failing disk is no mistake in an input


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """Return the exit code: 0 without an error, 2 if a file could not be written, 1 for errors in the inputs."""
    if any(d.code == DISK for d in diagnostics):
        return ABNORMAL
    return FINDINGS if any(d.severity == "error" for d in diagnostics) else CLEAN
