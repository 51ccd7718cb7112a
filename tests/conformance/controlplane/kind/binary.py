"""The pinned release of kind, built from its Go module; an installed kind is not used."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conformance.controlplane.crds import module
from tests.conformance.gomodules import cache, environment, find_go, only_one, unreachable
from tests.support.counterparts import met, version_of

MODULE = "sigs.k8s.io/kind"
VERSION = "v0.33.0"
SUM = "h1:AjvDv3vOygb/VKLVQW87lfktIBzkxR8Ump9DjxC8+Lk="  # Go's sum; the module's go.sum has those of its dependencies
IMAGE = re.compile(r'^const Image = "(kindest/node:v([0-9.]+)@sha256:[0-9a-f]{64})"$', re.MULTILINE)


def kind_binary() -> Path:
    """Return the program, built if needed. Skips without Go or the module; fails if the build fails."""
    binary = cache() / f"kind-{VERSION}"
    with only_one("kind"):
        if not binary.exists():
            source = module(MODULE, VERSION, SUM)
            with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                draft = Path(scratch) / "kind"
                line = [find_go(), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", draft, "."]
                environ = environment(CGO_ENABLED="0")
                done = subprocess.run(
                    line, cwd=source, env=environ, check=False, capture_output=True, text=True, timeout=900
                )
                if done.returncode:
                    if why := unreachable(done.stderr):
                        pytest.skip(f"kind {VERSION} cannot be built without its modules: {why}")
                    pytest.fail(f"kind {VERSION} does not build:\n{done.stderr[-3000:]}", pytrace=False)
                draft.replace(binary)
    met("kind", lambda: version_of(binary, "version"))
    return binary


def node_image() -> tuple[str, str]:
    """Return (image with its digest, its Kubernetes version), the default of this kind release in its source."""
    kind_binary()
    text = (module(MODULE, VERSION, SUM) / "pkg" / "apis" / "config" / "defaults" / "image.go").read_text()
    match = IMAGE.search(text)
    assert match, "kind's default image is no longer in image.go"
    return match[1], match[2]
