"""The source position of a setting of an app: the line of the layer that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.manifest.layers import locate, merge_layers
from sixfold_compiler.manifest.load import load_app, read_manifest
from sixfold_compiler.manifest.merge import layers_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.model.addresses import Cell

__all__ = ["setting_span"]


def setting_span(fleet: FleetInput, manifest: ManifestFile, cell: Cell, paths: Iterable[ValuePath]) -> Span | None:
    """Return the position of the first of these settings that the manifest has for a cell, else of the app's name.

    Args:
        fleet: The fleet.
        manifest: The manifest. None is returned if it cannot be read, since it may have changed while we ran.
        cell: The cell, whose overrides count.
        paths: Paths below `spec`.
    """
    try:
        metadata, documents = load_app(read_manifest(manifest).data, manifest.name, manifest.key)
    except DiagnosticError:
        return None
    head = documents[0]
    layers = layers_for(fleet, metadata.team, head, cell, None)
    merged = merge_layers(layers)
    spans = (locate(layers, merged, path) for path in paths)
    return next((span for span in spans if span and span.file == manifest.name), head.span(("metadata", "name")))
