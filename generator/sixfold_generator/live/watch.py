"""The loop of a worker that starts a reader of the live clusters when the last reading is old enough."""

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
LONGEST = DEADLINE + 60  # for the process, from start to end


class LiveWatch:
    """One worker's loop. No failure in it reaches a request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def forever(self) -> None:
        """Wait and read in turn, without end. Pauses are spread, so that pods and workers do not read all at once."""
        spread = random.SystemRandom()
        pause = min(5.0, self._settings.live_seconds / 5)
        while True:
            time.sleep(pause * spread.uniform(0.8, 1.2))
            self.once(self._settings.live_seconds * spread.uniform(0.8, 1.2))

    def once(self, interval: float) -> bool:
        """Run one round if the last ended at least `interval` seconds ago; return whether it ran. Never raises."""
        before = read(self._settings.state)
        age = before.at.age() if before is not None else None
        if age is not None and age < interval:
            return False
        command = [sys.executable, "-P", "-m", "sixfold_generator.live", "--state", str(self._settings.state)]
        command += ["--deadline", str(DEADLINE)]
        if self._settings.live_kubeconfig:
            command += ["--clusters", str(self._settings.live_kubeconfig)]
        if self._settings.live_argocd:
            command += ["--argocd", self._settings.live_argocd]
        if self._settings.kubeconfig:
            command += ["--kubeconfig", str(self._settings.kubeconfig)]
        try:
            # Its standard error is dropped: login plugins write to it, tokens perhaps.
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
            # Login plugins share its session and may hang: they end with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return True
