"""Processes of our own to spoil: a fork that runs something and is killed, stopped, or told that its disk fails."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections import Counter


def forked(action) -> int:
    """Runs `action` in a fork; its exit status: 0, 3 after an exception (traceback on stderr), or minus a signal."""
    return waited(start(action))


def start(action) -> int:
    """The same without waiting: the process's id."""
    pid = os.fork()
    if pid:
        return pid
    status = 3
    try:
        action()
        status = 0
    except BaseException:  # noqa: BLE001 - a fork must never return into its parent's tests
        traceback.print_exc()
    finally:
        os._exit(status)


def waited(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def at(point: str, action, occurrence: int = 0):
    """A checkpoint that acts when `point` is passed for the given time (0 is the first), counted in each process."""
    seen = Counter()

    def checkpoint(passed: str) -> None:
        if passed == point:
            seen[point] += 1
            if seen[point] == occurrence + 1:
                action()

    return checkpoint


def kill(main: int):
    """Ends the process that was asked, and itself where it is one of that one's workers."""

    def act() -> None:
        os.kill(main, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    return act


def dying(point: str, occurrence: int = 0):
    """A checkpoint for a fork that is about to be made: made inside it, so that it ends that one."""
    return at(point, kill(os.getpid()), occurrence)


def fail(number: int):
    """Raises what the operating system would for that error number."""

    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


@contextlib.contextmanager
def quiet():
    """Nothing that children print on standard error is shown."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
