"""Names that several parts must agree on."""

from __future__ import annotations

import hashlib

__all__ = ["DEVICES", "PLATFORM_PREFIX", "PLATFORM_PROJECT", "application_name"]

PLATFORM_PROJECT = "sixfold-platform"
PLATFORM_PREFIX = "sixfold-"  # of the platform's own projects, Applications and Services
# Files that Windows takes for devices, whatever their ending: a tree with one of them cannot be checked out there.
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))})
_LONGEST = 63


def application_name(*parts: str) -> str:
    """The name of an Argo CD Application: the parts joined, shortened with a digest when over 63 characters."""
    name = "-".join(parts)
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9].rstrip('-')}-{digest}"
