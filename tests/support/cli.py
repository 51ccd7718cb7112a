"""Run the command line in this process, or in another one as people do."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from sixfold_compiler.cli import main
from tests.support.git import GIT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """The exit code and the streams of a run."""

    code: int
    out: str
    err: str


def sixfold(*arguments: object, cwd: Path, **environ: str) -> Done:
    """Run `sixfold` in this process and in a folder, with the result of `started` but without the cost of a start.

    The workers of a compile are forked, so a test with threads must not use it. tests/acceptance/cli/test_process.py
    compares both.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code: object = None
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    # One worker each: beside this process there are others that run tests, and a fork of it is large.
    with changed(cwd, clean(environ)), streams[0], streams[1], patch("sixfold_compiler.engine.pool._cpus", lambda: 1):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int), "the program ends by SystemExit with its exit code"
    return Done(code, *(stream.buffer.getvalue().decode().replace("\r\n", "\n") for stream in (out, err)))


def started(*arguments: object, cwd: Path, **environ: str) -> Done:
    """Run `sixfold` in a folder as people do: in another process with its own streams and exit code."""
    # Warnings are errors here as in the tests; otherwise nobody would see a deprecated call in a command.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "sixfold_compiler", *map(str, arguments)],
        cwd=cwd,
        env=clean({"PYTHONPATH": str(ROOT)} | environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def clean(environ: dict[str, str]) -> dict[str, str]:
    """Return the environment of a run, without the caller's SIXFOLD_ and GITHUB_ settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SIXFOLD_", "GITHUB_"))}
    return kept | GIT | environ


@contextlib.contextmanager
def changed(cwd: Path, environ: dict[str, str]) -> Iterator[None]:
    """Set the working folder and the environment, and restore both afterwards."""
    before, collector = dict(os.environ), gc.get_threshold()
    try:
        os.environ.clear()
        os.environ.update(environ)
        with contextlib.chdir(cwd):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        gc.set_threshold(*collector)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))
