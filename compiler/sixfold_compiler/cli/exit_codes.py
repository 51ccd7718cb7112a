"""Exit codes of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.diagnostics import Diagnostic

__all__ = ["ABNORMAL", "CLEAN", "FINDINGS", "INTERRUPTED", "MACHINE", "exit_code"]


CLEAN, FINDINGS, ABNORMAL, INTERRUPTED = 0, 1, 2, 130


MACHINE = "SF704"  # a full or failing disk: no finding about anybody's manifest


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """0 without an error, 2 when the machine refused, 1 for what people wrote."""
    if any(d.code == MACHINE for d in diagnostics):
        return ABNORMAL
    return FINDINGS if any(d.severity == "error" for d in diagnostics) else CLEAN
