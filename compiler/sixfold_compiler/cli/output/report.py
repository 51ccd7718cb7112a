"""Printing of findings and messages: data to stdout, messages for people to stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from sixfold_compiler.cli.exit_codes import exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.diagnostics.render import Format

__all__ = ["colored", "note", "show", "shown"]


def show(
    diagnostics: Sequence[Diagnostic],
    output: Format = "full",
    *,
    roots: tuple[Path, ...] = (),
    err: bool = False,
    verbose: bool = False,
) -> int:
    """Print findings, with a total in the formats for people, and return the exit code.

    Args:
        diagnostics: The findings.
        output: The format.
        roots: Folders of the files that findings quote, in addition to the current folder.
        err: Print to stderr, because stdout carries other data.
        verbose: Print raw traces with the findings.
    """
    if not diagnostics and output != "json":
        return exit_code(diagnostics)
    from sixfold_compiler.diagnostics.render import SourceLines, render, tally  # takes 6 ms; most runs find nothing

    stream = sys.stderr if err else sys.stdout
    text = render(
        diagnostics,
        output,
        sources=SourceLines((Path.cwd(), *roots)),
        color=colored(stream),
        verbose=verbose,
        prefix=_workspace_prefix() if output == "github" else "",
    )
    click.echo(text, file=stream, nl=False, color=colored(stream))
    if diagnostics and output in ("full", "concise"):
        note(f"Found {tally(diagnostics)}.")
    return exit_code(diagnostics)


def note(text: str) -> None:
    """Print a message to stderr."""
    click.echo(text, err=True, color=colored(sys.stderr))


def colored(stream: TextIO) -> bool:
    """Return whether to print colors: the stream is a terminal that supports them, and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shown(path: Path) -> str:
    """Return a path for messages: relative to the current folder if the path is inside it, else its last name."""
    current = Path.cwd()
    if path == current:
        return "."
    return path.relative_to(current).as_posix() if path.is_relative_to(current) else path.name


def _workspace_prefix() -> str:
    """Return the current folder's path in the checkout of a GitHub workflow; empty outside of a workflow."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    current = Path.cwd()
    return current.relative_to(workspace).as_posix() if workspace and current.is_relative_to(workspace) else ""
