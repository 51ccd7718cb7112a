"""Run commands in this checkout, and print progress and errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CACHE", "ROOT", "VENV", "CommandError", "call", "complain", "must", "say"]

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
FOREIGN = {"PYTHONPATH", "PYTHONHOME"}  # settings of the caller's own Python, which would mix two environments


class CommandError(Exception):
    """The error of a command that failed and has printed the reason. `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def call(command: Sequence[str | Path], text: str | None = None, environ: dict[str, str] | None = None) -> int:
    """Run a command in the checkout and return its exit status. Its input is `text`, or that of this process."""
    sys.stdout.flush()
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=ROOT, env=clean() | (environ or {}), input=text, text=True, check=False).returncode


def must(command: Sequence[str | Path], text: str | None = None, environ: dict[str, str] | None = None) -> None:
    """Run a command. Raises `CommandError` if it fails."""
    if status := call(command, text, environ):
        complain(f"{Path(command[0]).name} failed with exit status {status}")
        raise CommandError(status)


def clean() -> dict[str, str]:
    """Return the environment variables without those that configure the Python of the caller."""
    return {key: value for key, value in os.environ.items() if key not in FOREIGN}


def say(text: str) -> None:
    """Print a line of progress to stderr."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def complain(text: str) -> int:
    """Print an error to stderr and return 2, the exit status for it."""
    say(text)
    return 2
