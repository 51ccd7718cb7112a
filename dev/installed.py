"""Compare the packages of this Python's environment with an SBOM: `python installed.py image.cdx.json`.

It needs nothing but the standard library, so that a build of the image can run it in the image.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["differences"]


def differences(sbom: bytes, installed: Iterable[tuple[str, str]]) -> list[str]:
    """Return what an environment has besides an SBOM, lacks, or has in another version.

    Args:
        sbom: A document of CycloneDX.
        installed: Names and versions.
    """
    document = json.loads(sbom)
    components = {entry["name"]: entry for entry in (document["metadata"]["component"], *document["components"])}
    known = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in installed}
    lines = []
    for name in sorted(components.keys() | known.keys()):
        entry, version = components.get(name), known.get(name)
        if entry is None or (version is not None and entry.get("scope") == "excluded"):
            lines.append(f"{name} {version} is installed, and not in the SBOM")
        elif version is None and entry.get("scope", "required") == "required":
            lines.append(f"{name} {entry['version']} is in the SBOM, and not installed")
        elif version is not None and version != entry["version"]:
            lines.append(f"{name} {version} is installed, and {entry['version']} is in the SBOM")
    return lines


def main(arguments: list[str]) -> int:
    """Print the differences between this environment and an SBOM, and return the exit status."""
    current = [(entry.metadata["Name"], entry.version) for entry in metadata.distributions()]
    lines = differences(Path(arguments[0]).read_bytes(), current)
    print("\n".join(lines) or f"{len(current)} packages are those of {arguments[0]}")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
