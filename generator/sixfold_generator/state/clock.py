"""Ages that no change of the wall clock can bend: seconds since boot, with the boot they belong to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Instant"]

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, comparable between the processes of one boot of one machine."""

    boot: str
    seconds: float

    @classmethod
    def now(cls) -> Instant:
        """This moment."""
        try:
            boot = BOOT.read_text().strip()
        except OSError:
            boot = ""
        return cls(boot, time.monotonic())

    def after(self, other: Instant) -> bool:
        """Whether this moment is known to be later than that one."""
        return bool(self.boot) and self.boot == other.boot and self.seconds > other.seconds

    def age(self) -> float | None:
        """Seconds since then; None when it was another boot or machine, so that nobody knows."""
        now = Instant.now()
        if not self.boot or now.boot != self.boot or now.seconds < self.seconds:
            return None
        return now.seconds - self.seconds
