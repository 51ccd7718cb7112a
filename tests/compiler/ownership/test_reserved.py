"""Names that no app may have."""

from __future__ import annotations

import pytest

from sixfold_compiler.ownership.reserved import reserved_app


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("web", ""),
        ("my-sixfold-app", ""),
        ("sixfold", ""),
        ("sixfold-gateway", "the platform"),
        ("con", "Windows"),
        ("lpt9", "Windows"),
        ("com10", ""),
        ("console", ""),
        ("kustomization", "Kustomize or Helm"),
        ("chart", "Kustomize or Helm"),
        ("charts", ""),
    ],
)
def test_names_of_the_platform_and_of_devices_are_reserved(name, reason) -> None:
    assert reason in reserved_app(name)
    assert bool(reserved_app(name)) is bool(reason)
