"""Diagnostics of a worker that died, and of a file that could not be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from sixfold_compiler.engine import Failure

__all__ = ["failure_diagnostic", "unwritable"]


def failure_diagnostic(failure: Failure, key: str, span: Span | None) -> Diagnostic:
    """Build the diagnostic of a job whose worker died, as a problem of the app `key` (`team/app`)."""
    if failure.reason == "write":
        return unwritable(failure.detail)
    code, help_text = {
        "time": (
            "SF501",
            "look for very large values in the manifest, and for endless recursion in the library's extension",
        ),
        "memory": ("SF502", "make the large values in the manifest smaller"),
        "crash": ("SF503", "make the manifest smaller, and report the crash to the developers of Sixfold"),
    }.get(failure.reason, ("SF901", f"this is a defect of Sixfold {__version__}: please report it with the manifest"))
    first = failure.detail.splitlines()[0] if failure.detail else failure.reason
    return Diagnostic(code, f"{key} could not be compiled: {first}", span, help_text, app=key, detail=failure.detail)


def unwritable(reason: str) -> Diagnostic:
    """Build the SF704 of a file that could not be written. It belongs to no app, so nothing is written."""
    return Diagnostic(
        "SF704",
        f"cannot write the tree: {reason}",
        None,
        "free disk space or correct the permissions, then run the same command again, which repairs the tree",
    )
