"""Source positions for findings about broken apps: the line of the setting that is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.manifest.setting import setting_span
from sixfold_compiler.model.addresses import AppKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import Span
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.whatif.losses import Broken

__all__ = ["Blame"]


class Blame:
    """A finder for the source position at which to fix a broken app.

    It is the autoscaler's maximum if that is too small, else the app's name in its manifest, else (if the manifest is
    in another repository) the app's team in the fleet.
    """

    def __init__(self, fleet: FleetInput, manifests: Iterable[ManifestFile]) -> None:
        self._fleet = fleet
        self._files = {manifest.key: manifest for manifest in manifests}

    def span(self, item: Broken) -> Span | None:
        """Return the source position at which to fix a broken app; None if there is none."""
        manifest = self._files.get(AppKey(item.team, item.app))
        if manifest is not None:
            paths = [("autoscaling", "max")] if "maximum" in item.refused else []
            if span := setting_span(self._fleet, manifest, item.cell, paths):
                return span
        return self._fleet.span(("teams", item.team))
