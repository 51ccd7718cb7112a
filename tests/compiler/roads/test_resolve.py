"""Roads: what callers are called by, who may call whom, and what policy lets through."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.ownership.addresses import address, carried, route_hosts
from sixfold_compiler.roads.resolve import resolve
from tests.support.repos import FLEET, ROOT

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HTTP = {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
GRPC = {"name": "grpc", "port": 9000, "targetPort": 9000, "protocol": "TCP", "appProtocol": "grpc"}
RAW = {"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP", "appProtocol": "tcp"}
HERE = Span("apps/shop/web.yaml", 7, 5)


def fleet_of(**changes: Any) -> FleetInput:
    fleet = Fleet.model_validate(copy.deepcopy(FLEET) | changes)
    return FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet))


def app(key: str, *ports: dict[str, Any], **roads: Any) -> dict[str, Any]:
    owner, _, name = key.partition("/")
    value = {road.replace("_", "-"): {"callers": [owner], **more} for road, more in roads.items()}
    return {"name": name, "team": owner, "namespace": owner, "ports": list(ports), "roads": value}


def calling(call: dict[str, Any], *callees: dict[str, Any], caller: str = "shop/web", cell: Cell = DC1, elsewhere=()):
    """The network side of `caller` with one call, and the codes of what is wrong with it."""
    table = {cell: {c["name"]: c for c in callees}, DC2: {c["name"]: c for c in elsewhere}}
    resolved, problems = resolve(fleet_of(), app(caller), [call], cell, lambda where: table.get(where, {}), (HERE,))
    assert all(p.span == HERE and p.app == caller and p.help for p in problems)
    return resolved, problems


@pytest.mark.parametrize(
    ("road", "name"),
    [
        ("intra-dc", "cards.dc1.svc.cluster.local"),
        ("inter-dc", "cards.dc1.example.internal"),
        ("external", "example.com"),
        ("direct", "cards.pay.svc.cluster.local"),
    ],
)
def test_the_names_of_roads_are_the_fleet_s_scheme(road, name) -> None:
    assert address(fleet_of(), app("pay/cards"), DC1, road) == name


def test_the_published_alternative_is_a_matter_of_data() -> None:
    fleet = fleet_of(endpoints={"intraDc": "{app}.internal.{domain}", "interDc": "{app}.internal.{dc}.{domain}"})
    assert address(fleet, app("pay/cards"), DC1, "intra-dc") == "cards.internal.cluster.local"
    assert address(fleet, app("pay/cards"), DC2, "inter-dc") == "cards.internal.dc2.example.internal"


def test_a_gateway_answers_for_the_service_s_own_names_first_and_each_once() -> None:
    hosts = route_hosts(fleet_of(), app("pay/cards", HTTP, intra_dc={}, inter_dc={}), DC1)
    assert hosts == ["cards.dc1.svc.cluster.local", "cards.dc1.svc", "cards.dc1", "cards.dc1.example.internal"]


def test_a_road_carries_what_it_can_and_only_the_port_it_names() -> None:
    both = app("pay/cards", HTTP, GRPC, RAW, intra_dc={}, direct={}, external={"port": "grpc"})
    assert [p["name"] for p in carried(both, "intra-dc")] == ["http", "grpc"]
    assert [p["name"] for p in carried(both, "direct")] == ["http", "grpc", "redis"]
    assert [p["name"] for p in carried(both, "external")] == ["grpc"]


def test_a_call_over_the_gateway_lets_out_to_the_gateway_alone() -> None:
    callee = app("pay/cards", HTTP, intra_dc={"callers": ["shop"]})
    resolved, problems = calling({"app": "cards"}, callee)
    assert problems == []
    assert resolved.egress == {"gateway": True, "direct": [], "outside": []}
    assert resolved.addresses == {"cards": ("cards.dc1.svc.cluster.local", {"http": 80})}
    assert resolved.direct == []


def test_a_direct_call_lets_out_to_the_callee_s_pods_on_their_own_ports() -> None:
    callee = app("shop/cache", RAW, direct={})
    resolved, problems = calling({"app": "cache", "road": "direct"}, callee)
    assert problems == []
    assert resolved.egress["gateway"] is False
    assert resolved.egress["direct"] == [{"namespace": "shop", "app": "cache", "ports": [{"port": 6379, "protocol": "TCP"}]}]
    assert resolved.direct == [("cache", HERE)]


def test_an_inter_dc_call_takes_the_other_data_center_s_name_and_its_gateways_port() -> None:
    callee = app("shop/web2", HTTP, inter_dc={})
    resolved, problems = calling({"app": "web2", "dataCenter": "dc2"}, elsewhere=[callee])
    assert problems == []
    assert resolved.addresses == {"web2@dc2": ("web2.dc2.example.internal", {"http": 443})}


def test_outside_hosts_open_their_port_once() -> None:
    calls = [{"host": "a.example.net", "port": 443}, {"host": "b.example.net", "port": 443}, {"host": "c", "port": 25}]
    resolved, problems = resolve(fleet_of(), app("shop/web"), calls, DC1, lambda _: {}, (HERE,) * 3)
    assert problems == []
    assert resolved.egress["outside"] == [{"port": 443}, {"port": 25}]


@pytest.mark.parametrize(
    ("call", "callees", "code", "words"),
    [
        ({"host": "a.example.net"}, [], "SF401", "a host and a port"),
        ({"app": "cards", "road": "intra-dc", "dataCenter": "dc2"}, [], "SF402", "written as intra-dc"),
        ({"app": "cards", "road": "direct", "dataCenter": "dc2"}, [], "SF402", "written as direct"),
        ({"app": "crads"}, [app("pay/cards", HTTP, intra_dc={"callers": ["*"]})], "SF403", "crads"),
        ({"app": "cards", "road": "inter-dc"}, [app("pay/cards", HTTP, intra_dc={"callers": ["*"]})], "SF404", "no inter-dc road"),
        ({"app": "cards"}, [app("pay/cards", RAW, intra_dc={"callers": ["*"]})], "SF404", "no intra-dc road"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={})], "SF405", "does not admit shop/web"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={"callers": ["shop/other"]})], "SF405", "does not admit"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={"callers": []})], "SF405", "does not admit"),
    ],
)
def test_a_call_that_no_road_allows_is_the_caller_s_error(call, callees, code, words) -> None:
    resolved, problems = calling(call, *callees)
    assert [p.code for p in problems] == [code]
    assert words in problems[0].message
    assert resolved.addresses == {}
    assert resolved.egress == {"gateway": False, "direct": [], "outside": []}


@pytest.mark.parametrize("callers", [["*"], ["shop"], ["shop/web"], ["pay", "shop/web"]])
def test_callers_are_everybody_a_team_or_one_app(callers) -> None:
    callee = app("pay/cards", HTTP, intra_dc={"callers": callers})
    assert calling({"app": "cards"}, callee)[1] == []
    other = calling({"app": "cards"}, callee, caller="search/index")[1]
    assert [p.code for p in other] == ([] if callers == ["*"] else ["SF405"])


def test_a_caller_learns_only_of_apps_that_admit_it() -> None:
    """The help of an unknown name suggests; it must not list what other teams keep to themselves."""
    secret = app("pay/cards-vault", HTTP, intra_dc={})
    public = app("pay/rates", HTTP, intra_dc={"callers": ["*"]})
    (problem,) = calling({"app": "cards-vautl"}, secret, public)[1]
    assert "vault" not in problem.help
    (problem,) = calling({"app": "ratse"}, secret, public)[1]
    assert "rates" in problem.help


def test_who_may_come_in_follows_from_the_app_s_own_roads() -> None:
    facts = app("shop/cache", HTTP, RAW, intra_dc={}, external={"port": "http"}, direct={"callers": ["shop/web", "pay", "*"]})
    resolved, _ = resolve(fleet_of(), facts, [], DC1, lambda _: {}, ())
    assert resolved.ingress["gateway"] == [{"port": 8080, "protocol": "TCP"}]
    ports = [{"port": 8080, "protocol": "TCP"}, {"port": 6379, "protocol": "TCP"}]
    assert resolved.ingress["direct"] == [
        {"namespace": "shop", "app": "web", "ports": ports},
        {"namespace": "pay", "ports": ports},
        {"ports": ports},
    ]


def test_an_app_without_roads_lets_nobody_in() -> None:
    resolved, _ = resolve(fleet_of(), app("shop/worker"), [], DC1, lambda _: {}, ())
    assert resolved.ingress == {"gateway": [], "direct": []}


def test_namespaces_of_peers_follow_the_fleet_s_scheme() -> None:
    facts = app("shop/cache", RAW, direct={"callers": ["pay/cards"]})
    fleet = fleet_of(namespaces="{team}-{environment}")
    resolved, _ = resolve(fleet, facts, [], DC1, lambda _: {}, ())
    assert resolved.ingress["direct"][0]["namespace"] == "pay-prod"
