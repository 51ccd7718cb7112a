"""Builds the real kustomize from its Go module; `go.mod` and `go.sum` beside this file pin it and all that it is made of.

It is the release that is inside the kubectl of these tests.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.conformance.gomodules import Unavailable, cache, environment, find_go, forget, only_one, unreachable

HERE = Path(__file__).parent
MODULE = "sigs.k8s.io/kustomize/kustomize/v5"
PATIENCE = 30 * 60  # seconds for a cold build on a machine that is busy


def build() -> Path:
    """The program, built once for each state of the two files and kept outside the checkout.

    Raises:
        Unavailable: there is no go, or no network.
    """
    go = find_go()
    if go is None:
        raise Unavailable("kustomize is built from its Go module: there is no go in PATH")
    modules = [HERE / "go.mod", HERE / "go.sum"]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in modules)).hexdigest()
    binary = cache() / f"kustomize-{digest[:16]}"
    with only_one("kustomize"):
        if not binary.exists():
            forget("kustomize-*")
            with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                for path in modules:
                    shutil.copy(path, scratch)
                _run(go, Path(scratch))
                (Path(scratch) / "kustomize").replace(binary)
        binary.touch()
    return binary


def _run(go: str, folder: Path) -> None:
    line = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", "kustomize", MODULE]
    environ = environment(CGO_ENABLED="0")
    done = subprocess.run(line, cwd=folder, env=environ, check=False, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        if why := unreachable(done.stderr):
            raise Unavailable(f"kustomize cannot be fetched from the Go module proxy: {why}")
        raise RuntimeError(f"kustomize does not build:\n{done.stderr[-6000:]}")
