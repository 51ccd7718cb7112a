"""The inputs of the library for the objects of a cluster and of an Argo CD instance."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.pipeline.render.platform_input import (
    argocd_input,
    cluster_input,
    services_digest,
    services_of,
    waves,
)
from sixfold_compiler.placement import Host, Placement
from tests.support.facts import HTTP, RAW, facts_of
from tests.support.placements import fleet_input
from tests.support.repos import FLEET, cluster, team

if TYPE_CHECKING:
    from sixfold_compiler.model.facts import Facts

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
A = Target("prod", "dc1", "dc1-a")


def fleet(**teams: dict[str, Any]):
    """Return a fleet with two Argo CD instances: `main` has dc1, `other` has dc2."""
    data = copy.deepcopy(FLEET)
    data["argocd"]["instances"]["other"] = {"generatorUrl": "http://generator.other.svc:8080"}
    data["environments"]["prod"]["dataCenters"]["dc2"]["clusters"] = {"dc2-a": cluster("dc2-a", instance="other")}
    data["teams"] |= teams
    return fleet_input(data)


def app(key: str, *ports: dict[str, Any], clusters=None, **road: Any) -> Facts:
    placed = {"dc1-a": 60, "dc1-b": 40} if clusters is None else clusters
    return facts_of(key, *ports, roads={"intra-dc": road} if ports else {}, clusters=placed)


def test_gateways_route_to_every_app_with_an_http_port_sorted_by_name() -> None:
    apps = [app("shop/web", HTTP, RAW, timeout="2s"), app("pay/cards", HTTP), app("pay/cache", RAW), app("pay/job")]
    cards, web = services_of(fleet(), DC1, {facts.name: facts for facts in apps})
    assert (cards.name, web.name) == ("cards", "web")
    assert [port.name for port in web.ports] == ["http"], "a gateway does not speak Redis"
    assert (web.routed([])["timeout"], "timeout" in cards.routed([])) == ("2s", False)
    assert web.hosts[0] == "web.dc1.svc.cluster.local"
    assert web.clusters == {"dc1-a": 60, "dc1-b": 40}


@pytest.mark.parametrize(
    "other",
    [
        app("shop/web", HTTP, timeout="3s"),
        app("shop/web", HTTP, RAW, timeout="2s"),
        app("shop/web", HTTP, timeout="2s", clusters={"dc1-a": 100}),
        app("shop/web", HTTP, timeout="2s", clusters={}),
        app("pay/web", HTTP, timeout="2s"),
        app("shop/web"),
    ],
)
def test_the_digest_of_the_services_follows_whatever_a_gateway_routes_by(other: Facts) -> None:
    web, job = app("shop/web", HTTP, timeout="2s"), app("pay/job")
    digest = services_digest(fleet(), DC1, {"web": web, "job": job})
    assert digest == services_digest(fleet(), DC1, {"job": job.placed("dc1-a", {"dc1-a": 100}), "web": web})
    assert digest != services_digest(fleet(), DC1, {"web": other, "job": job})
    assert digest != services_digest(fleet(), DC2, {"web": web, "job": job})


def test_clusters_that_left_the_fleet_are_no_backends() -> None:
    """Facts of an unselected app may name them. An app without another cluster gets no route."""
    (web,) = services_of(
        fleet(), DC1, {"web": app("shop/web", HTTP, clusters={"dc1-a": 50, "gone": 50}), "old": app("shop/old", HTTP, clusters={"gone": 1})}
    )  # fmt: skip
    assert (web.name, web.clusters) == ("web", {"dc1-a": 50})


def test_the_teams_of_a_cluster_have_their_share_of_the_quota_of_its_environment() -> None:
    quota = {"cpu": "2500m", "memory": "1Gi", "pods": 10}
    loaded = fleet(
        pay=team(quotas={"prod": quota}), shop=team(quota=quota, quotas={"dev": {"cpu": 1, "memory": "1Mi", "pods": 1}})
    )
    hosts = (Host("dc1-a", 60), Host("dc1-b", 40))
    placement = Placement({(DC1, "shop"): hosts, (DC1, "pay"): hosts[1:], (DC2, "search"): (Host("dc2-a", 100),)})
    record = cluster_input(loaded, placement, A, {"shop": "P0"}).to_record()
    (shop,) = record["teams"]
    assert (shop["name"], shop["namespace"], shop["weight"], shop["tier"]) == ("shop", "shop", 60, "P0")
    assert shop["quota"] == {"cpu": "2500m", "memory": "1024Mi", "pods": 10}, "either host can carry all pods"
    pay, shop = cluster_input(loaded, placement, Target("prod", "dc1", "dc1-b"), {}).to_record()["teams"]
    assert (pay["name"], pay["quota"]["cpu"], pay["tier"]) == ("pay", "2500m", "P2"), (
        "a team without an app has the last tier"
    )
    assert record["dataCenter"] == {"name": "dc1", "region": "eu-central-1", "clusters": ["dc1-a", "dc1-b"]}
    assert (record["cluster"]["name"], record["environment"]) == ("dc1-a", "prod")


def test_other_clusters_are_reached_through_their_gateways() -> None:
    services = services_of(fleet(), DC1, {"web": app("shop/web", HTTP)})
    (web,) = cluster_input(fleet(), Placement({}), A, {}).to_record(services)["services"]
    local, far = web["endpoints"]
    assert local == {"cluster": "dc1-a", "weight": 60, "local": True}
    assert (far["cluster"], far["local"], far["address"]) == ("dc1-b", False, "gw.dc1-b.example.internal")
    assert "clusters" not in web


def test_an_argo_cd_instance_has_its_clusters_and_every_team_that_may_run_on_them() -> None:
    loaded = fleet(pay=team(dataCenters={"prod": ["dc2"]}), search=team(dataCenters={"prod": ["dc1", "dc2"]}))
    main = argocd_input(loaded, "main", ["1", "2"]).to_record()
    other = argocd_input(loaded, "other", ["1"]).to_record()
    assert [item["name"] for item in main["clusters"]] == ["dc1-a", "dc1-b"]
    assert [item["name"] for item in other["clusters"]] == ["dc2-a"]
    assert [item["name"] for item in main["teams"]] == ["search", "shop"]
    assert [item["name"] for item in other["teams"]] == ["pay", "search", "shop"]
    (pay, *_) = other["teams"]
    assert pay["destinations"] == [{"server": "https://dc2-a.eks.example.com", "namespace": "pay"}]
    assert (list(main["waves"]), main["instance"]["name"], main["clusters"][0]["region"]) == (
        ["1", "2"],
        "main",
        "eu-central-1",
    )


def test_waves_number_the_clusters_of_each_data_center() -> None:
    assert {str(target): wave for target, wave in waves(fleet()).items()} == {
        "prod/dc1/dc1-a": 1, "prod/dc1/dc1-b": 2, "prod/dc2/dc2-a": 1
    }  # fmt: skip
