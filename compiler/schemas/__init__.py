"""The schemas of the built-in Kubernetes kinds, shipped with Sixfold so that nothing is fetched."""

from __future__ import annotations

from compiler.schemas.kubernetes import Problem, built_in_apis, built_in_kinds, preload, problems, version

__all__ = ["Problem", "built_in_apis", "built_in_kinds", "preload", "problems", "version"]
