"""The command line: one thin file per command, each over steps that live elsewhere in `compiler`.

Nothing heavy is imported here or at the top of a command's module: `sixfold --help` is read more often than a fleet is
compiled, and the pipeline's libraries cost more to import than the help costs to print.
"""

from sixfold_compiler.cli.main import main

__all__ = ["main"]
