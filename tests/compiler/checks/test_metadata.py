"""Checks of the metadata of single objects."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks.metadata import check_namespace, check_shape, check_words
from sixfold_compiler.kubernetes.objects import parse_object


@pytest.mark.parametrize(
    ("metadata", "messages"),
    [
        ({"namespace": "shop"}, []),
        ({}, ["is missing"]),
        ({"namespace": "pay"}, ["is 'pay', but the namespace of the team is 'shop'"]),
    ],
)
def test_objects_outside_the_namespace_of_their_team_are_rejected(metadata, messages) -> None:
    item = parse_object({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", **metadata}})
    assert [finding.message for finding in check_namespace(item, ("shop",))] == messages


@pytest.mark.parametrize("field", ["apiVersion", "kind"])
@pytest.mark.parametrize("value", [None, "", 1])
def test_an_object_has_an_api_version_and_a_kind(field, value) -> None:
    (finding,) = check_shape({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, field: value})
    assert (finding.code, finding.path, finding.message) == ("SF600", (field,), "is missing, or is not text")


@pytest.mark.parametrize("option", ["Prune=false", "Delete=false", "PruneLast=true,Prune=false"])
def test_no_object_of_a_team_outlives_the_retirement_of_its_app(option) -> None:
    key = "argocd.argoproj.io/sync-options"
    (finding,) = check_words(("metadata", "annotations"), {key: option}, "shop/web")
    assert (finding.code, finding.path) == ("SF613", ("metadata", "annotations", key))
    assert "Prune=confirm" in finding.help
    assert list(check_words(("metadata", "annotations"), {key: option.replace("false", "confirm")}, "shop/web")) == []
