"""Checks of Kubernetes objects: Sixfold's rules for teams, references between objects, Kubernetes' schemas."""

from __future__ import annotations

from sixfold_compiler.checks.context import CheckContext
from sixfold_compiler.checks.run import check_fields, check_metadata, check_objects, check_plain
from sixfold_compiler.checks.shared import check_shared

__all__ = ["CheckContext", "check_fields", "check_metadata", "check_objects", "check_plain", "check_shared"]
