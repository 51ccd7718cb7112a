"""The service on a tree for a trial, which `sixfold serve` runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped,unused-ignore]

from sixfold_generator.server.options import options
from sixfold_generator.settings import Settings
from sixfold_generator.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

__all__ = ["serve"]


def serve(
    tree: Path,
    *,
    token_file: Path,
    port: int = 8080,
    admin_port: int = 8081,
    state: Path | None = None,
    host: str = "127.0.0.1",
    workers: int = 1,
    poll_seconds: int = 1,
    ready: Callable[[], None] | None = None,
) -> int:
    """Serve `tree` until interrupted, and return gunicorn's exit code.

    Calls `ready` as soon as the ports are open. Without `state` the adopted state is deleted at the end, so nothing
    guards the first adoption of the next run. Raises `DiagnosticError` (SF830, SF831) for settings and tokens that the
    service must not start with.
    """
    owner = os.getpid()
    scratch = Path(tempfile.mkdtemp(prefix="sixfold-"))
    try:
        settings = Settings(
            token_files=(token_file,),
            tree=tree,
            state=state or scratch / "state",
            host=host,
            port=port,
            admin_port=admin_port,
            workers=workers,
            poll_seconds=poll_seconds,
            metrics=scratch / "metrics",
        )
        _Service(settings, ready).run()
    except SystemExit as stopped:  # gunicorn ends with it
        if os.getpid() != owner:
            raise
        return stopped.code if isinstance(stopped.code, int) else 0
    finally:
        if os.getpid() == owner:  # workers are forks of this process and end here too
            shutil.rmtree(scratch, ignore_errors=True)
    return 0


class _Service(BaseApplication):  # type: ignore[misc,no-any-unimported,unused-ignore]
    def __init__(self, settings: Settings, ready: Callable[[], None] | None) -> None:
        self._settings, self._ready = settings, ready
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            if value is not None:
                self.cfg.set(name, value)
        if (ready := self._ready) is not None:
            self.cfg.set("when_ready", lambda _server: ready())

    def load(self) -> Flask:
        return create_app(self._settings)
