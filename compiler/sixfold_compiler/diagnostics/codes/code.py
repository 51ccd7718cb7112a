"""The record of one code."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem, for `sixfold code` and docs/codes.md.

    `title` is half a line. `explanation` states what is wrong and why it is rejected. `example` is input that fails
    with this code (YAML, Jsonnet or a command). `fix` states what to do. With `sensitive`, renderers quote no values.
    """

    title: str
    explanation: str
    example: str = ""
    fix: str = ""
    sensitive: bool = False
