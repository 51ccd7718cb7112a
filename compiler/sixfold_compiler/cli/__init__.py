"""The command line: one thin module for each command. The work is done in the other packages.

Command modules import only click and options at module level, because `sixfold --help` imports all of them. Importing
the pipeline's libraries would take longer than printing the help.
"""

from sixfold_compiler.cli.main import main

__all__ = ["main"]
