"""Paths of the overlay tree."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.tree.layout import overlay_path, target_of

TARGET = Target("prod", "dc1", "dc1-a")


@pytest.mark.parametrize("target", [TARGET, "prod/dc1/dc1-a"])
def test_the_path_of_an_overlay_names_its_cluster_namespace_and_app(target) -> None:
    assert overlay_path(target, "shop", "web") == "prod/dc1/dc1-a/shop/web.yaml"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("prod/dc1/dc1-a/shop/web.yaml", TARGET),
        ("prod/dc1/dc1-a/inventory.json", TARGET),
        ("prod/dc1/facts.json", Target("prod", "dc1", "facts.json")),
        ("prod/x", Target("prod", "x", "")),
        ("inventory.json", Target("inventory.json", "", "")),
    ],
)
def test_a_path_lies_in_the_folder_of_a_cluster_or_of_none(path, target) -> None:
    assert target_of(path) == target
