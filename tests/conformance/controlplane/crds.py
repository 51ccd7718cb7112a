"""CustomResourceDefinitions of the systems that a platform runs, out of their own releases.

Each is a Go module, so the module proxy has its whole repository; the sum is Go's own of that content.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.conformance.argocd.build import ARGOCD, release
from tests.conformance.gomodules import Unavailable, download

# {module: (version, Go's sum of it, folder of the CRDs)}
SYSTEMS = {
    "github.com/prometheus-operator/prometheus-operator": (
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        "example/prometheus-operator-crd",
    ),
    "github.com/external-secrets/external-secrets": (
        "v1.3.2",
        "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
        "config/crds/bases",
    ),
}


def source_of_argocd(version: str) -> Path:
    """The repository of an Argo CD release."""
    return module(ARGOCD, release(version))


def of_argocd(version: str) -> list[dict]:
    """Argo CD's own."""
    return _read(source_of_argocd(version) / "manifests" / "crds")


@cache
def of_systems(kinds: frozenset[str]) -> tuple[dict, ...]:
    """Those of these kinds."""
    missing_definitions = [
        crd
        for name, (version, total, path) in SYSTEMS.items()
        for crd in _read(module(name, version, total) / path, kinds)
    ]
    assert {crd["spec"]["names"]["kind"] for crd in missing_definitions} == kinds
    return tuple(missing_definitions)


@cache
def module(name: str, version: str, total: str = "") -> Path:
    """The folder of a module, fetched where it is not there yet. Skips where it cannot be had."""
    try:
        return Path(download(name, version, total)["Dir"])
    except Unavailable as error:
        pytest.skip(str(error))


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 without its value type: a lone `=` is text, as in an enum of operators."""


_Loader.add_constructor("tag:yaml.org,2002:value", _Loader.construct_scalar)


def _read(folder: Path, kinds: frozenset[str] | None = None) -> list[dict]:
    """The CRDs of a folder. A file is named after the plural of its kind, so that those of others are not parsed."""
    files = [
        path
        for path in sorted(folder.glob("*.yaml"))
        if kinds is None or any(path.stem.endswith(f"_{kind.lower()}s") for kind in kinds)
    ]
    documents = [yaml.load(path.read_text(), _Loader) for path in files]
    return [document for document in documents if document.get("kind") == "CustomResourceDefinition"]
