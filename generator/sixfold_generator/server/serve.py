"""The service on a tree for a trial, which `sixfold serve` runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_generator.server.server import Server
from sixfold_generator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["serve"]


def serve(
    tree: Path,
    *,
    token_file: Path,
    port: int = 8080,
    admin_port: int = 8081,
    state: Path | None = None,
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
            host="127.0.0.1",
            port=port,
            admin_port=admin_port,
            workers=1,
            poll_seconds=1,
            metrics=scratch / "metrics",
        )
        Server(settings, ready).run()
    except SystemExit as stopped:  # gunicorn ends with it
        if os.getpid() != owner:
            raise
        return stopped.code if isinstance(stopped.code, int) else 0
    finally:
        if os.getpid() == owner:  # workers are forks of this process and end here too
            shutil.rmtree(scratch, ignore_errors=True)
    return 0
