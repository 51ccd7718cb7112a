"""The real counterparts that a test meets, and the version that each tells of itself, for docs/proof.md.

Whatever starts a counterpart calls `met`, each time it is asked for: in a fixture, or where the test starts it. A test
with the marker `conformance` fails when it passes without having met one (`tests/proof`).
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["MEETINGS", "met", "record_versions", "version_of"]

# (name, version) in the order in which they were met since the current test began. The version is "" unless the run
# writes a proof: to ask costs a process.
MEETINGS: list[tuple[str, str]] = []
_asked = False


def met(name: str, version: str | Callable[[], str]) -> None:
    """Say that the counterpart `name` has been started or called. `version` is its own word, or how to ask for it."""
    reported = (version if isinstance(version, str) else version()) if _asked else ""
    MEETINGS.append((name, reported))


def record_versions() -> None:
    """From now on, ask every counterpart for its version."""
    global _asked  # noqa: PLW0603 - a property of the process, as MEETINGS is
    _asked = True


@cache
def version_of(*command: str | Path, pattern: str = r"v?\d+\.\d+\.\d+[\w.+-]*") -> str:
    """The version that a program prints: what the pattern, or its first group, finds in the output."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=True)
    match = re.search(pattern, done.stdout + done.stderr)
    if match is None:
        raise LookupError(f"{command[0]} does not tell its version: {(done.stdout + done.stderr)[:200]!r}")
    return match[match.re.groups and 1]
