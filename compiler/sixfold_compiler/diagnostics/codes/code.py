"""What the table of codes is made of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem, for `sixfold code` and docs/codes.md.

    `title` is half a line; `explanation` says what is wrong and why it is refused; `example` is input that fails with
    this code (YAML, Jsonnet or a command); `fix` says what to do. With `sensitive`, the renderers quote no values.
    """

    title: str
    explanation: str
    example: str = ""
    fix: str = ""
    sensitive: bool = False
