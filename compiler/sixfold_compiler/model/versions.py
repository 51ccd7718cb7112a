"""The order of image versions."""

from __future__ import annotations

import re

__all__ = ["goes_back"]

_VERSION = re.compile(
    r"v?(?P<numbers>[0-9]{1,30}(\.[0-9]{1,30}){0,9})"
    r"([-.]?(?P<stage>dev|snapshot|alpha|beta|pre|preview|rc)[-.]?(?P<step>[0-9]{0,30}))?([-_@].*)?",
    re.IGNORECASE,
)
_STAGES = {"dev": 0, "snapshot": 0, "alpha": 1, "beta": 2, "pre": 3, "preview": 3, "rc": 4}
_FINISHED = 5

_Order = tuple[tuple[int, ...], int, int]


def goes_back(before: str, after: str) -> bool:
    """Return whether an image version is older than the one before it.

    Versions are ordered by their numbers (`1.9` before `1.10`), then by a stage before the finished version
    (`2.0-rc.1` before `2.0`). What follows, such as `-alpine`, is not compared. Two versions of which one does not
    begin with a number, such as a digest or the hash of a commit, have no order.
    """
    old, new = _order(before), _order(after)
    return old is not None and new is not None and new < old


def _order(version: str) -> _Order | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    numbers = [int(number) for number in match["numbers"].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    stage = _STAGES[match["stage"].lower()] if match["stage"] else _FINISHED
    return tuple(numbers), stage, int(match["step"] or 0)
