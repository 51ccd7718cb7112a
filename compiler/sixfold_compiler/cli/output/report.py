"""Telling people and programs what a command found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from sixfold_compiler.diagnostics.render import SourceLines, render, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.diagnostics.render import Format

__all__ = ["colored", "note", "show", "shown", "verdict"]


def show(
    diagnostics: Sequence[Diagnostic],
    output: Format = "full",
    *,
    roots: tuple[Path, ...] = (),
    err: bool = False,
    verbose: bool = False,
) -> None:
    """Print findings: to stdout where they are the command's data, to stderr (`err`) where something else is."""
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


def note(text: str) -> None:
    """One line for people, on stderr."""
    click.echo(text, err=True, color=colored(sys.stderr))


def verdict(diagnostics: Sequence[Diagnostic], output: Format) -> int:
    """The exit code; and, for people, how many findings there are."""
    from sixfold_compiler.cli.exit_codes import exit_code

    if diagnostics and output in ("full", "concise"):
        note(f"Found {tally(diagnostics)}.")
    return exit_code(diagnostics)


def colored(stream: TextIO) -> bool:
    """Whether colour is wanted: only on a terminal that has it, and not against NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _workspace_prefix() -> str:
    """This folder as GitHub names it: relative to the checkout that the workflow runs in."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    here = Path.cwd()
    return here.relative_to(workspace).as_posix() if workspace and here.is_relative_to(workspace) else ""


def shown(path: Path) -> str:
    """A path as people write it: relative to this folder where it is inside it, by its last name otherwise."""
    here = Path.cwd()
    if path == here:
        return "."
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
