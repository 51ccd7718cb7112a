"""The real counterparts that a test meets, and the version that each reports, for docs/proof.md.

The code that starts a counterpart, a fixture or the test itself, calls `met` each time. A test with the marker
`conformance` that passes without a call of `met` counts as a failure (`tests/proof`).
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

# (name, version) of the counterparts that the current test has met, in order. The version is "" unless the run writes a
# proof, since asking for it takes a process.
MEETINGS: list[tuple[str, str]] = []
_asked = False


def met(name: str, version: str | Callable[[], str]) -> None:
    """Record that the counterpart `name` was started or called. `version` is what it reports, or a function that asks."""
    reported = (version if isinstance(version, str) else version()) if _asked else ""
    MEETINGS.append((name, reported))


def record_versions() -> None:
    """Ask every counterpart for its version from now on."""
    global _asked  # noqa: PLW0603 - a property of the process, as MEETINGS is
    _asked = True


@cache
def version_of(*command: str | Path, pattern: str = r"v?\d+\.\d+\.\d+[\w.+-]*") -> str:
    """Return the version that a program prints: the match of the pattern, or of its first group, in the output."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=True)
    match = re.search(pattern, done.stdout + done.stderr)
    if match is None:
        raise LookupError(f"{command[0]} does not print its version: {(done.stdout + done.stderr)[:200]!r}")
    return match[match.re.groups and 1]
