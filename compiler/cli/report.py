"""Telling people and programs what a command found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from compiler.render import SourceLines, counted, render, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.diagnostics import Diagnostic
    from compiler.pipeline import Plan, Summary
    from compiler.render import Format
    from compiler.tree import Change

__all__ = ["changed_files", "colored", "named", "note", "show", "shown", "summarized", "verdict"]

NAMED = 5  # apps or teams that a line names
SAMPLE = 10  # files that are named before the rest is counted
_KINDS = {"create": "created", "update": "updated", "delete": "deleted"}


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
    from compiler.cli.run import exit_code

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


def summarized(made: Plan, out: Path, *, written: bool) -> str:
    """What a run did, in a line or three: apps, clusters, overlays, objects, and the files that changed."""
    summary = made.summary
    kinds = [(sum(c.kind == kind for c in made.changes), word) for kind, word in _KINDS.items()]
    told = ", ".join(f"{number:,} {word}" for number, word in kinds if number) or "nothing changed"
    lead = f"{counted(summary.apps, 'app')} on {counted(summary.targets, 'cluster')}"
    objects = f"{counted(summary.overlays, 'overlay')}, {counted(summary.objects, 'object')}"
    parts = [f"{lead}: {objects} ({counted(summary.evaluated, 'app')} evaluated)."]
    parts += _left(summary)
    parts.append(f"{shown(out)}/: {told}." if written else f"{shown(out)}/ would get: {told}.")
    return "\n".join(parts)


def _left(summary: Summary) -> list[str]:
    """Who stays as it was: the apps that failed, five by name, and the teams that are held back."""
    parts = []
    if failed := summary.failed:
        bare = sum(key in summary.bare for key in failed)
        it = "it" if len(failed) == 1 else "they"
        if not bare:
            kept = f"{it} {'keeps' if len(failed) == 1 else 'keep'} the old overlays"
        elif bare == len(failed):
            kept = f"{it} {'has' if len(failed) == 1 else 'have'} no overlays yet"
        else:
            kept = f"{bare:,} of them {'has' if bare == 1 else 'have'} no overlays yet, the others keep the old ones"
        parts.append(f"{counted(len(failed), 'app')} failed: {named(failed)} ({kept}).")
    if held := summary.held:
        teams, they = ("Team", "it stays as it was") if len(held) == 1 else ("Teams", "they stay as they were")
        parts.append(f"{teams} {named(held)} would lose too much; {they}.")
    return parts


def named(names: Sequence[str]) -> str:
    """Apps or teams in a sentence, five at most."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def changed_files(changes: Sequence[Change], out: Path) -> str:
    """The files that are not current, ten at most, and what to do."""
    lines = [f"  {change.kind:6} {shown(out)}/{change.path}" for change in changes[:SAMPLE]]
    if len(changes) > SAMPLE:
        lines.append(f"  and {len(changes) - SAMPLE:,} more")
    return "\n".join(["The tree is not current; run `sixfold compile`:", *lines])


def shown(path: Path) -> str:
    """A path as people write it: relative to this folder where it is inside it, by its last name otherwise."""
    here = Path.cwd()
    if path == here:
        return "."
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
