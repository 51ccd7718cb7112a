"""Counterparts from Go's module proxy: the go command, the cache, and the reasons to skip tests."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTH = 30 * 24 * 3600  # seconds
QUICK = "SIXFOLD_QUICK"  # set if nothing may be built or fetched: `python3 dev.py test`
UNBUILT = "SIXFOLD_UNBUILT"  # {missing build: reason} as JSON, after the builds of `dev.py test --all`
LOG = "SIXFOLD_BUILD_LOG"  # a file to which the name of each package is added when it is compiled
# Go's messages if it cannot fetch a module or a toolchain. Any other failure of a build is a bug of ours.
NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|network is unreachable|TLS handshake|proxyconnect"
    r"|403 Forbidden|407 Proxy|50[234] |disabled by GOPROXY=off|toolchain not available"
)


def find_go() -> str | None:
    """Return the path of the go command, or None."""
    return shutil.which("go")


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of go: it may fetch the toolchain that a module requires, and uses no workspace."""
    return {**os.environ, "GOTOOLCHAIN": "auto", "GOWORK": "off", **variables}


def unreachable(output: str) -> str:
    """Return the line in which go reports a failure of the network, or "" for another failure."""
    return next((line.strip()[-300:] for line in output.splitlines() if NETWORK.search(line)), "")


class Unavailable(Exception):  # noqa: N818 - the name is the reason
    """A module is not available; the message has the reason."""


def check_allowed(name: str) -> None:
    """Return if this run may build or fetch the counterpart `name`.

    Raises:
        Unavailable: the run has built its counterparts before, and this one is missing.
        RuntimeError: the run builds nothing, so the test must not be selected.
    """
    if os.environ.get(QUICK):
        raise RuntimeError(f"{name} is built or fetched by Go: its tests need a heading of BUILT (tests/selection.py)")
    if reason := json.loads(os.environ.get(UNBUILT) or "{}").get(name):
        raise Unavailable(f"{name}: {reason}")


def go_build(go: str, folder: Path, *arguments: str, patience: float) -> str:
    """Run `go build -v` without a C compiler in a folder with a go.mod; return its output if it fails, else ""."""
    log = os.environ.get(LOG) or os.devnull
    lines = []
    command = [go, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", *arguments]
    environ = environment(CGO_ENABLED="0")
    with (
        Path(log).open("a", buffering=1) as copy,
        subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as process,
    ):
        watch = threading.Timer(patience, process.kill)
        watch.start()
        for line in process.stderr or ():
            lines.append(line)
            copy.write(line)
        watch.cancel()
    return "".join(lines[-200:]) or f"exit status {process.returncode}" if process.returncode else ""


def download(name: str, version: str, total: str = "") -> dict[str, str]:
    """Fetch a module, which is a complete repository, unless Go's cache has it.

    Args:
        name: The module's path.
        version: Its exact version.
        total: Go's sum of its content (`h1:…`), which is compared with the fetched one.

    Returns:
        The output of `go mod download -json`, with `Dir`, `Zip` and `Sum`.

    Raises:
        Unavailable: there is no go, or no network.
    """
    check_allowed(name)
    go = find_go()
    if go is None:
        raise Unavailable(f"{name} is fetched as a Go module: there is no go in PATH")
    line = [go, "mod", "download", "-json", f"{name}@{version}"]
    done = subprocess.run(line, env=environment(), check=False, capture_output=True, text=True, timeout=900)
    module_info: dict[str, str] = json.loads(done.stdout or "{}")
    if "Dir" not in module_info:
        why = module_info.get("Error") or done.stderr
        if reason := unreachable(why):
            raise Unavailable(f"{name} {version} cannot be fetched from the Go module proxy: {reason}")
        raise RuntimeError(f"{name} {version}: {why}")
    if total and module_info["Sum"] != total:
        raise RuntimeError(f"{name} {version} has the sum {module_info['Sum']}, not {total}")
    return module_info


def cache() -> Path:
    """Return the folder outside the checkout that keeps results between runs; create it if it is missing."""
    named = os.environ.get("SIXFOLD_CONFORMANCE_CACHE")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(named) if named else user / "sixfold" / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def forget(pattern: str) -> None:
    """Delete files of the cache that were not used for a month."""
    for path in cache().glob(pattern):
        if time.time() - path.stat().st_mtime > MONTH:
            path.unlink()


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock, so that concurrent runs do not build the same thing twice."""
    with (cache() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
