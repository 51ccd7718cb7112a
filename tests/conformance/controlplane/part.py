"""A part of a control plane as a child process that can be started, awaited and stopped."""

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
    """A server of the Go program. Its standard input is a pipe from this process, so it never outlives this process."""

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
        """Stop the process with a signal, and kill it if it still runs after `seconds`."""
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
        """Wait until `condition()` is true, and return its value; fail with the end of the log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            assert self.process is not None, self.name
            assert self.process.poll() is None, f"{self.name} ended:\n{self.tail()}"
            time.sleep(0.1)
        raise AssertionError(f"{self.name}: {what} never came:\n{self.tail()}")

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_text(errors="replace")[-3000:]
