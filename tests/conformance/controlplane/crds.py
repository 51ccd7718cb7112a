"""CustomResourceDefinitions of the systems that a platform runs, from their own releases.

Each is a Go module, so the module proxy has its complete repository; the sum is Go's sum of the content.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.conformance.argocd.build import ARGOCD, release
from tests.conformance.gomodules import Unavailable, download

# {module: (version, Go's sum, folder of the CRDs)}
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
    """Return the repository of an Argo CD release."""
    return module(ARGOCD, release(version))


def of_argocd(version: str) -> list[dict]:
    """Return the CRDs of Argo CD."""
    return _read(source_of_argocd(version) / "manifests" / "crds")


@cache
def of_systems(kinds: frozenset[str]) -> tuple[dict, ...]:
    """Return the CRDs of these kinds of other systems."""
    definitions = [
        crd
        for name, (version, total, path) in SYSTEMS.items()
        for crd in _read(module(name, version, total) / path, kinds)
    ]
    assert {crd["spec"]["names"]["kind"] for crd in definitions} == kinds
    return tuple(definitions)


@cache
def module(name: str, version: str, total: str = "") -> Path:
    """Return the folder of a module, fetched if needed. Skips the test if it is not available."""
    try:
        return Path(download(name, version, total)["Dir"])
    except Unavailable as error:
        pytest.skip(str(error))


class _Loader(yaml.CSafeLoader):
    """A reader of YAML 1.1 without its value type: a lone `=` is text, as in an enum of operators."""


_Loader.add_constructor("tag:yaml.org,2002:value", _Loader.construct_scalar)


def _read(folder: Path, kinds: frozenset[str] | None = None) -> list[dict]:
    """Return the CRDs of a folder. Files are named after the plural of their kind, so other kinds are not parsed."""
    files = [
        path
        for path in sorted(folder.glob("*.yaml"))
        if kinds is None or any(path.stem.endswith(f"_{kind.lower()}s") for kind in kinds)
    ]
    documents = [yaml.load(path.read_text(), _Loader) for path in files]
    return [document for document in documents if document.get("kind") == "CustomResourceDefinition"]
