"""The commits before a commit, by first parents: the states that the branch had, without those of merged branches."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.git import Revision, environment
from sixfold_compiler.model.days import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

__all__ = ["History", "State", "history_of"]

MISDATED = 100  # commits that are read beyond the first one that is old enough: their dates may not be in order


@dataclass(frozen=True, slots=True)
class State:
    """The first commit in which a file has some content, which git names `blob`, and the day of this commit (UTC)."""

    commit: str
    day: date
    blob: str


@dataclass(frozen=True, slots=True)
class History:
    """The states of a file, the oldest first.

    `cut` is the day of the oldest commit of a clone that is too shallow; None if the history reaches back far enough.
    """

    states: tuple[State, ...] = ()
    cut: date | None = None


def history_of(files: Revision, path: str, since: date) -> History:
    """Return the states of a file in the commits of a revision after the day `since`, and the state on that day.

    No commit counts as older than one of its ancestors: the day of a commit is the latest one up to there.
    """
    commits = list(_read(files, since))[::-1]
    days = list(accumulate((day for _, day in commits), max))
    shallow = files.git("rev-parse", "--is-shallow-repository").strip() == b"true"
    if days and days[0] > since and shallow:
        return History(cut=days[0])
    start = max((number for number, day in enumerate(days) if day <= since), default=0)
    names = [commit for commit, _ in commits[start:]]
    blobs = files.git(
        "cat-file", "--batch-check=%(objectname)", lines=(f"{name}:{files.inside}{path}" for name in names)
    )
    states: list[State] = []
    for name, day, blob in zip(names, days[start:], _blobs(blobs), strict=True):
        if not states or states[-1].blob != blob:
            states.append(State(name, day, blob))
    return History(tuple(states))


def _read(files: Revision, since: date) -> Iterator[tuple[str, date]]:
    """Yield the commits and their days, the newest first, until some are old enough."""
    command = ["git", "-C", str(files.place), "log", "--first-parent", "--no-show-signature", "--format=%H %ct"]
    old = 0
    with subprocess.Popen(
        [*command, files.commit], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            commit, _, seconds = line.partition(" ")
            day = day_of(int(seconds))
            yield commit, day
            old = old + 1 if day <= since else 0
            if old > MISDATED:
                process.kill()
                return


def _blobs(answers: bytes) -> Iterable[str]:
    """Return the name of each object; an empty text for a commit without the file."""
    return (("" if line.endswith(" missing") else line) for line in answers.decode("utf-8", "replace").splitlines())
