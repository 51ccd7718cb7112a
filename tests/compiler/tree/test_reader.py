"""The tree of the previous compile: the files that it owns, what is torn, and which files are trusted unread."""

from __future__ import annotations

import json
import os

import pytest

from sixfold_compiler.model.inventory import FileEntry, digest_of
from sixfold_compiler.tree.layout import JOURNAL
from sixfold_compiler.tree.reader import Previous, read_file, read_previous, torn_problem, trusted
from sixfold_compiler.tree.salvage import UNKNOWN
from tests.support.trees import Spec, brief, dump, placements, sealed_dump

A, B, CELL = "prod/dc1/a", "prod/dc1/b", "prod/dc1"


def facts() -> dict:
    record = {
        "name": "web", "namespace": "shop", "team": "shop", "ports": [], "calls": [], "roads": {}, "tier": "P1",
        "kind": "Job", "spread": "share", "clusters": {"a": 50, "b": 50},
    }  # fmt: skip
    app = {"source": "s", "deps": "d", "cells": [], "files": {}, "facts": record, "objects": []}
    return {
        "apiVersion": "sixfold.dev/v1",
        "kind": "Facts",
        "environment": "prod",
        "dataCenter": "dc1",
        "apps": {"shop/web": app},
    }


@pytest.fixture
def tree(tmp_path):
    """Write a tree of one app on two clusters of one cell, which is in order."""
    spec = Spec(placements({"prod": {"dc1": ["a", "b"]}}, {"shop": ["web"]}))
    spec.instances = {A: "main", B: "main"}
    spec.argocd = {"main": {"bootstrap.yaml": ["AppProject/x"]}}
    folder = spec.write(tmp_path / "out")
    (folder / CELL / "facts.json").write_bytes(dump(facts()))
    root = json.loads((folder / "inventory.json").read_bytes())
    root["dataCenters"][CELL] = brief(dump(facts()))
    (folder / "inventory.json").write_bytes(sealed_dump(root))
    return folder


def all_files(tree) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file() and path.name != JOURNAL}


def test_without_a_tree_nothing_is_owned(tmp_path) -> None:
    assert read_previous(tmp_path / "none") == Previous()


def test_a_tree_in_order_owns_its_files_with_their_digests(tree) -> None:
    previous = read_previous(tree)
    assert (previous.exists, previous.torn, previous.unguarded, previous.unfinished) == (True, (), frozenset(), False)
    assert (sorted(previous.clusters), list(previous.facts), list(previous.argocd)) == ([A, B], [CELL], ["main"])
    assert previous.teams["shop"].unit == "namespace"
    assert previous.written == (tree / "inventory.json").stat().st_mtime_ns
    assert set(previous.files) == all_files(tree)
    for path, entry in previous.files.items():
        data = (tree / path).read_bytes()
        assert (entry.digest, entry.size) == (digest_of(data), len(data))
    assert previous.owns(f"{A}/shop/web.yaml")
    assert not previous.owns(f"{A}/shop/other.yaml")


@pytest.mark.parametrize("path", [f"{A}/inventory.json", f"{CELL}/facts.json", "inventory.json"])
def test_an_edited_inventory_is_torn_and_all_in_its_folder_is_owned(tree, path) -> None:
    (tree / path).write_bytes((tree / path).read_bytes() + b"\n")
    previous = read_previous(tree)
    folder = path.rpartition("/")[0]
    assert (previous.torn, previous.written, previous.exists) == ((folder,), 0, True)
    assert previous.unguarded == frozenset()
    assert previous.owns(f"{folder}/new".lstrip("/"))
    assert not previous.owns("prod/dc2/new") or not folder
    assert set(previous.files) == all_files(tree)
    if folder:
        assert previous.files[path] == UNKNOWN
    assert sorted(previous.clusters) == [A, B]


@pytest.mark.parametrize("data", [None, b"{", b"{}"])
def test_a_lost_cluster_inventory_leaves_its_overlays_owned_by_the_facts(tree, data) -> None:
    if data is None:
        (tree / A / "inventory.json").unlink()
    else:
        (tree / A / "inventory.json").write_bytes(data)
    previous = read_previous(tree)
    assert previous.torn == (A,)
    assert list(previous.clusters) == [B]
    assert previous.unguarded == (frozenset() if data is None else {A})
    assert previous.files[f"{A}/shop/web.yaml"] == UNKNOWN
    assert previous.files[f"{B}/shop/web.yaml"].size > 0


@pytest.mark.parametrize("document", [{}, {"instance": 1}])
def test_a_damaged_inventory_is_torn_even_if_its_digest_is_right(tree, document) -> None:
    if document:
        document = {**json.loads((tree / A / "inventory.json").read_bytes()), **document}
    (tree / A / "inventory.json").write_bytes(dump(document))
    root = json.loads((tree / "inventory.json").read_bytes())
    root["clusters"][A] = brief(dump(document))
    (tree / "inventory.json").write_bytes(sealed_dump(root))
    previous = read_previous(tree)
    assert (previous.torn, previous.unguarded) == ((A,), {A})
    assert (A in previous.clusters) == bool(document)


def test_a_lost_root_inventory_is_replaced_by_the_inventories_that_are_there(tree) -> None:
    (tree / "inventory.json").unlink()
    previous = read_previous(tree)
    assert (previous.exists, previous.torn) == (True, ("", CELL, A, B))
    assert previous.owns("anything")
    assert sorted(previous.clusters) == [A, B]
    assert all(cluster.input == "" for cluster in previous.clusters.values())
    assert (previous.teams, previous.argocd) == ({}, {})


def test_a_torn_cluster_does_not_vouch_for_its_inputs(tree) -> None:
    for cluster in (A, B):
        document = json.loads((tree / cluster / "inventory.json").read_bytes())
        (tree / cluster / "inventory.json").write_bytes(dump({**document, "input": "sha256:1"}))
    root = json.loads((tree / "inventory.json").read_bytes())
    root["clusters"][B] = brief((tree / B / "inventory.json").read_bytes())
    (tree / "inventory.json").write_bytes(sealed_dump(root))
    previous = read_previous(tree)
    assert previous.torn == (A,)
    assert {key: cluster.input for key, cluster in previous.clusters.items()} == {A: "", B: "sha256:1"}


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        (b'["prod/dc1/a/x.yaml", "../x", 5, "a//b"]', {"prod/dc1/a/x.yaml"}),
        (b"{", set()),
        (b"", set()),
        (b'{"a": 1}', set()),
    ],
)
def test_a_journal_that_is_left_names_the_files_of_a_killed_run(tree, text, owned) -> None:
    before = set(read_previous(tree).files)
    (tree / JOURNAL).write_bytes(text)
    previous = read_previous(tree)
    assert (previous.unfinished, previous.written) == (True, 0)
    assert set(previous.files) - before == owned
    assert all(previous.files[path] == UNKNOWN for path in owned)


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "a b"])
def test_paths_that_lead_out_of_their_folder_are_not_owned(tree, name) -> None:
    document = json.loads((tree / A / "inventory.json").read_bytes())
    namespace = document["namespaces"]["shop"]
    namespace["apps"][name] = namespace["apps"]["web"]
    document["namespaces"][name] = namespace
    document["files"][f"{name}/.."] = next(iter(document["files"].values()))
    root = json.loads((tree / "inventory.json").read_bytes())
    (tree / A / "inventory.json").write_bytes(dump(document))
    root["clusters"][A] = brief(dump(document))
    root["argocd"]["other"] = {"files": {f"{name}/..": next(iter(root["argocd"]["main"]["files"].values()))}}
    (tree / "inventory.json").write_bytes(sealed_dump(root))
    previous = read_previous(tree)
    assert set(previous.files) == all_files(tree)
    assert list(previous.clusters[A].namespaces) == ["shop"]
    assert list(previous.clusters[A].namespaces["shop"].apps) == ["web"]
    assert list(previous.argocd) == ["main"]


def test_a_file_is_trusted_by_size_and_time_and_else_read(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"one")
    (tmp_path / "link").symlink_to("file")
    entry = FileEntry(digest_of(b"one"), 3, 1)
    changed = (tmp_path / "file").stat().st_mtime_ns
    assert trusted(tmp_path, "file", entry, changed + 1)
    assert trusted(tmp_path, "file", entry, changed)
    assert not trusted(tmp_path, "file", FileEntry(entry.digest, 4, 1), changed + 1)
    assert not trusted(tmp_path, "none", entry, changed + 1)
    assert not trusted(tmp_path, "link", FileEntry(entry.digest, 4, 1), (tmp_path / "link").lstat().st_mtime_ns + 1)
    (tmp_path / "file").write_bytes(b"two")
    changed = (tmp_path / "file").stat().st_mtime_ns
    assert not trusted(tmp_path, "file", entry, changed), "it may have changed since, and it has"
    assert trusted(tmp_path, "file", entry, changed + 1), "an older file is not read"


def test_only_regular_files_are_read_and_no_descriptor_stays_open(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"one")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    names = ("file", "link", "folder", "pipe", "none")
    assert [read_file(tmp_path / name) for name in names] == [b"one", None, None, None, None]
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before


@pytest.mark.parametrize(("torn", "place"), [(("",), "the inventories do"), (("", A), f"the inventories of {A} do")])
def test_the_problem_of_a_torn_tree_names_the_first_folder(torn, place) -> None:
    problem = torn_problem(Previous(torn=torn))
    assert problem.code == "SF705"
    assert problem.message.startswith(place)
