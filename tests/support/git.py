"""Git repositories for tests, apart from the configuration of the machine and its user."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str, at: str = "") -> str:
    """Run git in a folder, and return its output. `at` is the time of a commit."""
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=os.environ | GIT | dates, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def new_repo(folder: Path) -> None:
    """Create an empty repository with the branch `main`."""
    git(folder, "init", "--quiet", "--initial-branch=main")


def commit_all(folder: Path, message: str, *, at: str = "") -> str:
    """Commit every file of a repository, and return the commit. `at` is its time."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message, at=at)
    return git(folder, "rev-parse", "HEAD")
