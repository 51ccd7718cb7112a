"""Inventories: strict parsing, and bytes that parse to the same record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sixfold_compiler.model.facts import AppRecord, Facts
from sixfold_compiler.model.inventory import (
    CellFacts,
    ClusterInventory,
    FileEntry,
    FileRef,
    InstanceInventory,
    NamespaceEntry,
    OverlayEntry,
    RepositoryEntry,
    RootInventory,
    TeamEntry,
    TreeIndex,
    digest_of,
)
from sixfold_compiler.model.tombstone import Deletions, Tombstone

API = "sixfold.dev/v1"
FACTS = {
    "name": "web", "team": "shop", "namespace": "shop", "tier": "P1", "kind": "Deployment", "ports": [], "roads": {},
    "spread": "share", "calls": [], "home": "", "clusters": {"dc1-a": 100},
}  # fmt: skip
TOMBSTONE = Tombstone.model_validate({"team": "shop", "approvedBy": "a", "reason": "as agreed", "until": "2027-01-01"})
CLUSTER = ClusterInventory(
    API, "ClusterInventory", "prod", "dc1", "dc1-a", "eu-west-1", "https://x", "main", {"tier": "gold"}, "prod-dc1-a", "p", 1,
    {"_platform/gateway.yaml": FileEntry(digest_of(b"1"), 1, 1, holds="Service/x"), "_tenancy/a.yaml": FileEntry("d", 2, 3)},
    {"shop": NamespaceEntry("shop", "shop", "prod-dc1-a-shop", 60, {
        "web": OverlayEntry(digest_of(b"2"), 4, 5, "prod-dc1-a-shop-web", holds="Deployment")})},
    "sha256:input",
)  # fmt: skip
APP = AppRecord(
    source="s",
    deps="d",
    cells=["prod/dc1"],
    files={"a.txt": "f"},
    facts=Facts.parse(FACTS),
    objects=["Service/web"],
)
CELL = CellFacts(API, "Facts", "prod", "dc1", {"shop/web": APP})
ROOT = RootInventory(
    api_version=API, kind="Inventory", checksum="sha256:0", fleet="f", compiler="1", repository=RepositoryEntry("u", "main", ""),
    clusters={"prod/dc1/dc1-a": FileRef("d", 9)}, cells={"prod/dc1": FileRef("e", 8)},
    argocd={"main": InstanceInventory({"a.yaml": FileEntry("d", 1, 1)}, "sha256:input")},
    teams={"shop": TeamEntry("shop", "app", {"prod/dc1": 1})}, tombstones=(TOMBSTONE,), deletions=Deletions(overlays=3),
)  # fmt: skip
RECORDS = pytest.mark.parametrize("record", [CLUSTER, CELL, ROOT], ids=lambda record: type(record).__name__)


def edited(record, change):
    document = json.loads(record.to_bytes())
    change(document)
    return json.dumps(document).encode()


@RECORDS
def test_a_record_survives_its_bytes(record) -> None:
    assert type(record).parse(record.to_bytes()) == record


@RECORDS
def test_bytes_are_sorted_and_indented_with_one_newline(record) -> None:
    text = json.dumps(json.loads(record.to_bytes()), indent=2, sort_keys=True, ensure_ascii=False)
    assert record.to_bytes() == f"{text}\n".encode()


@RECORDS
def test_every_field_that_earlier_versions_wrote_is_required(record) -> None:
    for name in json.loads(record.to_bytes()):
        if name not in {"build", "input", "identity"}:
            with pytest.raises(ValueError):
                type(record).parse(edited(record, lambda document, name=name: document.pop(name)))


@RECORDS
def test_unknown_fields_are_ignored(record) -> None:
    assert type(record).parse(edited(record, lambda document: document.update(later=1))) == record


@RECORDS
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"kind": "Other"}'])
def test_other_bytes_are_rejected(record, data) -> None:
    with pytest.raises(ValueError):
        type(record).parse(data)


@pytest.mark.parametrize(
    ("record", "change"),
    [
        (CLUSTER, lambda d: d.update(apiVersion="sixfold.dev/v2")),
        (CLUSTER, lambda d: d.update(wave="1")),
        (CLUSTER, lambda d: d["labels"].update(tier=1)),
        (CLUSTER, lambda d: d["files"]["_tenancy/a.yaml"].pop("digest")),
        (CLUSTER, lambda d: d["files"]["_tenancy/a.yaml"].update(size=1.5)),
        (CLUSTER, lambda d: d["namespaces"]["shop"]["apps"]["web"].pop("application")),
        (CELL, lambda d: d["apps"]["shop/web"].update(cells="prod/dc1")),
        (CELL, lambda d: d["apps"]["shop/web"].pop("facts")),
        (ROOT, lambda d: d["clusters"]["prod/dc1/dc1-a"].update(size=True)),
        (ROOT, lambda d: d["teams"]["shop"].update(unit="cluster")),
        (ROOT, lambda d: d["tombstones"][0].update(later=1)),
        (ROOT, lambda d: d["deletions"].update(later=1)),
    ],
)
def test_fields_of_another_type_are_rejected(record, change) -> None:
    with pytest.raises(ValueError):
        type(record).parse(edited(record, change))


def test_an_entry_without_identities_has_no_holds() -> None:
    files = json.loads(CLUSTER.to_bytes())["files"]
    assert "holds" not in files["_tenancy/a.yaml"]
    assert files["_platform/gateway.yaml"]["holds"] == "Service/x"


def test_the_index_is_the_part_of_a_root_inventory_that_names_the_tree() -> None:
    index = TreeIndex.parse(ROOT.to_bytes())
    assert (index.clusters, index.cells, index.argocd, index.teams) == (
        ROOT.clusters,
        ROOT.cells,
        ROOT.argocd,
        ROOT.teams,
    )
    broken = edited(ROOT, lambda document: document.update(tombstones=1))
    assert TreeIndex.parse(broken) == index
    with pytest.raises(ValueError):
        RootInventory.parse(broken)


def test_equal_records_have_equal_bytes() -> None:
    assert replace(CLUSTER).to_bytes() == CLUSTER.to_bytes()
    assert replace(CLUSTER, wave=2).to_bytes() != CLUSTER.to_bytes()
