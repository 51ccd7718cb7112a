"""Addresses of an app: the ports that its roads carry, and its host names by the naming scheme of the fleet."""

from __future__ import annotations

import copy

import pytest

from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.ownership.addresses import address, carried, route_hosts
from tests.support.facts import GRPC, HTTP, RAW, facts_of
from tests.support.placements import fleet_input
from tests.support.repos import FLEET

DC1 = Cell("prod", "dc1")


def fleet(**endpoints: str):
    return fleet_input({**copy.deepcopy(FLEET), "endpoints": endpoints})


@pytest.mark.parametrize(
    ("road", "opened", "ports"),
    [
        ("intra-dc", {}, ["http", "grpc"]),
        ("inter-dc", {}, ["http", "grpc"]),
        ("direct", {}, ["http", "grpc", "redis"]),
        ("external", {}, ["http", "grpc", "redis"]),
        ("intra-dc", {"port": "grpc"}, ["grpc"]),
        ("intra-dc", {"port": "redis"}, []),
        ("external", {"port": "redis"}, ["redis"]),
    ],
)
def test_a_road_carries_the_port_that_it_names_or_all_that_it_can(road, opened, ports) -> None:
    facts = facts_of("shop/web", HTTP, GRPC, RAW, roads={road: opened})
    assert [port.name for port in carried(facts, road)] == ports


def test_a_road_that_is_not_open_carries_what_it_would_carry() -> None:
    assert [port.name for port in carried(facts_of("shop/web", HTTP, RAW), "intra-dc")] == ["http"]


@pytest.mark.parametrize(
    ("road", "host"),
    [
        ("direct", "web.shop-prod.svc.cluster.local"),
        ("intra-dc", "web.shop.prod.dc1.cluster.local"),
        ("inter-dc", "web-shop.example.internal"),
        ("external", "dc1.prod.example.com"),
    ],
)
def test_each_road_has_the_host_of_its_scheme(road, host) -> None:
    schemes = {
        "intraDc": "{app}.{team}.{environment}.{dc}.{domain}",
        "interDc": "{app}-{team}.{domain}",
        "external": "{dc}.{environment}.{domain}",
    }
    facts = facts_of("shop/web", HTTP, namespace="shop-prod")
    assert address(fleet(**schemes), facts, DC1, road) == host


def test_a_gateway_routes_the_names_of_the_service_and_of_the_open_roads_once() -> None:
    service = ["web.dc1.svc.cluster.local", "web.dc1.svc", "web.dc1"]
    assert route_hosts(fleet(), facts_of("shop/web", HTTP), DC1) == service
    schemes = {"intraDc": "{app}.{dc}.svc.{domain}", "interDc": "{app}.{domain}"}
    roads = {"intra-dc": {}, "inter-dc": {}, "external": {}}
    assert route_hosts(fleet(**schemes), facts_of("shop/web", HTTP, roads=roads), DC1) == [
        *service, "web.example.internal",
    ]  # fmt: skip
