"""Config files that the manifests of a folder name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.sources import MAX_FILE
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["config_files_of_others"]


def _config_files(value: dict[str, Any]) -> Iterator[str]:
    spec = value.get("spec") or {}
    for part in (spec, *(override.get("spec") or {} for override in spec.get("overrides") or [])):
        for config in part.get("config") or []:
            yield from (config.get("files") or {}).values()


def config_files_of_others(root: Path, team: str, own: str) -> dict[str, str]:
    """Config files that the team's other published manifests name, and which manifest names them."""
    found: dict[str, str] = {}
    for path in sorted((root / "apps" / team).glob("*.yaml")):
        name = f"apps/{team}/{path.name}"
        if name == own:
            continue
        try:
            documents = load_documents(read_confined(path, root, MAX_FILE), name)
            names = list(_config_files(documents[0].record)) if documents else []
        except (DiagnosticError, ConfinementError, OSError, AttributeError):
            continue  # a broken neighbour is its own author's to mend, and the check tells of it
        found |= {f"apps/{team}/{os.path.normpath(n)}": name for n in names if isinstance(n, str)}
    return found
