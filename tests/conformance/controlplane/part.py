"""One part of a control plane as a process of its own: started, waited for, stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PATIENCE = 180.0  # seconds for a start on a machine that is busy


@dataclass
class Part:
    """A server of the Go program. It ends with this process at the latest: its standard input is a pipe from here."""

    program: Path
    name: str
    log: Path
    flags: Sequence[str]
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    def start(self) -> Part:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, self.name, *self.flags],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
                env=self.environ or None,
            )
        return self

    def stop(self, how: int = signal.SIGTERM, seconds: float = 20) -> None:
        """Ends it; what does not hear the signal is killed after `seconds`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process = None

    def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> object:
        """Waits until `condition()` is true, and gives what it gave; fails with the end of the log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            assert self.process is not None, self.name
            assert self.process.poll() is None, f"{self.name} ended:\n{self.tail()}"
            time.sleep(0.1)
        raise AssertionError(f"{self.name}: {what} never came:\n{self.tail()}")

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-3000:]
