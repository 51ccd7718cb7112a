"""The codes of all diagnostics, each with its meaning, an example input that causes it, and a fix.

`CODES` is the only table. `sixfold code` and docs/codes.md are generated from it, and a test compares it with the
sources.
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
from sixfold_compiler.diagnostics.codes.names import NAMES
from sixfold_compiler.diagnostics.codes.objects import OBJECTS
from sixfold_compiler.diagnostics.codes.ownership import OWNERSHIP
from sixfold_compiler.diagnostics.codes.placement import PLACEMENT
from sixfold_compiler.diagnostics.codes.policy import POLICY
from sixfold_compiler.diagnostics.codes.verifying import VERIFYING

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = dict(
    sorted(
        {
            **LOADING,
            **MANIFEST,
            **FLEET,
            **NAMES,
            **OWNERSHIP,
            **PLACEMENT,
            **MOVING,
            **COMPILING,
            **DELETIONS,
            **VERIFYING,
            **OBJECTS,
            **POLICY,
            **GENERATOR,
            **INTERNAL,
        }.items()
    )
)
