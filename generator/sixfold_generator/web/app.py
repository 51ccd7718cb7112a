"""The application factory: the plugin API on one port, the admin pages (Flask) on the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sixfold_generator.service.service import Service
from sixfold_generator.settings import Settings
from sixfold_generator.web.admin import create_admin
from sixfold_generator.web.getparams import Plugin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The service's application; `settings` come from the environment unless given.

    Requests that arrive at the admin port get the admin pages, all others the plugin API.
    Raises `DiagnosticError` for settings (SF830) or tokens (SF831) that the service must not start with.
    """
    service = Service(settings or Settings.from_environ(os.environ))
    app = create_admin(service)
    app.extensions["sixfold"] = service
    # Flask's own way to put a middleware around an application.
    app.wsgi_app = _Listeners(Plugin(service), app.wsgi_app, service.settings.admin_port)  # type: ignore[method-assign]
    return app


class _Listeners:
    """Two applications, told apart by the listener that a request came in by, which no header can change."""

    def __init__(self, plugin: WSGIApplication, admin: WSGIApplication, admin_port: int) -> None:
        self._plugin = plugin
        self._admin = admin
        self._admin_port = str(admin_port)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = self._admin if environ.get("SERVER_PORT") == self._admin_port else self._plugin
        return chosen(environ, start_response)
