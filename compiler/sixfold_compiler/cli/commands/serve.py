"""`sixfold serve`: the generator on a tree, for trying out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(name="serve", short_help="Run the generator on a tree, to try it out.")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Where Argo CD asks.")
@click.option(
    "--admin-port", type=click.IntRange(1, 65535), default=8081, show_default=True, help="Health, metrics, status page."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The bearer token.  [default: a new one, which is printed]",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the adopted state is kept.  [default: nowhere: forgotten at the end]",
)
def command(tree: Path, port: int, admin_port: int, token_file: Path | None, state: Path | None) -> int:
    """Serve TREE (an overlay tree) as the Argo CD plugin service does, on this machine only.

    For a real installation use the Helm chart (charts/generator).

    \b
    Examples:
      sixfold serve overlays
      curl -H "Authorization: Bearer TOKEN" -H "Content-Type: application/json" \\
        -d '{"applicationSetName":"try","input":{"parameters":{"environment":"prod"}}}' \\
        http://127.0.0.1:8080/api/v1/getparams.execute
    """
    # The one place where the compiler's package reaches the generator: it starts the service, and shares nothing with
    # it but the tree on disk.
    from sixfold_generator.server.serve import serve

    if not (tree / "inventory.json").is_file() and not (state and (state / "snapshots").is_dir()):
        raise click.UsageError(
            f"{tree} is no overlay tree (it has no inventory.json): run `sixfold compile` first, and name the folder "
            "that it writes, overlays by default"
        )
    if port == admin_port:
        raise click.UsageError("--port and --admin-port must differ")
    _free(port, "--port")
    _free(admin_port, "--admin-port")

    def ready() -> None:
        click.echo(f"Serving {tree} on http://127.0.0.1:{port}, admin on http://127.0.0.1:{admin_port}", err=True)

    with _token(token_file) as file:
        return serve(tree, token_file=file, port=port, admin_port=admin_port, state=state, ready=ready)


def _free(port: int, option: str) -> None:
    """Refuse a port that cannot be had, before gunicorn tries for seconds."""
    import os
    import socket

    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise click.UsageError(f"cannot listen on port {port} ({why}): use {option} to name another") from None


@contextlib.contextmanager
def _token(given: Path | None) -> Iterator[Path]:
    """The token's file; one with a fresh token, removed at the end, when none is given."""
    import secrets
    import tempfile

    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="sixfold-") as folder:
        file = Path(folder) / "token"
        file.touch(mode=0o600)
        token = secrets.token_urlsafe(24)
        file.write_text(token, "utf-8")
        click.echo(f"Token: {token}", err=True)
        yield file
