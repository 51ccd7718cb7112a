"""Has the live clusters read now and then, by a process of its own; one worker's turn at a time."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from sixfold_generator.live.file import read

if TYPE_CHECKING:
    from sixfold_generator.settings import Settings

__all__ = ["LiveWatch"]

DEADLINE = 60  # seconds for all clusters of one round
LONGEST = DEADLINE + 60  # and for the whole process


class LiveWatch:
    """One worker's watch. Nothing that it does, or fails to do, reaches a request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def forever(self) -> None:
        """Waits, reads when it is time, and waits again; spread, so that pods and workers do not ask all at once."""
        spread = random.SystemRandom()
        pause = min(5.0, self._settings.live_seconds / 5)
        while True:
            time.sleep(pause * spread.uniform(0.8, 1.2))
            self.once(self._settings.live_seconds * spread.uniform(0.8, 1.2))

    def once(self, interval: float) -> bool:
        """One round, when the last is `interval` seconds ago; whether it was run. Never raises."""
        before = read(self._settings.state)
        age = before.at.age() if before is not None else None
        if age is not None and age < interval:
            return False
        command = [sys.executable, "-m", "sixfold_generator.live", "--state", str(self._settings.state)]
        command += ["--deadline", str(DEADLINE)]
        if self._settings.live_kubeconfig:
            command += ["--clusters", str(self._settings.live_kubeconfig)]
        if self._settings.live_argocd:
            command += ["--argocd", self._settings.live_argocd]
        if self._settings.kubeconfig:
            command += ["--kubeconfig", str(self._settings.kubeconfig)]
        try:
            # Its standard error is dropped: login plugins write there, and nobody knows what.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError:
            return False
        try:
            process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
        finally:
            # Its login plugins with it: they share its session, and may hang.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return True
