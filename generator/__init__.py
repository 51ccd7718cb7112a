"""The generator: the plugin service that tells Argo CD what belongs on which cluster, at which commit."""

from generator.app import create_app
from generator.serve import serve
from generator.settings import SETTINGS, Setting, Settings

__all__ = ["SETTINGS", "Setting", "Settings", "create_app", "serve"]
