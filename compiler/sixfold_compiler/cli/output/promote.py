"""Output of `sixfold promote`: the versions that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import counted

if TYPE_CHECKING:
    from sixfold_compiler.operations.promote import Promotion

__all__ = ["versions_text"]


def versions_text(promotion: Promotion, source: str, target: str) -> str:
    """Return one line for each promoted app, with its versions before and after."""
    width = max(len(str(change.app)) for change in promotion.changes)
    lines = [f"  {str(c.app).ljust(width)}  {c.before or '(none)'} -> {c.after}" for c in promotion.changes]
    return "\n".join([f"From {source} to {target}, {counted(len(promotion.changes), 'app')}:", *lines, ""])
