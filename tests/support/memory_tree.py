"""A tree of overlays in memory, for tests that read thousands of damaged trees."""

from __future__ import annotations

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from tests.support.trees import Memory


class MemoryTree(Memory):
    """An in-memory tree that reports a missing file like a folder."""

    def read(self, path, limit):
        if path not in self.files:
            raise DiagnosticError(Diagnostic("SF801", f"{path} cannot be read"))
        return super().read(path, limit)
