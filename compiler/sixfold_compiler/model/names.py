"""Names that several packages share: those of the platform's own objects, and of Argo CD Applications."""

from __future__ import annotations

import hashlib

__all__ = ["DEVICES", "PLATFORM_PREFIX", "PLATFORM_PROJECT", "application_name"]

PLATFORM_PROJECT = "sixfold-platform"
PLATFORM_PREFIX = "sixfold-"  # of the platform's own projects, Applications and Services
# Names of devices on Windows, with any file extension: a tree with such a file cannot be checked out there.
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))})
_LONGEST = 63


def application_name(*parts: str) -> str:
    """Join the parts of an Argo CD Application's name; truncate it at 63 characters and append a digest if needed."""
    name = "-".join(parts)
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9].rstrip('-')}-{digest}"
