"""A git server for one repo: dulwich behind gunicorn, both of which the product's image contains.

It runs in a pod of that image, so it imports none of our modules. `command` returns its command line.
"""

from __future__ import annotations

import os
from pathlib import Path

PATH = "/deploy.git"
VARIABLE = "DEPLOY_REPO"  # the folder of the bare repo


def app(environ, start_response):
    """Serve the repo as a WSGI application."""
    from dulwich.repo import Repo
    from dulwich.server import DictBackend
    from dulwich.web import make_wsgi_chain

    with Repo(os.environ[VARIABLE]) as repo:
        yield from make_wsgi_chain(DictBackend({PATH: repo}))(environ, start_response)


def command(python: str, folder: str, tls: str, bind: str) -> list[str]:
    """Return the command that serves the repo over HTTPS; this file is in `folder`, `tls.crt` and `tls.key` in `tls`."""
    return [
        python,
        "-m",
        "gunicorn",
        f"--chdir={folder}",
        f"--certfile={tls}/tls.crt",
        f"--keyfile={tls}/tls.key",
        f"--bind={bind}",
        "--worker-class=gthread",
        "--threads=4",
        f"{Path(__file__).stem}:app",
    ]
