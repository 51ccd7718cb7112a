"""gunicorn, with the service's options and application, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped,unused-ignore]

from sixfold_generator.server.options import options

# Here, so that the workers share what they need. gevent patches modules in place: a module that takes a class or a
# function of `threading`, `socket` or `select` by name, or makes a lock at its import, has no place in the application.
from sixfold_generator.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from sixfold_generator.settings import Settings

__all__ = ["Server"]


class Server(BaseApplication):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """gunicorn's first process and its workers; `run` ends with gunicorn's own `SystemExit`.

    This base class reads no command line, no GUNICORN_CMD_ARGS and no `gunicorn.conf.py`, and leaves `sys.path` alone.
    gunicorn's own command puts its working folder first, which may be a checkout with modules named like ours.
    """

    def __init__(self, settings: Settings, ready: Callable[[], None] | None = None) -> None:
        """Prepare the server; `ready` is called as soon as its ports are open."""
        self._settings, self._ready = settings, ready
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        for name, value in options(self._settings).items():
            if value is not None:
                self.cfg.set(name, value)
        if (ready := self._ready) is not None:
            self.cfg.set("when_ready", lambda _server: ready())

    def load(self) -> Flask:
        """Create the application: in each worker, after gevent has patched the standard library."""
        return create_app(self._settings)
