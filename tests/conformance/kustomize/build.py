"""Build the real kustomize from its Go module; `go.mod` and `go.sum` beside this file pin it and its dependencies.

It is the release that the kubectl of these tests contains.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.conformance.gomodules import (
    Unavailable,
    cache,
    check_allowed,
    find_go,
    forget,
    go_build,
    only_one,
    unreachable,
)

HERE = Path(__file__).parent
MODULE = "sigs.k8s.io/kustomize/kustomize/v5"
MODULES = [HERE / "go.mod", HERE / "go.sum"]
PATIENCE = 30 * 60  # seconds for a cold build on a machine that is busy


def build() -> Path:
    """Return the program, built once for each state of the two files and kept outside the checkout.

    Raises:
        Unavailable: there is no go, or no network.
    """
    check_allowed("kustomize")
    go = find_go()
    if go is None:
        raise Unavailable("kustomize is built from its Go module: there is no go in PATH")
    binary = kept()
    with only_one("kustomize"):
        if not binary.exists():
            forget("kustomize-*")
            with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                for path in MODULES:
                    shutil.copy(path, scratch)
                _run(go, Path(scratch))
                (Path(scratch) / "kustomize").replace(binary)
        binary.touch()
    return binary


def kept() -> Path:
    """Return the path of the program in the cache; its name is a digest of the two files."""
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in MODULES)).hexdigest()
    return cache() / f"kustomize-{digest[:16]}"


def _run(go: str, folder: Path) -> None:
    if output := go_build(go, folder, "-ldflags=-s -w", "-o", "kustomize", MODULE, patience=PATIENCE):
        if why := unreachable(output):
            raise Unavailable(f"kustomize cannot be fetched from the Go module proxy: {why}")
        raise RuntimeError(f"kustomize does not build:\n{output[-6000:]}")
