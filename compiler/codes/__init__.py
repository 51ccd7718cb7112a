"""Every code that a diagnostic can have: what it means, an input that fails with it, and what to do.

`CODES` is the one table; `sixfold code`, docs/codes.md and a test that walks the sources read it.
"""

from __future__ import annotations

from compiler.codes.code import Code
from compiler.codes.compiling import COMPILING
from compiler.codes.deletions import DELETIONS
from compiler.codes.fleet import FLEET
from compiler.codes.generator import GENERATOR
from compiler.codes.internal import INTERNAL
from compiler.codes.loading import LOADING
from compiler.codes.manifest import MANIFEST
from compiler.codes.moving import MOVING
from compiler.codes.objects import OBJECTS
from compiler.codes.ownership import OWNERSHIP
from compiler.codes.placement import PLACEMENT

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
