"""Install the pinned packages: the project's in `.venv`, and the installer uv in `.cache`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dev.process import CACHE, ROOT, VENV, call, must, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["KAPITAN", "LIVE", "RUN", "TEST", "TOOLS", "UV", "ready", "set_up", "uv"]

RUN = "requirements.txt"  # what sixfold needs to run, and to be installed from this checkout
LIVE = "requirements-live.txt"  # the same and the Kubernetes client: what the image installs
TEST = "requirements-test.txt"  # the same and everything that tests it
TOOLS = "requirements-tools.txt"  # packages of which only the carried program is used: installed without dependencies
KAPITAN = "benchmarks/requirements-kapitan.txt"  # a peer to compare with; its dependencies clash with ours
UV = "requirements-uv.txt"  # the installer itself
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--require-hashes")
# Where pip is configured to look, as uv calls it: uv reads neither pip's files nor its variables.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def ready(*locks: str) -> str:
    """Bring this project's virtual environment up to date with lock files and return its Python."""
    return set_up(VENV, locks)


def set_up(venv: Path, locks: Sequence[str], *, project: bool = True) -> str:
    """Bring a virtual environment up to date with lock files and return its Python.

    Args:
        venv: Its folder. It is replaced when it was created by another Python.
        locks: The lock files to install, in this order. Lock files that are already installed are skipped.
        project: Also install this project, editable.
    """
    python = venv / "bin" / "python"
    wanted = {"python": sys.version} | {name: digest(name) for name in locks}
    if TEST in locks:
        wanted[RUN] = digest(RUN)  # the test lock holds the runtime lock, version by version
    if project:
        wanted["project"] = digest("pyproject.toml")
    stamp = venv / "installed.json"
    with only_one(venv.name):
        done = read_stamp(stamp) if python.exists() else {}
        if done.get("python") != wanted["python"]:
            say(f"creating {venv.relative_to(ROOT)} with Python {sys.version.split()[0]}")
            shutil.rmtree(venv, ignore_errors=True)
            must([sys.executable, "-m", "venv", venv])
            done = {}
        if all(done.get(key) == value for key, value in wanted.items()):
            return str(python)
        for name in locks:
            if done.get(name) != wanted[name]:
                say(f"installing {name}")
                stamp.unlink(missing_ok=True)  # a run that is cut short starts over
                install(python, "--require-hashes", *(["--no-deps"] if name == TOOLS else []), "-r", str(ROOT / name))
                done |= {key: wanted[key] for key in ("python", name, *([RUN] if name == TEST else []))}
                stamp.write_text(json.dumps(done, indent=2) + "\n")
        if project and done.get("project") != wanted["project"]:
            install(python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
            stamp.write_text(json.dumps(done | wanted, indent=2) + "\n")
    return str(python)


def install(python: Path, *arguments: str) -> None:
    """Install packages into the environment of a Python, with uv if it supports the platform, else with pip."""
    installer = uv()
    if installer is None:
        must([python, *PIP[:-1], *arguments])
    else:
        must([installer, "pip", "install", "--quiet", "--python", python, *arguments], environ=uv_settings())


def uv() -> Path | None:
    """Return the path of the pinned uv, which is installed into `.cache` if needed; None if that fails."""
    folder = CACHE / "uv" / digest(UV)[:16]
    program = folder / "bin" / "uv"
    with only_one("uv"):
        if not program.exists():
            say(f"installing {UV}")
            shutil.rmtree(folder.parent, ignore_errors=True)
            must([sys.executable, "-m", "venv", folder])
            if call([folder / "bin" / "python", *PIP, "--only-binary", ":all:", "-r", ROOT / UV]):
                say("uv cannot be installed here (see pip's message above); continuing with pip, which takes longer")
    return program if program.exists() else None


def uv_settings() -> dict[str, str]:
    """Return pip's settings (index, certificates …) as environment variables of uv, without those already set."""
    python = next((CACHE / "uv").glob("*/bin/python"))
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    settings = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        # A line is `global.index-url='…'` or `:env:.index-url='…'`; variables of the environment come last, and win.
        if (variable := SETTINGS.get(name.rpartition(".")[2])) and variable not in os.environ:
            settings[variable] = value.strip("'").replace("\\n", " ").strip()
    return settings


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock file, so that two commands cannot install into one environment at the same time."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(name: str) -> str:
    """Return the SHA-256 of a file of this checkout."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """Return the digests of the lock files that were installed last; empty if that is unknown."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
