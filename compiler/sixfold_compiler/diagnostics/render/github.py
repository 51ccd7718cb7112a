"""The `github` format: workflow commands, which GitHub Actions shows beside the changed lines."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics.text import printable

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.diagnostic import Diagnostic

__all__ = ["command"]


def command(problem: Diagnostic, prefix: str) -> str:
    """Return the workflow command of one problem, with `prefix` before its file name."""
    properties = []
    if problem.span:
        file = str(PurePosixPath(prefix) / problem.span.file) if prefix else problem.span.file
        properties.append(f"file={_property(printable(file))}")
        if problem.span.line:
            properties += [f"line={problem.span.line}", f"col={max(1, problem.span.column)}"]
    properties.append(f"title={_property(problem.code)}")
    text = [printable(problem.message)]
    text += [printable(f"{span.label or 'see also'}: {span}") for span in problem.related]
    if problem.help:
        text.append(f"help: {printable(problem.help, keep=chr(10))}")
    text.append(f"more: sixfold code {problem.code}")
    return f"::{problem.severity} {','.join(properties)}::{_data(chr(10).join(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
