"""Child processes for fault injection: forks that run an action and are killed, stopped, or get errors of the disk."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections import Counter


def forked(action) -> int:
    """Run `action` in a fork, and return 0, 3 after an exception (with a traceback on stderr), or minus the signal."""
    return waited(start(action))


def start(action) -> int:
    """Start `action` in a fork, and return the process id without waiting."""
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
    """Return a checkpoint that calls `action` at one passage of `point` (0 is the first), counted in each process."""
    seen = Counter()

    def checkpoint(passed: str) -> None:
        if passed == point:
            seen[point] += 1
            if seen[point] == occurrence + 1:
                action()

    return checkpoint


def kill(main: int):
    """Return an action that kills the process `main` and the current process, which may be a worker of `main`."""

    def act() -> None:
        os.kill(main, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    return act


def dying(point: str, occurrence: int = 0):
    """Return a checkpoint that kills the current process; call it inside the fork that is to be killed."""
    return at(point, kill(os.getpid()), occurrence)


def fail(number: int):
    """Return an action that raises the OSError of an error number."""

    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


@contextlib.contextmanager
def quiet():
    """Hide the output of child processes on standard error."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
