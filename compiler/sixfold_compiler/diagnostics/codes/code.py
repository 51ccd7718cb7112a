"""The record of one code."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem, as `sixfold code` and docs/codes.md describe it.

    `title` is a short phrase. `explanation` states what is wrong and why it is rejected. `example` is input that causes
    the code (YAML, Jsonnet or a command). `fix` states what to do. If `sensitive` is set, renderers quote no values.
    """

    title: str
    explanation: str
    example: str
    fix: str
    sensitive: bool = False
