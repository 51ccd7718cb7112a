"""Snapshots: expected texts in files beside a test module. SIXFOLD_REWRITE=1 writes the actual texts into them."""

from __future__ import annotations

from pathlib import Path

from tests.support.suite import rewriting

__all__ = ["check_snapshot"]


def check_snapshot(module: str, name: str, text: str) -> None:
    """Compare a text with the file `snapshots/<name>` beside a test module, whose `__file__` is `module`."""
    path = Path(module).parent / "snapshots" / name
    if rewriting():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
