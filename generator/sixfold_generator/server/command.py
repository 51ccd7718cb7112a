"""The `sixfold-generator` command: the service, with its settings from the environment."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.diagnostics.render import SourceLines, render
from sixfold_generator.server.server import Server
from sixfold_generator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service until a signal ends it. Return 1 for settings or tokens that it must not start with."""
    parser = argparse.ArgumentParser(
        prog="sixfold-generator",
        description="Run the plugin service that Argo CD's ApplicationSets query.",
        epilog="All settings are environment variables, such as SIXFOLD_TREE; docs/operating.md lists them.",
    )
    parser.add_argument("--version", action="version", version=f"sixfold-generator {__version__}")
    parser.parse_args(arguments)
    try:
        Server(Settings.from_environ(os.environ)).run()
    except DiagnosticError as error:
        sys.stderr.write(render(error.diagnostics, "full", sources=SourceLines(())))
        return 1
    return 0
