"""The command line: one thin file for each command; the work is in the other packages.

Modules of commands import only click and options at their top, because `sixfold --help` imports all of them: the
libraries of the pipeline would take longer to import than the help takes to print.
"""

from sixfold_compiler.cli.main import main

__all__ = ["main"]
