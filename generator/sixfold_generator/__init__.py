"""The generator: the plugin service that tells Argo CD what belongs on which cluster, at which commit."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sixfold_generator.settings import SETTINGS, Setting, Settings
    from sixfold_generator.web.app import create_app

__all__ = ["SETTINGS", "Setting", "Settings", "create_app"]

_HOMES = {"create_app": "web.app", "SETTINGS": "settings", "Setting": "settings", "Settings": "settings"}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used: the adopter runs for each commit and needs no web server."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
