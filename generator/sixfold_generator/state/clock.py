"""Moments and ages that no change of the wall clock distorts: seconds since boot, and which boot that was."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

__all__ = ["Instant"]

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment that processes on one machine can compare until it boots again."""

    boot: Annotated[str, Field(max_length=1000)]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @classmethod
    def now(cls) -> Instant:
        """Return the current moment."""
        try:
            boot = BOOT.read_text().strip()
        except OSError:
            boot = ""
        return cls(boot, time.monotonic())

    def after(self, other: Instant) -> bool:
        """Return whether this moment is later than `other`; False where their order is unknown."""
        return bool(self.boot) and self.boot == other.boot and self.seconds > other.seconds

    def age(self) -> float | None:
        """Return the seconds since this moment, or None where it belongs to another boot or machine."""
        now = Instant.now()
        if not self.boot or now.boot != self.boot or now.seconds < self.seconds:
            return None
        return now.seconds - self.seconds
