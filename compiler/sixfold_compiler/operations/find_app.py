"""Look up an app by the name that a person typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.model.addresses import AppKey

__all__ = ["find_app"]


def find_app(name: str, keys: Iterable[AppKey], problem: Diagnostic) -> AppKey:
    """Return the app named `TEAM/APP`, or `APP` if only one team has an app of this name.

    Args:
        name: The name.
        keys: The apps to choose from.
        problem: The finding if no app matches. If several apps match, its message and help are replaced.

    Raises:
        DiagnosticError: No app matches, or more than one.
    """
    known = sorted(keys)
    matches = [key for key in known if name in (str(key), key.name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        text = f"{name!r} could be {' or '.join(map(str, matches))}"
        raise DiagnosticError(replace(problem, message=text, help="write TEAM/APP"))
    names = [*map(str, known), *(key.name for key in known)]
    raise DiagnosticError(replace(problem, help=suggest(name, names)))
