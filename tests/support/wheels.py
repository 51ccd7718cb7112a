"""Wheels of this checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["build_wheel"]

ROOT = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder, and return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("sixfold-*.whl")
    return wheel
