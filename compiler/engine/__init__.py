"""Jsonnet evaluation: engines behind one interface, confined imports, and worker processes with limits."""

from compiler.engine.extension import check_extension, extension_names
from compiler.engine.jsonnet import EngineName, EvaluationError, evaluate
from compiler.engine.library import ConfinementError, Library, library_folder, read_confined, unreadable
from compiler.engine.pool import Failure, Pool

__all__ = [
    "ConfinementError",
    "EngineName",
    "EvaluationError",
    "Failure",
    "Library",
    "Pool",
    "check_extension",
    "evaluate",
    "extension_names",
    "library_folder",
    "read_confined",
    "unreadable",
]
