"""Holdings from inventories, and the adopted state that a generator hands to `sixfold guard`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from sixfold_compiler.guard import Spent, holdings_of
from sixfold_compiler.guard.adopted import AdoptedState
from sixfold_compiler.guard.drops import Drop, drops_between
from sixfold_compiler.model.inventory import (
    ClusterInventory,
    FileEntry,
    InstanceInventory,
    NamespaceEntry,
    OverlayEntry,
    TeamEntry,
)
from tests.support.guard_cases import read_holdings

KEY = "prod/dc1/dc1-a"
ENTRY = FileEntry("sha256:0", 1, 1)
INVENTORY = ClusterInventory(
    "sixfold.dev/v1", "ClusterInventory", "prod", "dc1", "dc1-a", "eu-west-1", "https://x", "main", {}, "prod-dc1-a", "p", 1,
    {"_platform/gateway.yaml": replace(ENTRY, holds="Service/gateway"), "_tenancy/shop.yaml": ENTRY},
    {"shop": NamespaceEntry("shop", "shop", "prod-dc1-a-shop", 100, {
        "web": OverlayEntry("sha256:0", 1, 2, "prod-dc1-a-shop-web", holds="Deployment Service")})},
)  # fmt: skip
TEAMS = {"shop": TeamEntry("shop", "app", {}), "pay": TeamEntry("pay", "namespace", {})}
ARGOCD = {"main": InstanceInventory({"shop.yaml": replace(ENTRY, holds="AppProject"), "old.yaml": ENTRY})}
HOLDINGS = read_holdings(
    {
        KEY: {
            "shop": {"web": "Deployment Service"},
            "files": {"_platform/gateway.yaml": "Service/gateway", "_tenancy/shop.yaml": ""},
            "identity": {"server": "https://x", "region": "eu-west-1"},
        },
        "teams": ["pay", "shop"],
        "units": {"shop": "app"},
        "argocd": {"main": {"shop.yaml": "AppProject", "old.yaml": ""}},
    }
)


def test_holdings_are_read_from_inventories() -> None:
    assert holdings_of({KEY: INVENTORY}, TEAMS, ARGOCD) == HOLDINGS
    assert HOLDINGS.clusters[KEY].key == KEY
    assert HOLDINGS.owners() == {"shop": "shop", "pay": "pay"}
    renamed = replace(INVENTORY, namespaces={"shop-prod": INVENTORY.namespaces["shop"]})
    assert holdings_of({KEY: renamed}, TEAMS, ARGOCD).owners()["shop-prod"] == "shop"


def test_the_inventory_of_a_known_cluster_is_not_read() -> None:
    other = replace(INVENTORY, namespaces={})
    assert holdings_of({KEY: other}, TEAMS, ARGOCD, HOLDINGS.clusters) == HOLDINGS
    assert holdings_of({KEY: other}, TEAMS, ARGOCD) != HOLDINGS


def test_an_adopted_state_survives_its_bytes() -> None:
    drop = next(drops_between(HOLDINGS, replace(HOLDINGS, clusters={})))
    state = AdoptedState(HOLDINGS, (Spent("2026-11-24", drop),))
    assert AdoptedState.parse(state.to_bytes()) == state
    with pytest.raises(ValidationError):
        AdoptedState.parse(b'{"holdings": {}}')


def test_a_drop_has_no_empty_fields_in_its_document() -> None:
    drop = Drop("prod", "dc1", "dc1-a", "shop", "shop", "web", "overlay", f"{KEY}/shop/web.yaml", overlays=1)
    assert drop.document() == {
        "environment": "prod", "data_center": "dc1", "cluster": "dc1-a", "team": "shop", "namespace": "shop",
        "app": "web", "kind": "overlay", "name": f"{KEY}/shop/web.yaml", "overlays": 1,
    }  # fmt: skip
    assert (drop.cell, drop.cluster_key, drop.place) == ("prod/dc1", KEY, (KEY, "shop"))
