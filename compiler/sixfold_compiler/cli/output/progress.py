"""A progress bar on stderr for slow compiles. Nothing is shown if stderr is not a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

__all__ = ["progress"]

PATIENCE = 0.7  # seconds without a bar: most commands end before, and rich takes a while to import

_TITLES = {"reading": "Reading manifests", "compiling": "Compiling apps", "platform": "Compiling the platform"}


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """Yield a function that shows progress, called with (step, done, total); None if stderr is not a terminal.

    The bar is removed when the context ends.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    """A progress bar with one line for each step. It appears after `PATIENCE` seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def update(self, step: str, done: int, total: int) -> None:
        if self._progress is None:
            if time.monotonic() - self._started < PATIENCE:
                return
            self._progress = self._start()
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(_TITLES.get(step, step), total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        return bar
