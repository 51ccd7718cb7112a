"""The Docker engine, as far as tests need it: whether it answers, and its command line."""

from __future__ import annotations

import shutil
import subprocess

PATIENCE = 20  # seconds for an engine that is there but busy


def absence() -> str:
    """Why there is no Docker engine; empty where one answers."""
    docker = shutil.which("docker")
    if docker is None:
        return "no Docker engine answers: there is no docker in PATH"
    line = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"no Docker engine answers: nothing was heard within {PATIENCE} s"
    if done.returncode == 0:
        return ""
    return f"no Docker engine answers: {(done.stderr or done.stdout).strip().partition(chr(10))[0]}"


def docker(*arguments: object, seconds: float = 120) -> str:
    """One command of Docker's that must go well; what it wrote."""
    line = ["docker", *map(str, arguments)]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"docker {arguments[0]}: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout
