"""The day on which deletions and approvals are judged: an input like the files, so that a verdict can be repeated.

For inputs that are committed it is the day of the commit that is checked out: its committer date, which the forge sets
when it merges. For inputs that are not, it is the day of the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.git import git, succeeds
from sixfold_compiler.model.days import day_of
from sixfold_compiler.model.names import NAMES_FILE

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.inputs.options import Options

__all__ = ["Day"]

_INPUTS = (":(glob)**/apps/**", ":(glob)**/releases/**")  # of the deploy repo, beside the fleet's folder


class Day:
    """The day of one command. Git is asked when the day is first needed, which most compiles never do."""

    def __init__(self, options: Options) -> None:
        self._options = options

    @cached_property
    def value(self) -> date:
        """The day, in UTC."""
        return self._options.today or _committed(self._options) or datetime.now(UTC).date()


def _committed(options: Options) -> date | None:
    """Return the day of the commit that is checked out; None if an input differs from it, and outside of git."""
    inputs = (str(options.fleet.resolve()), *_INPUTS, *map(str, (path.resolve() for path in options.paths)))
    written = (f":(exclude){path.resolve()}" for path in (options.out, options.fleet / NAMES_FILE))  # by a compile
    try:
        if not succeeds(options.base, "rev-parse", "--verify", "--quiet", "HEAD"):
            return None
        if git(options.base, "status", "--porcelain", "--untracked-files=normal", "--", *inputs, *written):
            return None
        return day_of(int(git(options.base, "log", "-1", "--no-show-signature", "--format=%ct")))
    except (DiagnosticError, ValueError):  # git is not installed, or an input is outside of the repository
        return None
