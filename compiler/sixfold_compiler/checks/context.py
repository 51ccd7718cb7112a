"""What the checks are told about the app, and what they report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sixfold_compiler.diagnostics import (
    Span,
    ValuePath,
    printable,
)

__all__ = ["CheckContext", "Finding", "SpanOf", "quote", "sample"]

# Where a plain object was written, by kind and name; None for what the library made.
SpanOf = Callable[[str, str], Span | None]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Whose objects they are and where they go.

    `cluster` is the target's name in messages (several, joined with commas, where their APIs are the same). `apis` is
    what it serves beside the built-in stable APIs, as group/version. `plain` is the (kind, name) of every object that
    the team wrote itself. `kinds` are further kinds that teams may use, as group/Kind.
    """

    app: str
    namespace: str
    cluster: str = ""
    apis: frozenset[str] = frozenset()
    plain: frozenset[tuple[str, str]] = frozenset()
    span: SpanOf | None = None
    pod_security: Literal["restricted", "baseline"] = "restricted"
    kinds: frozenset[str] = frozenset()


class Finding(NamedTuple):
    """A problem of one object, at a path of it; `message` follows the object's name and the path."""

    code: str
    path: ValuePath
    message: str
    help: str = ""


def quote(text: object, length: int = 80) -> str:
    """Something a person wrote, safe to print: in quotes, on one line, cut, without controls or hidden characters."""
    written = printable(str(text)[: length + 1])
    return f"'{written}'" if len(written) <= length else f"'{written[:length]}…'"


def sample(names: Iterable[str], most: int = 5) -> str:
    """Some names, sorted, and how many more there are."""
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(quote(name) for name in ordered[:most]) + more
