"""Layers: RFC 7386 with the additions of Sixfold, precedence, and the places of values."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import Span, merge_patch
from sixfold_compiler.manifest.layers import (
    Layer,
    apply_version,
    constant,
    find,
    image_version,
    locate,
    matching_overrides,
    merge,
    merge_layers,
)
from sixfold_compiler.model.addresses import Cell

# RFC 7386, appendix A: original, patch, result.
RFC_7386 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize("function", [merge, merge_patch])
@pytest.mark.parametrize(("original", "patch", "result"), RFC_7386)
def test_plain_patches_follow_the_examples_of_rfc_7386(function, original, patch, result) -> None:
    before = copy.deepcopy((original, patch))
    assert function(original, patch) == result
    assert (original, patch) == before


KEYS = st.sampled_from(["a", "b", "name", "value", "valueFrom", "ports"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def reference(target, patch):
    """Apply a patch by the pseudocode of RFC 7386, section 2."""
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    target = dict(target)
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = reference(target.get(name), value)
    return target


@given(JSON, JSON)
def test_plain_objects_are_patched_by_rfc_7386(target, patch) -> None:
    assert merge_patch(target, patch) == reference(target, patch)


@given(JSON, JSON)
def test_merging_a_layer_twice_changes_nothing(target, patch) -> None:
    once = merge(target, patch)
    assert merge(once, patch) == once


@given(JSON)
def test_an_empty_layer_changes_nothing(target) -> None:
    assert merge({"spec": target}, {}) == {"spec": target}


@given(st.dictionaries(KEYS, JSON), st.dictionaries(KEYS, JSON), st.dictionaries(KEYS, JSON))
def test_no_layer_is_changed_by_merging(first, second, third) -> None:
    layers = [Layer(str(i), spec, constant(Span("f"))) for i, spec in enumerate((first, second, third))]
    before = copy.deepcopy((first, second, third))
    merge_layers(layers)
    assert (first, second, third) == before


ENV = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("ABCDEF"), "value": st.sampled_from(["1", "2"])}),
    unique_by=lambda e: e["name"],
    max_size=5,
)


@given(ENV, ENV)
def test_named_lists_keep_their_order_and_append_new_items(base, patch) -> None:
    merged = merge({"env": base}, {"env": patch})["env"]
    if not patch:  # an explicit empty list removes all items
        assert merged == []
        return
    names = [e["name"] for e in merged]
    assert names == [e["name"] for e in base] + [e["name"] for e in patch if e["name"] not in {b["name"] for b in base}]
    expected = {e["name"]: e["value"] for e in (*base, *patch)}
    assert {e["name"]: e["value"] for e in merged} == expected


def test_items_of_named_lists_merge_field_by_field() -> None:
    base = {"containers": [{"name": "a", "image": "x", "env": [{"name": "E", "value": "1"}]}, {"name": "b"}]}
    patch = {"containers": [{"name": "a", "env": [{"name": "F", "value": "2"}]}]}
    assert merge(base, patch)["containers"] == [
        {"name": "a", "image": "x", "env": [{"name": "E", "value": "1"}, {"name": "F", "value": "2"}]},
        {"name": "b"},
    ]


@pytest.mark.parametrize(
    ("field", "base", "patch", "merged"),
    [
        ("calls", [{"app": "a"}, {"host": "h", "port": 1}], [{"host": "h", "port": 2}, {"app": "a", "road": "direct"}],
         [{"app": "a", "road": "direct"}, {"host": "h", "port": 1}, {"host": "h", "port": 2}]),
        ("calls", [{"app": "a"}], [{"app": "a", "dataCenter": "dc2"}], [{"app": "a"}, {"app": "a", "dataCenter": "dc2"}]),
        ("volumeMounts", [{"name": "v", "mountPath": "/a"}], [{"name": "v", "mountPath": "/b"}],
         [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]),
        ("tolerations", [{"key": "a"}], [{"key": "b"}], [{"key": "b"}]),
        ("args", ["a"], ["b"], ["b"]),
        # Items with equal names cannot be distinguished, so the stronger list replaces the weaker one.
        ("metrics", [{"name": "m", "value": 1}, {"name": "m", "value": 2}], [{"name": "n"}], [{"name": "n"}]),
        ("env", [{"name": "A", "value": "1"}], [{"name": "A", "value": "2"}, {"name": "A", "value": "3"}],
         [{"name": "A", "value": "2"}, {"name": "A", "value": "3"}]),
    ],
)  # fmt: skip
def test_lists_merge_by_name_call_or_mount_path(field, base, patch, merged) -> None:
    assert merge({field: base}, {field: patch}) == {field: merged}


@pytest.mark.parametrize(
    ("base", "patch", "merged"),
    [
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "p"}}}]},
         {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "p"}}}]}),
        ({"valueFrom": {"secretKeyRef": {"name": "s"}}}, {"valueFrom": {"callRef": {"app": "a"}}}, {"valueFrom": {"callRef": {"app": "a"}}}),
        ({"probes": {"readiness": {"httpGet": {"port": 1}, "periodSeconds": 3}}}, {"probes": {"readiness": {"grpc": {"port": 2}}}},
         {"probes": {"readiness": {"grpc": {"port": 2}, "periodSeconds": 3}}}),
        ({"disruption": {"maxUnavailable": "10%"}}, {"disruption": {"minAvailable": 1}}, {"disruption": {"minAvailable": 1}}),
        ({"volumes": [{"name": "v", "emptyDir": {}}]}, {"volumes": [{"name": "v", "claim": {"size": "1Gi"}}]},
         {"volumes": [{"name": "v", "claim": {"size": "1Gi"}}]}),
        ({"autoscaling": {"max": 9, "cpu": 50}}, {"replicas": 1}, {"replicas": 1}),
        ({"replicas": 2}, {"autoscaling": {"max": 9}}, {"autoscaling": {"max": 9}}),
        # A null removes its own field and no other.
        ({"replicas": 2}, {"autoscaling": None}, {"replicas": 2}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "valueFrom": None}]}, {"env": [{"name": "A", "value": "1"}]}),
    ],
)  # fmt: skip
def test_a_field_replaces_weaker_fields_that_it_excludes(base, patch, merged) -> None:
    assert merge(base, patch) == merged


@pytest.mark.parametrize("field", ["data", "files", "labels", "annotations", "nodeSelector", "requests", "limits"])
def test_free_keys_exclude_nothing(field) -> None:
    base = {field: {"value": "1", "exec": "2", "secret": "3"}}
    assert merge(base, {field: {"valueFrom": "4"}}) == {
        field: {"value": "1", "exec": "2", "secret": "3", "valueFrom": "4"}
    }


def test_overrides_apply_from_the_least_to_the_most_specific() -> None:
    overrides = [
        {"match": {"environment": "prod", "dataCenter": "dc1"}},  # 0
        {"match": {"dataCenter": "dc1"}},  # 1
        {"match": {"environment": "prod"}},  # 2
        {"match": {}},  # 3
        {"match": {"environment": "prod"}},  # 4
        {"match": {"environment": "dev"}},  # 5
        {"match": {"environment": "prod", "dataCenter": "dc2"}},  # 6
    ]
    assert matching_overrides(overrides, Cell("prod", "dc1")) == [3, 2, 4, 1, 0]
    assert matching_overrides(overrides, Cell("dev", "dc1")) == [3, 5, 1]
    assert matching_overrides(overrides, Cell("staging", "dc2")) == [3]


@given(st.lists(st.tuples(st.sampled_from([None, "prod", "dev"]), st.sampled_from([None, "dc1", "dc2"])), max_size=8))
def test_override_order_depends_on_specificity_only(matches) -> None:
    overrides = [{"match": {k: v for k, v in (("environment", e), ("dataCenter", d)) if v}} for e, d in matches]
    chosen = matching_overrides(overrides, Cell("prod", "dc1"))
    rank = {(): 0, ("environment",): 1, ("dataCenter",): 2, ("environment", "dataCenter"): 3}
    keys = [(rank[tuple(overrides[i]["match"])], i) for i in chosen]
    assert keys == sorted(keys)
    assert set(chosen) == {i for i, (e, d) in enumerate(matches) if e in (None, "prod") and d in (None, "dc1")}


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("nginx", "nginx", ""),
        ("nginx:1.27", "nginx", "1.27"),
        ("registry.example.com:5000/a/b", "registry.example.com:5000/a/b", ""),
        ("registry.example.com:5000/a/b:v1", "registry.example.com:5000/a/b", "v1"),
        ("a/b@sha256:" + "0" * 64, "a/b", "sha256:" + "0" * 64),
        ("a/b:v1@sha256:" + "0" * 64, "a/b", "v1@sha256:" + "0" * 64),
    ],
)
def test_images_split_into_name_and_version(image, name, version) -> None:
    assert image_version(image) == (name, version)
    if version:
        assert apply_version(name, version) == image
        assert apply_version(f"{name}:old", version) == image


def test_values_are_found_by_the_names_of_list_items() -> None:
    spec = {"env": [{"name": "A"}, {"name": "B", "value": "x"}], "calls": [{"app": "auth", "dataCenter": "dc2"}]}
    assert find(spec, ["env", "B", "value"]) == ("x", ("env", 1, "value"))
    assert find(spec, ["env", "1", "value"]) == ("x", ("env", 1, "value"))
    assert find(spec, ["calls", "auth@dc2", "app"]) == ("auth", ("calls", 0, "app"))
    assert find(spec, ["env", "C"]) is None
    assert find(spec, []) == (spec, ())


def test_keys_with_dots_are_found() -> None:
    spec = {"config": [{"name": "s", "data": {"a.b": "1", "a": "2"}}], "nodeSelector": {"karpenter.sh/pool": "x"}}
    assert find(spec, ["config", "s", "data", "a", "b"]) == ("1", ("config", 0, "data", "a.b"))
    assert find(spec, ["config", "s", "data", "a"]) == ("2", ("config", 0, "data", "a"))
    assert find(spec, ["nodeSelector", "karpenter", "sh/pool"]) == ("x", ("nodeSelector", "karpenter.sh/pool"))


def test_a_merged_value_is_located_in_the_strongest_layer_that_sets_it() -> None:
    def layer(name, spec):
        return Layer(name, spec, lambda path: SimpleNamespace(layer=name, path=path))

    weak = layer("manifest", {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "replicas": 2})
    strong = layer("override", {"env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]})
    merged = merge_layers([weak, strong])

    def at(*path):
        place = locate([weak, strong], merged, path)
        return place.layer, place.path

    assert at("env", 0, "value") == ("manifest", ("env", 0, "value"))
    assert at("env", 1, "value") == ("override", ("env", 0, "value"))
    assert at("env", 2) == ("override", ("env", 1))
    assert at("replicas") == ("manifest", ("replicas",))
    assert at("env", 0, "missing") == ("manifest", ("env", 0))
    assert locate([weak, strong], merged, ("nothing",)) is None
