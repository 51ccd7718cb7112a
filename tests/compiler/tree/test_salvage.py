"""Torn inventories: what strict parsing rejects is read part by part."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.tree.salvage import UNKNOWN, is_safe, read_cluster, read_facts, read_root

ENTRY = {"digest": "sha256:1", "objects": 1, "size": 2, "holds": "Service"}
OVERLAY = {**ENTRY, "application": "prod-dc1-a-shop-web"}
NAMESPACE = {
    "team": "shop",
    "project": "shop",
    "application": "prod-dc1-a-shop",
    "weight": 60,
    "apps": {"web": OVERLAY},
}
CLUSTER = {
    "apiVersion": "sixfold.dev/v1", "kind": "ClusterInventory", "environment": "prod", "dataCenter": "dc1", "cluster": "dc1-a",
    "region": "r", "server": "https://x", "instance": "main", "labels": {}, "application": "prod-dc1-a", "project": "p",
    "wave": 1, "files": {"_platform/a.yaml": ENTRY}, "namespaces": {"shop": NAMESPACE}, "input": "i",
}  # fmt: skip
FACTS = {
    "name": "web",
    "namespace": "shop",
    "team": "shop",
    "ports": [],
    "calls": [],
    "clusters": {},
    "roads": {},
    "tier": "P1",
    "kind": "Job",
    "spread": "share",
}
RECORD = {"source": "s", "deps": "d", "cells": [], "files": {}, "facts": FACTS, "objects": []}
CELL = {
    "apiVersion": "sixfold.dev/v1",
    "kind": "Facts",
    "environment": "prod",
    "dataCenter": "dc1",
    "apps": {"shop/web": RECORD},
}
ROOT = {
    "apiVersion": "sixfold.dev/v1", "kind": "Inventory", "clusters": {"prod/dc1/dc1-a": {"digest": "sha256:1", "size": 2}},
    "dataCenters": {"prod/dc1": {"digest": "sha256:2", "size": 3}}, "argocd": {"main": {"files": {"a.yaml": ENTRY}, "input": "i"}},
    "teams": {"shop": {"project": "shop", "unit": "app", "applications": {}}},
}  # fmt: skip


def data(document, **changes):
    return json.dumps({**document, **changes}).encode()


def test_a_valid_inventory_is_read_strictly() -> None:
    cluster, guarded = read_cluster(data(CLUSTER))
    assert (cluster.labels, cluster.wave, cluster.input, guarded) == ({}, 1, "i", True)
    root = read_root(data(ROOT))
    assert (root.clusters, root.teams["shop"].unit) == ({"prod/dc1/dc1-a": "sha256:1"}, "app")
    facts, complete = read_facts(data(CELL))
    assert (list(facts.apps), complete) == (["shop/web"], True)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"<<<<<<< HEAD"])
def test_nothing_is_salvaged_from_other_bytes(text) -> None:
    assert read_cluster(text) == (None, False)
    assert read_root(text) is None
    assert read_facts(text) == (None, False)


@pytest.mark.parametrize("field", ["files", "namespaces"])
def test_a_cluster_without_its_sections_is_lost(field) -> None:
    assert read_cluster(data(CLUSTER, **{field: []})) == (None, False)


def test_a_file_with_a_damaged_entry_is_owned_with_unknown_content() -> None:
    cluster, guarded = read_cluster(data(CLUSTER, files={"_platform/a.yaml": {}, "_platform/b.yaml": ENTRY}))
    assert cluster.files["_platform/a.yaml"] == UNKNOWN
    assert cluster.files["_platform/b.yaml"].holds == "Service"
    assert guarded, "the guard compares files by their identities alone"


def test_the_fields_of_a_torn_cluster_are_kept() -> None:
    sound, _ = read_cluster(data(CLUSTER))
    torn, guarded = read_cluster(data(CLUSTER, wave="x"))
    fields = ("environment", "data_center", "cluster", "region", "server", "instance", "application", "project")
    assert [getattr(torn, name) for name in fields] == [getattr(sound, name) for name in fields]
    assert (torn.labels, torn.wave, torn.input, guarded) == ({}, 0, "", True)
    assert (torn.files, torn.namespaces) == (sound.files, sound.namespaces)


def test_a_damaged_namespace_keeps_its_overlays_and_takes_the_cluster_from_the_guard() -> None:
    rows = {"shop": {**NAMESPACE, "project": 1, "apps": {"web": OVERLAY, "api": {}}}, "pay": {"apps": []}, "ads": 1}
    cluster, guarded = read_cluster(data(CLUSTER, namespaces=rows))
    assert list(cluster.namespaces) == ["shop"]
    row = cluster.namespaces["shop"]
    assert (row.team, row.weight, row.apps["web"].digest, row.apps["api"].size) == ("shop", 60, "sha256:1", -1)
    assert (row.apps["api"].digest, row.apps["api"].objects, row.apps["api"].application) == ("", 0, "")
    assert not guarded


@pytest.mark.parametrize(("field", "guarded"), [("instance", False), ("application", False), ("region", True)])
def test_the_guard_needs_the_instance_and_the_application_of_a_cluster(field, guarded) -> None:
    assert read_cluster(data(CLUSTER, **{field: 1}))[1] == guarded


def test_damaged_references_of_a_root_inventory_have_no_digest() -> None:
    root = read_root(data(ROOT, clusters={"prod/dc1/dc1-a": {}, "x": 1, "y": {"digest": 1}}, teams={"shop": {}}))
    assert root.clusters == {"prod/dc1/dc1-a": None, "x": None, "y": None}
    assert root.cells == {"prod/dc1": "sha256:2"}
    assert read_root(data(ROOT, clusters={"x": 1})).teams["shop"].unit == "app"
    assert root.teams == {}, "units are compared for all teams or for none"


def test_a_damaged_instance_keeps_its_files() -> None:
    root = read_root(data(ROOT, argocd={"main": {"files": {"a.yaml": ENTRY, "b.yaml": 1}}, "other": 1, "third": {}}))
    assert root.argocd["main"].files["b.yaml"] == UNKNOWN
    assert root.argocd["main"].files["a.yaml"].holds == "Service"
    assert list(root.argocd) == ["main", "third"]


@pytest.mark.parametrize(
    "record", [{**RECORD, "source": 1}, {**RECORD, "facts": {}}, {**RECORD, "facts": {**FACTS, "calls": 1}}, 1]
)
def test_damaged_records_of_apps_are_ignored(record) -> None:
    facts, complete = read_facts(
        data(CELL, dataCenter=1, apps={"shop/web": RECORD, "shop/api": record, "../x": RECORD, "a": RECORD})
    )
    assert (list(facts.apps), complete) == (["shop/web"], False)


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("a/b.yaml", True),
        ("", False),
        ("a//b", False),
        ("../a", False),
        ("a/.", False),
        ("/a", False),
        ("a\nb", False),
        ("..a", True),
    ],
)
def test_safe_paths_stay_inside_the_tree(path, safe) -> None:
    assert is_safe(path) == safe
