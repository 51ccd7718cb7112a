"""Typed access to objects of unknown shape."""

from __future__ import annotations

import pytest

from sixfold_compiler.kubernetes.objects import at, entries, parse_object, pods_of

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}


def test_entries_are_the_mappings_of_a_list_with_their_positions() -> None:
    assert list(entries({"items": [1, {"a": 1}, "x", {"b": 2}]}, "items")) == [(1, {"a": 1}), (3, {"b": 2})]
    assert list(entries({"items": {"a": 1}}, "items")) == []


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, {"spec": None}, {"spec": []}], ids=repr)
def test_a_path_without_a_mapping_reads_as_empty(value) -> None:
    assert at(value, "spec") == {}
    assert at(value, "spec", "template") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"apiVersion": None}, {"apiVersion": ""}, {"apiVersion": 1}, {"kind": None}, {"kind": ""}, {"kind": []},
        {"metadata": None}, {"metadata": []}, {"metadata": {}}, {"metadata": {"name": 5}},
    ],
    ids=repr,
)  # fmt: skip
def test_objects_without_api_version_kind_or_name_are_not_objects(change) -> None:
    assert parse_object(CONFIG) is not None
    assert parse_object({**CONFIG, **change}) is None


@pytest.mark.parametrize(("api", "group"), [("v1", ""), ("apps/v1", "apps"), ("a.b/c/v1", "a.b/c")])
def test_an_object_has_the_group_of_its_api_version(api, group) -> None:
    item = parse_object({**CONFIG, "apiVersion": api})
    assert item.key == (group, "ConfigMap", "web")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", ()),
        ("PodTemplate", ("template",)),
        ("Deployment", ("spec", "template")),
        ("CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("ScaledJob", ("spec", "jobTargetRef", "template")),
    ],
)
def test_the_pod_template_of_each_kind_is_read_from_its_own_path(kind, path) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}
    if path:
        value = template
        for part in reversed(path):
            value = {part: value}
        value = {**CONFIG, **value, "kind": kind}
    else:
        value = {**CONFIG, **template, "kind": kind, "metadata": {"name": "web", "labels": {"a": "b"}}}
    (pod,) = pods_of(parse_object(value))
    assert (pod.path, pod.labels, pod.under("volumes", 0)) == (path, {"a": "b"}, (*path, "spec", "volumes", 0))
    assert pods_of(parse_object({**CONFIG, "kind": kind})) == []
