"""The command line as people run it: a process of its own, with its own streams and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str


def sixfold(*arguments: object, cwd: Path, **environ: str) -> Done:
    """Run `sixfold` in a folder. Nothing of the caller's SIXFOLD_ and GITHUB_ settings reaches it."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SIXFOLD_", "GITHUB_"))}
    # Warnings are errors here as in the tests: a deprecated call in a command would otherwise go unseen.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "sixfold_compiler", *map(str, arguments)],
        cwd=cwd,
        env=clean | GIT | {"PYTHONPATH": str(ROOT)} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=os.environ | GIT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))
