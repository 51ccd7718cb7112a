"""`sixfold serve`: run the generator on a tree, to try it out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(name="serve", short_help="Run the generator on a tree, to try it out.")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port for Argo CD.")
@click.option(
    "--admin-port",
    type=click.IntRange(1, 65535),
    default=8081,
    show_default=True,
    help="Port for health, metrics and the status page.",
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
    help="The folder of the adopted state.  [default: a temporary one]",
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
    # The only import of the generator in the compiler's package: both share nothing but the tree on disk.
    from sixfold_generator.server.serve import serve

    if not (tree / "inventory.json").is_file() and not (state and (state / "snapshots").is_dir()):
        raise click.UsageError(
            f"{tree} is no overlay tree (it has no inventory.json): run `sixfold compile` first, and name the folder "
            "that it writes, overlays by default"
        )
    if port == admin_port:
        raise click.UsageError("--port and --admin-port must differ")
    _check_port(port, "--port")
    _check_port(admin_port, "--admin-port")

    def ready() -> None:
        click.echo(f"Serving {tree} on http://127.0.0.1:{port}, admin on http://127.0.0.1:{admin_port}", err=True)

    with _token(token_file) as file:
        return serve(tree, token_file=file, port=port, admin_port=admin_port, state=state, ready=ready)


def _check_port(port: int, option: str) -> None:
    """Reject a port that is in use, because gunicorn would retry it for several seconds."""
    import os
    import socket

    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise click.UsageError(f"cannot listen on port {port} ({why}): choose another with {option}") from None


@contextlib.contextmanager
def _token(file: Path | None) -> Iterator[Path]:
    """Yield the path of the token file. Without one, create a temporary file with a new token, and print the token."""
    import secrets
    import tempfile

    if file is not None:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="sixfold-") as folder:
        temporary = Path(folder) / "token"
        temporary.touch(mode=0o600)
        token = secrets.token_urlsafe(24)
        temporary.write_text(token, "utf-8")
        click.echo(f"Token: {token}", err=True)
        yield temporary
