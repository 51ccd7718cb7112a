"""Expected texts of tests, in files beside them. SIXFOLD_REWRITE=1 writes the actual texts; review the diff."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def check_snapshot(text: str, file: Path) -> None:
    """Assert that the file holds exactly this text; with SIXFOLD_REWRITE, write the file."""
    if os.environ.get("SIXFOLD_REWRITE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), f"{file.name} differs; SIXFOLD_REWRITE=1 writes it again"
