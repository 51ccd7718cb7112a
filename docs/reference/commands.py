"""Generate the reference pages of the command line and of the codes."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from sixfold_compiler.cli.group import cli
from sixfold_compiler.diagnostics.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["cli_page", "codes_page", "write"]

_SECTIONS = {
    "SF1": "Reading files and YAML",
    "SF2": "Manifests, release files, publishing and promoting",
    "SF3": "The fleet",
    "SF4": "Placement, roads and names",
    "SF5": "The library",
    "SF6": "Objects",
    "SF7": "The overlay tree",
    "SF8": "The generator",
    "SF9": "Sixfold itself",
}


def write(folder: Path) -> list[Path]:
    """Write cli.md and codes.md into a folder, and return their paths.

    Raises:
        OSError: A file cannot be written.
    """
    pages = {folder / "cli.md": cli_page(), folder / "codes.md": codes_page()}
    for path, text in pages.items():
        path.write_text(text, "utf-8")
    return list(pages)


def cli_page() -> str:
    """Return the page of the command line."""
    lines = [
        "# Command line",
        "",
        "<!-- Generated from the commands' own help: `python3 dev.py docs`. -->",
        "",
        "Exit codes: 0 clean, 1 findings, 2 other errors (usage, disk, internal errors), 130 interrupted. Data goes to",
        "stdout, messages for people to stderr. Colors and progress bars appear only on a terminal, and no colors with",
        "`NO_COLOR`. Findings are the data of `compile` and `check`; the other commands print them to stderr.",
        "",
    ]
    context = click.Context(cli, info_name="sixfold")
    for name, command in _commands(cli, context):
        lines += _command(command, f"sixfold {name}", context, 2)
    return "\n".join(lines).rstrip("\n") + "\n"


def codes_page() -> str:
    """Return the page of all codes: meaning, example and fix of each."""
    lines = [
        "# Codes",
        "",
        "<!-- Generated from compiler/sixfold_compiler/diagnostics/codes/: `python3 dev.py docs`. -->",
        "",
        "Every finding has a stable code. `sixfold code SF107` prints one of these entries.",
        "",
    ]
    for prefix, title in _SECTIONS.items():
        lines += [f"## {title}", ""]
        for name, entry in ((name, entry) for name, entry in CODES.items() if name.startswith(prefix)):
            lines += [f'<a id="{name.lower()}"></a>', f"### {name}: {entry.title}", "", entry.explanation, ""]
            if entry.example:
                lines += ["```text", *entry.example.rstrip("\n").split("\n"), "```", ""]
            lines += [f"**What to do:** {entry.fix}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _command(command: click.Command, path: str, parent: click.Context, level: int) -> list[str]:
    """Return the section of a command, such as `sixfold init app`, with its subcommands one level below."""
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"{'#' * level} {path}", "", "```text", f"{path} {usage}", "```", "", *_prose(command.help or ""), ""]
    rows = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and (record := _option(parameter, context))
    ]
    if rows:
        lines += ["| option | what it does |", "| --- | --- |", *rows, ""]
    if isinstance(command, click.Group):
        for name, child in _commands(command, context):
            lines += _command(child, f"{path} {name}", context, level + 1)
    return lines


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands of a group by name, in the order of its help."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield name, command


def _option(option: click.Option, context: click.Context) -> str:
    """Return the table row of an option; empty for `--help` and hidden options."""
    record = option.get_help_record(context)
    if record is None or "--help" in option.opts:
        return ""
    names, text = record
    cell = re.sub(r"\s+", " ", text).replace("|", "\\|")
    return f"| `{names.replace('|', chr(92) + '|')}` | {cell} |"


def _prose(text: str) -> list[str]:
    """Convert click's help to Markdown. A paragraph after a backspace becomes a block with its lines unchanged."""
    lines: list[str] = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            head, *body = paragraph.removeprefix("\b").lstrip("\n").split("\n")
            lines += [head, "", "```sh", *inspect.cleandoc("\n".join(["", *body])).split("\n"), "```", ""]
        else:
            lines += [*paragraph.split("\n"), ""]
    return lines[:-1]
