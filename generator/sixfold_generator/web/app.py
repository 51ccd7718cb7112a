"""The application factory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sixfold_generator.service.service import Service
from sixfold_generator.settings import Settings
from sixfold_generator.web.admin import Admin
from sixfold_generator.web.getparams import GetParams
from sixfold_generator.web.listener import Application

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """Build the service's application; without `settings`, from the environment.

    Requests to the admin port get the admin pages, all others the plugin API.
    Raises `DiagnosticError` for settings (SF830) or tokens (SF831) that the service must not start with.
    """
    service = Service(settings or Settings.from_environ(os.environ))
    app = Application("sixfold_generator", service.settings.admin_port)
    app.extensions["sixfold"] = service
    app.add_listener(GetParams(service))
    app.add_listener(Admin(service))
    return app
