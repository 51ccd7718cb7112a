"""A Flask application with two listeners: the port of a connection alone decides on routes, errors and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from flask import Flask, request

from sixfold_generator.web.routes import MAX_BODY

if TYPE_CHECKING:
    from flask import Blueprint, Request, Response
    from werkzeug.routing import MapAdapter

__all__ = ["ADMIN", "PLUGIN", "Application", "Listener"]

PLUGIN = "plugin"
ADMIN = "admin"


class Listener(Protocol):
    """The routes of one port, and what surrounds each of its requests."""

    name: str

    def blueprint(self) -> Blueprint:
        """Return the routes; each has the listener's name as its `host`."""

    def begin(self) -> None:
        """Note the start of a request."""

    def failed(self, error: Exception) -> Response:
        """Return the reply to a request that raised `error`; routing raises as well (404, 405)."""

    def finish(self, response: Response) -> Response:
        """Complete the headers of a reply, and count and log its request."""


class Application(Flask):
    """A Flask application that routes by port.

    Flask's host matching compares a rule's `host` with the Host header, which any client can forge. Here it is compared
    with the name of the listener that accepted the connection.
    """

    def __init__(self, name: str, admin_port: int) -> None:
        super().__init__(name, static_folder=None, host_matching=True)
        # Flask refuses a Content-Length over its limit unread, but ends a chunked body at the limit without an error:
        # one byte more than our limit shows a view the difference.
        self.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
        self.url_map.merge_slashes = False  # a redirect would turn Argo CD's POST into a GET without a body
        self._admin_port = str(admin_port)
        self._listeners: dict[str, Listener] = {}
        self.before_request(lambda: self._listener().begin())
        self.register_error_handler(Exception, lambda error: self._listener().failed(error))
        self.after_request(lambda response: self._listener().finish(response))

    def add_listener(self, listener: Listener) -> None:
        """Serve the routes of `listener`."""
        self._listeners[listener.name] = listener
        self.register_blueprint(listener.blueprint())

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match the routes of the listener that accepted the request's connection."""
        if request is None:
            return None
        return self.url_map.bind(
            self._name_of(request), path_info=request.path, default_method=request.method, url_scheme=request.scheme
        )

    def _name_of(self, request: Request) -> str:
        return ADMIN if request.environ.get("SERVER_PORT") == self._admin_port else PLUGIN

    def _listener(self) -> Listener:
        return self._listeners[self._name_of(request)]
