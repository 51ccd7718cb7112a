"""Names that several packages share: of the platform's own objects, of Argo CD Applications, of the names lock."""

from __future__ import annotations

import hashlib

__all__ = [
    "APPLIED_BY_HAND",
    "BOOTSTRAP",
    "DEVICES",
    "NAMES_FILE",
    "PLATFORM_PREFIX",
    "PLATFORM_PROJECT",
    "application_name",
]

NAMES_FILE = "names.lock.json"  # the owners of service names, beside fleet.jsonnet
PLATFORM_PROJECT = "sixfold-platform"
BOOTSTRAP = "sixfold-bootstrap"  # the project, ApplicationSet and Application of Argo CD's own objects
PLATFORM_PREFIX = "sixfold-"  # of the platform's own projects, Applications and Services
# Names of devices on Windows, with any file extension: a tree with such a file cannot be checked out there.
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))})
# Objects that a person applies once (`sixfold bootstrap`). Trees of old versions had them, and the Application itself.
APPLIED_BY_HAND = frozenset(
    {f"AppProject.argoproj.io/{BOOTSTRAP}", f"Application.argoproj.io/{BOOTSTRAP}", "ConfigMap/sixfold-generator"}
)
_LONGEST = 63


def application_name(*parts: str) -> str:
    """Join the parts of an Argo CD Application's name; truncate it at 63 characters and append a digest if needed."""
    name = "-".join(parts)
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9].rstrip('-')}-{digest}"
