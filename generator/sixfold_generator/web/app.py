"""The application factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_generator.service.service import Service
from sixfold_generator.web.admin import Admin
from sixfold_generator.web.getparams import GetParams
from sixfold_generator.web.listener import Application

if TYPE_CHECKING:
    from flask import Flask

    from sixfold_generator.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings) -> Flask:
    """Build the service's application.

    Requests to the admin port get the admin pages, all others the plugin API.
    Raises `DiagnosticError` (SF831) for tokens that the service must not start with.
    """
    service = Service(settings)
    app = Application("sixfold_generator", service.settings.admin_port)
    app.extensions["sixfold"] = service
    app.add_listener(GetParams(service))
    app.add_listener(Admin(service))
    return app
