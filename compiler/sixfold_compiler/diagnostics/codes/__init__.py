"""Every code that a diagnostic can have: what it means, an input that fails with it, and what to do.

`CODES` is the one table; `sixfold code`, docs/codes.md and a test that walks the sources read it.
"""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code
from sixfold_compiler.diagnostics.codes.compiling import COMPILING
from sixfold_compiler.diagnostics.codes.deletions import DELETIONS
from sixfold_compiler.diagnostics.codes.fleet import FLEET
from sixfold_compiler.diagnostics.codes.generator import GENERATOR
from sixfold_compiler.diagnostics.codes.internal import INTERNAL
from sixfold_compiler.diagnostics.codes.loading import LOADING
from sixfold_compiler.diagnostics.codes.manifest import MANIFEST
from sixfold_compiler.diagnostics.codes.migration import MOVING
from sixfold_compiler.diagnostics.codes.objects import OBJECTS
from sixfold_compiler.diagnostics.codes.ownership import OWNERSHIP
from sixfold_compiler.diagnostics.codes.placement import PLACEMENT

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = dict(
    sorted(
        {
            **LOADING,
            **MANIFEST,
            **FLEET,
            **OWNERSHIP,
            **PLACEMENT,
            **MOVING,
            **COMPILING,
            **DELETIONS,
            **OBJECTS,
            **GENERATOR,
            **INTERNAL,
        }.items()
    )
)
