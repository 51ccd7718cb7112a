"""What the library is told to make the platform's own objects, of a cluster and of an Argo CD instance."""

from __future__ import annotations

import copy
from typing import Any

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.pipeline.render.platform_input import argocd_input, cluster_input, services_of, waves
from sixfold_compiler.placement import Host, Placement
from tests.support.placements import fleet_input
from tests.support.repos import FLEET, cluster, team

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
A = Target("prod", "dc1", "dc1-a")
HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
RAW = {"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP", "appProtocol": "tcp"}


def fleet(**teams: dict[str, Any]):
    """Two Argo CD instances: `main` has dc1, `other` has dc2."""
    data = copy.deepcopy(FLEET)
    data["argocd"]["instances"]["other"] = {"generatorUrl": "http://generator.other.svc:8080"}
    data["environments"]["prod"]["dataCenters"]["dc2"]["clusters"] = {"dc2-a": cluster("dc2-a", instance="other")}
    data["teams"] |= teams
    return fleet_input(data)


def app(key: str, *ports: dict[str, Any], clusters=None, **road: Any) -> dict[str, Any]:
    owner, _, name = key.partition("/")
    where = {"dc1-a": 60, "dc1-b": 40} if clusters is None else clusters
    roads = {"intra-dc": {"callers": [owner], **road}} if ports else {}
    return {"name": name, "team": owner, "namespace": owner, "tier": "P1", "ports": list(ports), "roads": roads, "clusters": where}


def test_a_gateway_carries_every_app_with_a_port_that_it_can_carry_sorted_by_name() -> None:
    apps = [app("shop/web", HTTP, RAW, timeout="2s"), app("pay/cards", HTTP), app("pay/cache", RAW), app("pay/job")]
    cards, web = services_of(fleet(), DC1, {one["name"]: one for one in apps})
    assert (cards["name"], web["name"]) == ("cards", "web")
    assert web["ports"] == [HTTP], "a gateway does not speak Redis"
    assert (web["timeout"], "timeout" in cards) == ("2s", False)
    assert web["hosts"][0] == "web.dc1.svc.cluster.local"
    assert web["clusters"] == {"dc1-a": 60, "dc1-b": 40}


def test_facts_that_name_a_cluster_which_has_left_the_fleet_lead_nowhere() -> None:
    """Those of an app that this run does not look at; one that ran nowhere else is carried no more."""
    (web,) = services_of(
        fleet(), DC1, {"web": app("shop/web", HTTP, clusters={"dc1-a": 50, "gone": 50}), "old": app("shop/old", HTTP, clusters={"gone": 1})}
    )  # fmt: skip
    assert (web["name"], web["clusters"]) == ("web", {"dc1-a": 50})


def test_a_cluster_is_told_its_teams_with_their_share_of_the_quota_of_its_environment() -> None:
    quota = {"cpu": "2500m", "memory": "1Gi", "pods": 10}
    loaded = fleet(pay=team(quotas={"prod": quota}), shop=team(quota=quota, quotas={"dev": {"cpu": 1, "memory": "1Mi", "pods": 1}}))
    hosts = (Host("dc1-a", 60), Host("dc1-b", 40))
    placement = Placement({(DC1, "shop"): hosts, (DC1, "pay"): hosts[1:], (DC2, "search"): (Host("dc2-a", 100),)})
    made = cluster_input(loaded, placement, A, [], {"shop": "P0"})
    (shop,) = made["teams"]
    assert (shop["name"], shop["namespace"], shop["weight"], shop["tier"]) == ("shop", "shop", 60, "P0")
    assert shop["quota"] == {"cpu": "2500m", "memory": "1024Mi", "pods": 10}, "either host can carry the whole"
    pay, shop = cluster_input(loaded, placement, Target("prod", "dc1", "dc1-b"), [], {})["teams"]
    assert (pay["name"], pay["quota"]["cpu"], pay["tier"]) == ("pay", "2500m", "P2"), "a team without an app has the last tier"
    assert made["dataCenter"] == {"name": "dc1", "region": "eu-central-1", "clusters": ["dc1-a", "dc1-b"]}
    assert (made["cluster"]["name"], made["environment"]) == ("dc1-a", "prod")


def test_a_gateway_s_own_cluster_is_local_and_the_others_are_their_gateways() -> None:
    services = services_of(fleet(), DC1, {"web": app("shop/web", HTTP)})
    (web,) = cluster_input(fleet(), Placement({}), A, services, {})["services"]
    local, far = web["endpoints"]
    assert local == {"cluster": "dc1-a", "weight": 60, "local": True}
    assert (far["cluster"], far["local"], far["address"]) == ("dc1-b", False, "gw.dc1-b.example.internal")
    assert "clusters" not in web
    assert services[0]["clusters"] == {"dc1-a": 60, "dc1-b": 40}, "what all clusters share is not changed for one"


def test_an_argo_cd_has_its_own_clusters_and_the_teams_that_may_be_on_one_of_them_whether_they_are_or_not() -> None:
    loaded = fleet(pay=team(dataCenters={"prod": ["dc2"]}), search=team(dataCenters={"prod": ["dc1", "dc2"]}))
    main = argocd_input(loaded, "main", ["1", "2"])
    other = argocd_input(loaded, "other", ["1"])
    assert [one["name"] for one in main["clusters"]] == ["dc1-a", "dc1-b"]
    assert [one["name"] for one in other["clusters"]] == ["dc2-a"]
    assert [one["name"] for one in main["teams"]] == ["search", "shop"]
    assert [one["name"] for one in other["teams"]] == ["pay", "search", "shop"]
    (pay, *_) = other["teams"]
    assert pay["destinations"] == [{"server": "https://dc2-a.eks.example.com", "namespace": "pay"}]
    assert (main["waves"], main["instance"]["name"], main["clusters"][0]["region"]) == (["1", "2"], "main", "eu-central-1")


def test_the_clusters_of_a_data_center_come_one_after_the_other_and_those_of_several_side_by_side() -> None:
    assert {str(target): wave for target, wave in waves(fleet()).items()} == {
        "prod/dc1/dc1-a": 1, "prod/dc1/dc1-b": 2, "prod/dc2/dc2-a": 1
    }  # fmt: skip
