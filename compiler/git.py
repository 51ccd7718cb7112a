"""The git program, run in a checkout."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["git"]


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """What `git` with these arguments says in `folder`; without `check`, whatever its exit code is.

    Raises:
        DiagnosticError: SF237, git is missing, or it failed.
    """
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise DiagnosticError(Diagnostic("SF237", "git is not installed", None, "install it")) from None
    if check and done.returncode != 0:
        told = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        raise DiagnosticError(
            Diagnostic("SF237", f"git {arguments[0]} failed: {told.splitlines()[-1]}", None, _hint(told), detail=told)
        )
    return done.stdout.strip()


def _hint(told: str) -> str:
    if "not a git repository" in told:
        return "name a checkout of the deploy repo with --deploy-repo"
    if "tell me who you are" in told or "empty ident" in told:
        return "set git's user.name and user.email in the checkout"
    return "see what git says with --verbose"
