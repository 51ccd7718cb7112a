"""What the guard compares: the objects of a file as words, and which tombstone speaks of which of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sixfold_compiler.guard.drops import Drop, drops
from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, of_inventories
from sixfold_compiler.guard.judge import Held, Verdict
from sixfold_compiler.guard.tombstones import covered, covers
from sixfold_compiler.kubernetes.identity import holds, lost
from sixfold_compiler.model.inventory import (
    ClusterInventory,
    FileEntry,
    InstanceInventory,
    NamespaceEntry,
    OverlayEntry,
    TeamEntry,
)
from sixfold_compiler.model.tombstone import Tombstone

DROP = Drop("prod", "dc1", "dc1-a", "shop", "shop", "web", "object", "a file: Service/web", object="Service/web")
ARGOCD = Drop("", "", "", "shop", "", "", "argocd", "main: AppProject/shop", instance="main", object="AppProject/shop")


def stone(**fields):
    return Tombstone.model_validate({"approvedBy": "ada", "reason": "not used", "until": "2027-01-01", **fields})


def thing(kind, name, api="v1"):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}}


def test_objects_are_told_once_sorted_and_without_their_version() -> None:
    objects = [thing("Service", "web"), thing("Deployment", "api", "apps/v1"), thing("Deployment", "api", "apps/v2")]
    assert holds(objects, "web") == "Deployment/api Service"


def test_kinds_of_others_have_their_group_and_those_of_kubernetes_do_not() -> None:
    assert holds([thing("PodMonitor", "x", "monitoring.coreos.com/v1")], "web") == "PodMonitor.monitoring.coreos.com/x"
    assert holds([thing("Ingress", "x", "networking.k8s.io/v1")], "web") == "Ingress/x"


def test_a_config_map_named_by_its_content_is_the_same_with_another_content() -> None:
    assert holds([thing("ConfigMap", "web-0123456789")], "x") == holds([thing("ConfigMap", "web-abcdef0123")], "x")
    assert holds([thing("Secret", "web-0123456789")], "x") == "Secret/web-0123456789"


def test_no_name_breaks_a_word_and_what_is_no_object_has_one_too() -> None:
    assert holds([thing("Service", "a b"), {"kind": "List", "metadata": []}], "x") == "List/ Service/a%20b"


def test_what_is_lost_is_what_the_line_before_has_more() -> None:
    assert lost("A/x B/x", "A/x B/x") == ()
    assert lost("B/x A/x C/x", "C/x D/x") == ("A/x", "B/x")


@pytest.mark.parametrize(
    ("fields", "so"),
    [
        ({"team": "shop"}, True),
        ({"team": "shop", "app": "web", "environment": "prod", "dataCenter": "dc1", "cluster": "dc1-a"}, True),
        ({"team": "shop", "kind": "Service"}, True),
        ({"team": "shop", "name": "web"}, True),
        ({"team": "shop", "kind": "Secret"}, False),
        ({"team": "shop", "name": "other"}, False),
        ({"team": "shop", "cluster": "dc1-b"}, False),
        ({"instance": "main"}, False),
    ],
    ids=str,
)
def test_a_tombstone_covers_an_object_that_has_every_name_it_gives(fields, so) -> None:
    assert covers(stone(**fields), DROP) is so
    assert covered(DROP, [stone(team="other"), stone(**fields)]) is so


@pytest.mark.parametrize(
    ("fields", "so"),
    [
        ({"team": "shop"}, True),
        ({"instance": "main"}, True),
        ({"team": "shop", "kind": "AppProject", "name": "shop"}, True),
        ({"team": "shop", "instance": "other"}, False),
        ({"team": "shop", "environment": "prod"}, False),
        ({"team": "shop", "app": "web"}, False),
        ({"environment": "prod", "cluster": "dc1-a"}, False),
    ],
    ids=str,
)
def test_a_team_s_tombstone_covers_its_objects_in_argo_cd_unless_it_is_of_one_place(fields, so) -> None:
    assert covers(stone(**fields), ARGOCD) is so


def test_a_cluster_s_secret_goes_with_the_cluster_s_tombstone() -> None:
    secret = Drop("", "", "", "", "", "", "argocd", "main: Secret", instance="main", object="Secret/cluster-prod-dc1-a")
    assert covers(stone(environment="prod", cluster="dc1-a"), secret)
    assert not covers(stone(environment="prod", cluster="dc1-b"), secret)
    assert not covers(stone(environment="prod", cluster="dc1-a", team="shop"), secret)


def test_a_drop_knows_its_places() -> None:
    assert (DROP.cell, DROP.cluster_key) == ("prod/dc1", "prod/dc1/dc1-a")
    assert DROP.place == ("prod/dc1/dc1-a", "shop")
    assert str(DROP) == "object a file: Service/web"
    assert "namespace" not in ARGOCD.document()


def test_a_verdict_passes_when_nothing_of_it_is_refused() -> None:
    assert Verdict().passes
    assert Verdict(found=(DROP,), approved=frozenset({DROP})).passes
    assert not Verdict(platform=(ARGOCD,)).passes
    assert not Verdict(teams={"shop": Held((DROP,), ("too much",))}).passes


def placed(where, handed=None):
    """Holdings of one app `web` of team shop on some clusters; `handed` names a namespace of another Application."""
    clusters = {
        f"prod/dc1/{name}": ClusterHolding(
            "prod", "dc1", name, "main", name, {},
            {"shop": NamespaceHolding("shop", f"{name}-shop", {"web": OverlayHolding(application, 1, "Service")})},
        )
        for name, application in where.items()
    }  # fmt: skip
    return Holdings(clusters, {"shop": "app"})


def test_an_app_s_application_of_another_name_is_one_that_vanishes_where_each_app_has_its_own() -> None:
    before, after = placed({"dc1-a": "old", "dc1-b": "same"}), placed({"dc1-a": "new", "dc1-b": "same"})
    assert list(drops(before, before)) == []
    (drop,) = drops(before, after)
    assert (drop.kind, drop.name, drop.app, drop.applications) == ("application", "old", "web", 1)


def test_a_cluster_that_goes_to_another_argo_cd_is_an_application_that_no_budget_covers() -> None:
    before, after = placed({"dc1-a": "web"}), placed({"dc1-a": "web"})
    key = "prod/dc1/dc1-a"
    after.clusters[key] = replace(after.clusters[key], instance="other")
    (drop,) = drops(before, after)
    assert (drop.kind, drop.name, drop.team, drop.always) == ("application", "dc1-a", "", True)


def test_what_inventories_say_is_read_out_of_them_but_for_clusters_that_are_known() -> None:
    entry = FileEntry("sha256:0", 1, 1)
    inventory = ClusterInventory(
        "sixfold.dev/v1", "ClusterInventory", "prod", "dc1", "dc1-a", "r", "https://x", "main", {}, "dc1-a", "p", 1,
        {"_platform/gateway.yaml": replace(entry, holds="Service/gateway"), "_tenancy/shop.yaml": entry},
        {"shop": NamespaceEntry("shop", "shop", "dc1-a-shop", 100, {
            "web": OverlayEntry("sha256:0", 1, 2, "dc1-a-shop-web", holds="Deployment Service")})},
    )  # fmt: skip
    teams = {"shop": TeamEntry("shop", "app", {}), "pay": TeamEntry("pay", "namespace", {})}
    argocd = {"main": InstanceInventory({"shop.yaml": replace(entry, holds="AppProject"), "old.yaml": entry})}
    key = "prod/dc1/dc1-a"
    found = of_inventories({key: inventory}, teams, argocd)
    assert found.units == {"shop": "app", "pay": "namespace"}
    assert found.argocd == {"main": {"shop.yaml": "AppProject", "old.yaml": ""}}
    assert found.clusters[key].key == key
    assert found.clusters[key].files == {"_platform/gateway.yaml": "Service/gateway", "_tenancy/shop.yaml": ""}
    assert found.clusters[key].namespaces["shop"].apps["web"].holds == "Deployment Service"
    assert found.owners() == {"shop": "shop", "pay": "pay"}
    other = replace(inventory, namespaces={})
    assert of_inventories({key: other}, teams, argocd, found.clusters) == found


def test_what_the_platform_made_for_an_app_goes_with_the_app_and_other_things_are_the_platform_s() -> None:
    path = "_platform/roads.yaml"
    before, after = placed({"dc1-a": "web"}), placed({"dc1-a": "web"})
    before.clusters["prod/dc1/dc1-a"].files[path] = "Service/web Service/other"
    after.clusters["prod/dc1/dc1-a"].files[path] = ""
    assert [(drop.kind, drop.app, drop.object) for drop in drops(before, after)] == [("road", "web", "Service/web")]
