"""The input of the checks (the app whose objects are checked) and their results (findings)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sixfold_compiler.checks.policy.rules import Lists
from sixfold_compiler.diagnostics import Json, Span, ValuePath, printable

__all__ = ["CheckContext", "Finding", "SpanOf", "quote", "sample"]

# Returns the place of a plain object by kind and name; None for an object of the library.
SpanOf = Callable[[str, str], Span | None]

QUOTED = 80  # characters of a value in a message
SAMPLE = 5  # names in a message


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The app (`team/app`) whose objects are checked, and the cluster that the objects are for.

    `cluster` is the cluster's name in messages; several clusters that serve the same APIs are joined with commas.
    `apis` are the APIs (group/version) that the cluster serves in addition to the built-in stable ones. `plain` is the
    (kind, name) of each object that the team wrote itself. `lists` are the team's references out of its namespace.
    """

    app: str
    namespace: str
    cluster: str = ""
    apis: frozenset[str] = frozenset()
    plain: frozenset[tuple[str, str]] = frozenset()
    span: SpanOf | None = None
    pod_security: Literal["restricted", "baseline"] = "restricted"
    lists: Lists = field(default_factory=Lists)


class Finding(NamedTuple):
    """A problem at a path of one object. `message` completes a sentence that begins with the object and the path."""

    code: str
    path: ValuePath
    message: str
    help: str = ""


def quote(text: Json) -> str:
    """Return a value in quotes for a message: on one line, cut to `QUOTED` characters, hidden characters escaped."""
    written = printable(str(text)[: QUOTED + 1])
    return f"'{written}'" if len(written) <= QUOTED else f"'{written[:QUOTED]}…'"


def sample(names: Iterable[str]) -> str:
    """Return up to `SAMPLE` names, sorted and in quotes, followed by the number of omitted names."""
    ordered = sorted(names)
    others = f" and {len(ordered) - SAMPLE} more" if len(ordered) > SAMPLE else ""
    return ", ".join(quote(name) for name in ordered[:SAMPLE]) + others
