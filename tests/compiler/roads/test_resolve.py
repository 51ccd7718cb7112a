"""Roads: host names, admission of callers, and the network policy that follows."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.fleet import FleetInput, FleetSources
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.facts import CallFacts, Facts
from sixfold_compiler.model.fleet import Fleet
from sixfold_compiler.ownership.addresses import address, carried, route_hosts
from sixfold_compiler.ownership.names import Names, Ownership
from sixfold_compiler.roads.resolve import Caller, Egress, Endpoint, Ingress, TargetPort, resolve
from tests.support.facts import GRPC, HTTP, RAW, facts_of
from tests.support.repos import FLEET, ROOT

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HERE = Span("apps/shop/web.yaml", 7, 5)
NOBODY = Names()


def fleet_of(**changes: Any) -> FleetInput:
    fleet = Fleet.model_validate(copy.deepcopy(FLEET) | changes)
    return FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet))


def app(key: str, *ports: dict[str, Any], **roads: Any) -> Facts:
    return facts_of(key, *ports, roads={name.replace("_", "-"): fields for name, fields in roads.items()})


def calling(
    call: dict[str, Any], *callees: Facts, caller: str = "shop/web", cell: Cell = DC1, elsewhere=(), names=NOBODY
):
    """Return the network side of `caller` with one call, and the problems of the call."""
    table = {cell: {c.name: c for c in callees}, DC2: {c.name: c for c in elsewhere}}
    resolved, problems = resolve(
        fleet_of(), Caller(app(caller), cell, lambda where: table.get(where, {}), names), [call], (HERE,)
    )
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
def test_host_names_follow_the_naming_scheme_of_the_fleet(road, name) -> None:
    assert address(fleet_of(), app("pay/cards"), DC1, road) == name


def test_another_naming_scheme_needs_only_other_data() -> None:
    fleet = fleet_of(endpoints={"intraDc": "{app}.internal.{domain}", "interDc": "{app}.internal.{dc}.{domain}"})
    assert address(fleet, app("pay/cards"), DC1, "intra-dc") == "cards.internal.cluster.local"
    assert address(fleet, app("pay/cards"), DC2, "inter-dc") == "cards.internal.dc2.example.internal"


def test_a_gateway_answers_for_the_service_name_first_and_for_every_name_once() -> None:
    hosts = route_hosts(fleet_of(), app("pay/cards", HTTP, intra_dc={}, inter_dc={}), DC1)
    assert hosts == ["cards.dc1.svc.cluster.local", "cards.dc1.svc", "cards.dc1", "cards.dc1.example.internal"]


def test_a_road_carries_only_the_port_that_it_names() -> None:
    both = app("pay/cards", HTTP, GRPC, RAW, intra_dc={}, direct={}, external={"port": "grpc"})
    assert [p.name for p in carried(both, "intra-dc")] == ["http", "grpc"]
    assert [p.name for p in carried(both, "direct")] == ["http", "grpc", "redis"]
    assert [p.name for p in carried(both, "external")] == ["grpc"]


def test_a_gateway_call_allows_egress_to_the_gateway_only() -> None:
    callee = app("pay/cards", HTTP, intra_dc={"callers": ["shop"]})
    resolved, problems = calling({"app": "cards"}, callee)
    assert problems == []
    assert resolved.egress == Egress(gateway=True)
    endpoint = Endpoint("cards.dc1.svc.cluster.local", {"http": 80})
    assert resolved.endpoints == {CallFacts("cards", ""): endpoint, CallFacts("pay/cards", ""): endpoint}
    assert resolved.direct == ()


def test_a_direct_call_allows_egress_to_the_ports_of_the_callee() -> None:
    callee = app("shop/cache", RAW, direct={})
    resolved, problems = calling({"app": "cache", "road": "direct"}, callee)
    assert problems == []
    assert resolved.egress.to_record() == {
        "gateway": False,
        "direct": [{"namespace": "shop", "app": "cache", "ports": [{"port": 6379, "protocol": "TCP"}]}],
        "outside": [],
    }
    assert resolved.direct == (("cache", HERE),)


def test_an_inter_dc_call_uses_the_port_of_the_other_gateways() -> None:
    callee = app("shop/web2", HTTP, inter_dc={})
    resolved, problems = calling({"app": "web2", "dataCenter": "dc2"}, elsewhere=[callee])
    assert problems == []
    endpoint = Endpoint("web2.dc2.example.internal", {"http": 443})
    assert resolved.endpoints == {CallFacts("web2", "dc2"): endpoint, CallFacts("shop/web2", "dc2"): endpoint}


def owned(team: str, *after: str) -> Names:
    return Names({"prod": {"cards": Ownership(team, after)}, "dev": {"cards": Ownership("search", ("ads",))}})


CARDS = app("pay/cards", HTTP, intra_dc={"callers": ["shop"]})


@pytest.mark.parametrize("names", [NOBODY, owned("pay"), owned("", "pay"), owned("pay", "search")])
@pytest.mark.parametrize("written", ["cards", "pay/cards"])
def test_a_name_means_its_owner_and_the_full_form_names_the_team(written, names) -> None:
    resolved, problems = calling({"app": written}, CARDS, names=names)
    if written == "cards" and names == owned("pay", "search"):
        assert [(p.code, p.message, p.help) for p in problems] == [
            (
                "SF414",
                "'cards' belongs to team pay in prod, and belonged to team search before",
                "write app: pay/cards if this is the app to call",
            )
        ]
    else:
        assert problems == []
        assert {call.app for call in resolved.endpoints} == {"cards", "pay/cards"}


@pytest.mark.parametrize(
    ("written", "callees", "names", "code", "hint"),
    [
        # The owner left the data center, and an app of another team has the name there.
        ("cards", [CARDS], owned("search"), "SF403", "search/cards does not run there: call a data center where it runs"),
        ("cards", [], owned("search"), "SF403", "search/cards does not run there: call a data center where it runs"),
        ("search/cards", [CARDS], owned("search"), "SF403", "search/cards does not run there: call a data center where it runs"),
        ("search/cards", [CARDS], NOBODY, "SF403", "the name belongs to team pay: write app: pay/cards if this is the app to call"),
        ("search/cards", [CARDS], owned("", "search"), "SF403", "the name belongs to team pay: write app: pay/cards if this is the app to call"),
        ("search/cards", [], owned("pay", "search"), "SF403", "the name belongs to team pay: write app: pay/cards if this is the app to call"),
        ("cards", [], owned("pay", "search"), "SF414", "write app: pay/cards if this is the app to call"),
        ("cards", [CARDS], owned("", "search"), "SF414", "write app: pay/cards if this is the app to call"),
        ("cards", [], owned("", "search"), "SF403", "correct the name: no app there can be called by this road"),
        ("search/card", [CARDS], NOBODY, "SF403", "did you mean 'cards'?"),
    ],
)  # fmt: skip
def test_a_call_never_reaches_the_app_of_another_team_under_the_same_name(written, callees, names, code, hint) -> None:
    _, problems = calling({"app": written}, *callees, names=names)
    assert [(p.code, p.help) for p in problems] == [(code, hint)]


def test_two_outside_hosts_on_one_port_open_it_once() -> None:
    calls = [{"host": "a.example.net", "port": 443}, {"host": "b.example.net", "port": 443}, {"host": "c", "port": 25}]
    resolved, problems = resolve(fleet_of(), Caller(app("shop/web"), DC1, lambda _: {}), calls, (HERE,) * 3)
    assert problems == []
    assert resolved.egress.to_record()["outside"] == [{"port": 443}, {"port": 25}]


@pytest.mark.parametrize(
    ("call", "callees", "code", "words"),
    [
        ({"host": "a.example.net"}, [], "SF401", "host"),
        ({"app": "cards", "road": "intra-dc", "dataCenter": "dc2"}, [], "SF402", "intra-dc"),
        ({"app": "cards", "road": "direct", "dataCenter": "dc2"}, [], "SF402", "direct"),
        ({"app": "crads"}, [app("pay/cards", HTTP, intra_dc={"callers": ["*"]})], "SF403", "crads"),
        (
            {"app": "cards", "road": "inter-dc"},
            [app("pay/cards", HTTP, intra_dc={"callers": ["*"]})],
            "SF404",
            "inter-dc",
        ),
        ({"app": "cards"}, [app("pay/cards", RAW, intra_dc={"callers": ["*"]})], "SF404", "intra-dc"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={})], "SF405", "shop/web"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={"callers": ["shop/other"]})], "SF405", "shop/web"),
        ({"app": "cards"}, [app("pay/cards", HTTP, intra_dc={"callers": []})], "SF405", "shop/web"),
    ],
)
def test_a_call_that_no_road_admits_is_an_error_of_the_caller(call, callees, code, words) -> None:
    resolved, problems = calling(call, *callees)
    assert [p.code for p in problems] == [code]
    assert words in problems[0].message
    assert resolved.endpoints == {}
    assert resolved.egress == Egress()


@pytest.mark.parametrize("callers", [["*"], ["shop"], ["shop/web"], ["pay", "shop/web"]])
def test_callers_are_everybody_a_team_or_one_app(callers) -> None:
    callee = app("pay/cards", HTTP, intra_dc={"callers": callers})
    assert calling({"app": "cards"}, callee)[1] == []
    other = calling({"app": "cards"}, callee, caller="search/index")[1]
    assert [p.code for p in other] == ([] if callers == ["*"] else ["SF405"])


def test_suggestions_name_only_apps_that_admit_the_caller() -> None:
    """The help must not list apps that other teams keep to themselves."""
    secret = app("pay/cards-vault", HTTP, intra_dc={})
    public = app("pay/rates", HTTP, intra_dc={"callers": ["*"]})
    (problem,) = calling({"app": "cards-vautl"}, secret, public)[1]
    assert "vault" not in problem.help
    (problem,) = calling({"app": "ratse"}, secret, public)[1]
    assert "rates" in problem.help


def test_ingress_follows_from_the_roads_of_the_app() -> None:
    facts = app(
        "shop/cache", HTTP, RAW, intra_dc={}, external={"port": "http"}, direct={"callers": ["shop/web", "pay", "*"]}
    )
    resolved, _ = resolve(fleet_of(), Caller(facts, DC1, lambda _: {}), [], ())
    assert resolved.ingress.gateway == (TargetPort(8080, "TCP"),)
    ports = [{"port": 8080, "protocol": "TCP"}, {"port": 6379, "protocol": "TCP"}]
    assert resolved.ingress.to_record()["direct"] == [
        {"namespace": "shop", "app": "web", "ports": ports},
        {"namespace": "pay", "ports": ports},
        {"ports": ports},
    ]


def test_an_app_without_roads_has_no_ingress() -> None:
    resolved, _ = resolve(fleet_of(), Caller(app("shop/worker"), DC1, lambda _: {}), [], ())
    assert resolved.ingress == Ingress()


def test_namespaces_of_direct_callers_follow_the_naming_scheme() -> None:
    facts = app("shop/cache", RAW, direct={"callers": ["pay/cards"]})
    fleet = fleet_of(namespaces="{team}-{environment}")
    resolved, _ = resolve(fleet, Caller(facts, DC1, lambda _: {}), [], ())
    assert resolved.ingress.direct[0].namespace == "pay-prod"
