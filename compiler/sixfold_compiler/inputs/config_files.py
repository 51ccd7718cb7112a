"""The config files that the published manifests of a team refer to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.sources import MAX_FILE
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["config_files", "config_files_of_others"]


def config_files(value: Mapping[str, Any]) -> Iterator[str]:  # YAML that is not validated yet
    """Yield the paths of the config files in `value`, the first document of a manifest, relative to the manifest."""
    spec = value.get("spec") or {}
    for part in (spec, *(override.get("spec") or {} for override in spec.get("overrides") or [])):
        for config in part.get("config") or []:
            yield from (config.get("files") or {}).values()


def config_files_of_others(root: Path, team: str, own: str) -> dict[str, str]:
    """Map each config file that a team's other manifests use to its manifest; both are paths relative to the root.

    Args:
        root: The folder that contains `apps/`.
        team: The team.
        own: The manifest to leave out, such as `apps/shop/api.yaml`.
    """
    manifests: dict[str, str] = {}
    for path in sorted((root / "apps" / team).glob("*.yaml")):
        name = f"apps/{team}/{path.name}"
        if name == own:
            continue
        try:
            documents = load_documents(read_confined(path, root, MAX_FILE), name)
            names = list(config_files(documents[0].record)) if documents else []
        except (DiagnosticError, ConfinementError, OSError, AttributeError, TypeError):
            continue  # the compile reports a broken manifest to its own author
        manifests |= {f"apps/{team}/{os.path.normpath(n)}": name for n in names if isinstance(n, str)}
    return manifests
