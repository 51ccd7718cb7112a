"""The generator: the plugin service that gives Argo CD the Applications of each cluster, with their commits."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_generator.settings import SETTINGS, Setting, Settings
    from sixfold_generator.web.app import create_app

__all__ = ["SETTINGS", "Setting", "Settings", "create_app"]

_MODULES = {"create_app": "web.app", "SETTINGS": "settings", "Setting": "settings", "Settings": "settings"}


def __getattr__(name: str) -> object:
    """Import a public name on its first use: the adopter runs for each commit and needs no web server."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
