"""The Docker engine: its availability and its command line."""

from __future__ import annotations

import shutil
import subprocess

PATIENCE = 20  # seconds for a busy engine


def absence() -> str:
    """Return the reason why no Docker engine is available, or an empty text."""
    docker = shutil.which("docker")
    if docker is None:
        return "no Docker engine answers: there is no docker in PATH"
    line = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"no Docker engine answers: no answer within {PATIENCE} s"
    if done.returncode == 0:
        return ""
    return f"no Docker engine answers: {(done.stderr or done.stdout).strip().partition(chr(10))[0]}"


def docker(*arguments: object, seconds: float = 120) -> str:
    """Run a command of Docker that must succeed, and return its output."""
    line = ["docker", *map(str, arguments)]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"docker {arguments[0]}: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout
