"""Checks on Kubernetes objects: of the team, of the cluster, of each other, and of Kubernetes' own schemas."""

from __future__ import annotations

from sixfold_compiler.checks.context import CheckContext
from sixfold_compiler.checks.run import check_metadata, check_objects, check_plain

__all__ = ["CheckContext", "check_metadata", "check_objects", "check_plain"]
