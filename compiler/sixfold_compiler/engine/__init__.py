"""Jsonnet evaluation: two engines behind one interface, confined imports, and worker processes with limits."""

from sixfold_compiler.engine.extension import check_extension, extension_names, systems_of
from sixfold_compiler.engine.jsonnet import EngineName, EvaluationError, evaluate, evaluate_together
from sixfold_compiler.engine.library import Library, library_folder
from sixfold_compiler.engine.pool import Failure, Pool

__all__ = [
    "EngineName",
    "EvaluationError",
    "Failure",
    "Library",
    "Pool",
    "check_extension",
    "evaluate",
    "evaluate_together",
    "extension_names",
    "library_folder",
    "systems_of",
]
