"""Builds the Go program of this folder against one Argo CD version, once for each state of its sources.

A folder named after a minor version holds a `go.mod` and a `go.sum`; the sources are shared. The binary is kept outside
the checkout, in `$SIXFOLD_CONFORMANCE_CACHE` or the user's cache folder; compiled packages are in Go's own cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
VERSIONS = sorted(path.parent.name for path in HERE.glob("*/go.mod"))
PATIENCE = 45 * 60  # seconds for one cold build
# How Go says that it did not get a module or a toolchain. Anything else that stops a build is our mistake.
NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|network is unreachable|TLS handshake|proxyconnect"
    r"|403 Forbidden|407 Proxy|50[234] |disabled by GOPROXY=off|toolchain not available"
)


def release(version: str) -> str:
    """The Argo CD release that a folder names, such as v3.5.3."""
    found = re.search(r"argoproj/argo-cd/v3 (v\S+)", (HERE / version / "go.mod").read_text())
    assert found, version
    return found[1]


def build(version: str) -> Path:
    """The program for this version. Skips where Go or its modules cannot be had; fails with the output otherwise."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Argo CD's code is Go: there is no go in PATH")
    sources = [*sorted(HERE.glob("*.go")), HERE / version / "go.mod", HERE / version / "go.sum"]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    binary = cache() / f"argocd-{version}-{digest}"
    with only_one(cache() / f"argocd-{version}.lock"):
        if not binary.exists():
            forget(version)
            with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                for path in sources:
                    shutil.copy(path, scratch)
                started = time.monotonic()
                run(go, Path(scratch), version)
                (Path(scratch) / "argocd").replace(binary)
            print(f"built against Argo CD {release(version)} in {time.monotonic() - started:.0f} s")
        binary.touch()
    return binary


def run(go: str, folder: Path, version: str) -> None:
    """One `go build`. Go fetches the toolchain that go.mod asks for; no C compiler is needed."""
    environ = {**os.environ, "GOTOOLCHAIN": "auto", "GOWORK": "off", "CGO_ENABLED": "0"}
    command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", "argocd", "."]
    done = subprocess.run(
        command, cwd=folder, env=environ, check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    if done.returncode == 0:
        return
    output = done.stderr[-6000:]
    if why := next((line for line in output.splitlines() if NETWORK.search(line)), ""):
        pytest.skip(f"Argo CD {release(version)} cannot be fetched from the Go module proxy: {why[-300:]}")
    pytest.fail(f"Argo CD {release(version)} does not build:\n{output}", pytrace=False)


def forget(version: str) -> None:
    """Removes binaries of other sources that were not asked for in a month: each has a hundred megabytes."""
    for path in cache().glob(f"argocd-{version}-*"):
        if time.time() - path.stat().st_mtime > 30 * 24 * 3600:
            path.unlink()


def cache() -> Path:
    """Where the binaries are kept; made when it is not there."""
    named = os.environ.get("SIXFOLD_CONFORMANCE_CACHE")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(named) if named else user / "sixfold" / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def only_one(path: Path):
    """Two test runs at once do not build the same thing twice."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
