"""Hosts at the edge that an app may not claim, because of their domain, a gateway, or the naming scheme."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.model.app import Metadata, Spec
from sixfold_compiler.ownership import check_external
from sixfold_compiler.ownership.hosts import Edge, edge_of, parents, prefixes, shared_hosts
from tests.support.facts import HTTP, facts_of
from tests.support.placements import fleet_input
from tests.support.repos import FLEET, cluster
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

WEB = Metadata(name="web", team="shop")
HERE = Span("apps/shop/web.yaml", 7, 22)


def fleet(external: str = "{domain}"):
    """Return a fleet: prod with dc1 and dc2, staging with dc1, and a gateway with an address outside its domains."""
    data = copy.deepcopy(FLEET)
    data["endpoints"] = {"external": external}
    staging = {"dc1-s": cluster("dc1-s", gateway={"address": "gw.edge.example.net"})}
    data["environments"]["staging"] = {"dataCenters": {"dc1": {"region": "eu-west-1", "clusters": staging}}}
    return fleet_input(data)


def refused(scheme: str, host: str | None, cell: str = "prod/dc1", **fields):
    """Return why the app shop/web may not claim a host; an empty text if it may."""
    external = {**({"host": host} if host else {}), **fields}
    problems = list(
        check_external(
            fleet(scheme),
            WEB,
            Spec.model_validate({"roads": {"external": external}}),
            Cell(*cell.split("/")),
            lambda _: HERE,
        )
    )
    assert all((d.code, d.span, d.app) == ("SF451", HERE, "shop/web") for d in problems)
    return "; ".join(d.message.removeprefix(f"the host {host} ") for d in problems)


SHARED, BY_APP, BY_TEAM = "{domain}", "{app}.{environment}.{domain}", "{team}.{domain}"
BY_BOTH = "{team}.{environment}.{domain}"


CLAIMS = [
    (SHARED, None, True),
    (SHARED, "example.com", True),
    (SHARED, "shop.example.org", True),
    (SHARED, "*.shop.example.org", True),
    (SHARED, "web.dc1.example.internal", False),
    (SHARED, "example.internal", False),
    (SHARED, "notexample.internal", True),
    (SHARED, "*.svc.cluster.local", False),
    (SHARED, "gw.edge.example.net", False),
    (SHARED, "*.edge.example.net", False),
    (SHARED, "edge.example.net", True),
    (SHARED, "*.example.com", False),
    (SHARED, "*.shop.example.com", True),
    (BY_APP, "web.prod.example.com", True),
    (BY_APP, "other.prod.example.com", True),
    (BY_APP, "web.staging.example.com", False),
    (BY_APP, "web.dev.example.com", True),
    (BY_APP, "*.prod.example.com", False),
    (BY_APP, "*.web.staging.example.com", True),
    (BY_BOTH, "shop.prod.example.com", True),
    (BY_BOTH, "pay.prod.example.com", False),
    (BY_BOTH, "pay.staging.example.com", False),
    (BY_TEAM, "shop.example.com", True),
    (BY_TEAM, "pay.example.com", False),
    (BY_TEAM, "payments.example.com", True),
    (BY_TEAM, "*.example.com", False),
    (BY_TEAM, "*.ample.com", True),
]


@pytest.mark.parametrize(("scheme", "host", "accepted"), CLAIMS)
def test_hosts_of_the_platform_and_of_other_teams_are_rejected(scheme, host, accepted) -> None:
    assert (refused(scheme, host) == "") is accepted


def test_the_reason_of_each_rejected_host_is_its_snapshot() -> None:
    lines = [f"{scheme} {host}: {refused(scheme, host)}\n" for scheme, host, accepted in CLAIMS if not accepted]
    check_snapshot("".join(lines), SNAPSHOTS / "hosts.txt")


def test_a_host_of_one_environment_is_rejected_in_the_others() -> None:
    assert refused(BY_APP, "web.staging.example.com", "staging/dc1") == ""
    assert "environment prod" in refused(BY_APP, "web.prod.example.com", "staging/dc1")


def test_a_load_balancer_may_not_take_a_shared_host() -> None:
    assert "is shared by all teams" in refused(SHARED, "example.com", loadBalancer=True)
    assert refused(SHARED, "shop.example.org", loadBalancer=True) == ""
    assert refused(SHARED, None, loadBalancer=True) == ""


def test_hosts_are_shared_if_the_scheme_names_neither_app_nor_team() -> None:
    assert shared_hosts(fleet(SHARED)) == {("prod", "example.com"), ("staging", "example.com")}
    assert shared_hosts(fleet("{environment}.{domain}")) == {
        ("prod", "prod.example.com"),
        ("staging", "staging.example.com"),
    }
    assert shared_hosts(fleet(BY_APP)) == shared_hosts(fleet(BY_TEAM)) == frozenset()


@pytest.mark.parametrize(
    ("external", "edge"),
    [
        (None, None),
        ({}, Edge("prod", "example.com", "/", ("*",))),
        ({"path": "/API/Match"}, Edge("prod", "example.com", "/api/match/")),
        ({"path": "/api", "sharedWith": ["pay"]}, Edge("prod", "example.com", "/api/", ("pay",))),
        ({"host": "Shop.example.org"}, Edge("prod", "shop.example.org", "/")),
        ({"loadBalancer": True}, None),
        ({"loadBalancer": True, "host": "shop.example.org", "path": "/api"}, Edge("prod", "shop.example.org", "")),
    ],
    ids=str,
)  # fmt: skip
def test_an_app_claims_its_external_host_and_path(external, edge) -> None:
    """An app with its own load balancer claims a complete host, or none if AWS names it."""
    facts = facts_of("shop/web", HTTP, roads={} if external is None else {"external": external})
    assert edge_of(fleet(), facts, Cell("prod", "dc1")) == edge


def test_a_claim_prints_as_host_and_path_and_admits_callers() -> None:
    complete, part = Edge("prod", "a.example.org", ""), Edge("prod", "a.example.org", "/api/", ("pay", "search/index"))
    assert (str(complete), str(part)) == ("all of a.example.org", "a.example.org/api/")
    assert [part.admits(AppKey.parse(key)) for key in ("pay/cards", "search/index", "search/other")] == [
        True,
        True,
        False,
    ]
    assert Edge("prod", "a", "/", ("*",)).admits(AppKey("anyone", "else"))


def test_parents_and_prefixes_of_a_claim() -> None:
    assert list(parents("a.b.c")) == ["b.c", "c"]
    assert list(parents("*.a.b.c")) == ["a.b.c", "b.c", "c"]
    assert list(prefixes("/a/b/")) == ["/", "/a/"]
    assert list(prefixes("/")) == list(prefixes("")) == []


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("kubernetes.default.svc", "only clusters or machines resolve"),
        ("*.default.svc", "only clusters or machines resolve"),
        ("a.localhost", "only clusters or machines resolve"),
        ("svc.example.org", ""),
        ("argocd.example.org", "is reserved by domains.reserved of the fleet (argocd.example.org)"),
        ("*.example.org", "is reserved by domains.reserved of the fleet (argocd.example.org)"),
        ("x.argocd.example.org", ""),
        ("accounts.example.net", "is reserved by domains.reserved of the fleet (*.example.net)"),
        ("example.net", "is reserved by domains.reserved of the fleet (*.example.net)"),
        ("*.a.example.net", "is reserved by domains.reserved of the fleet (*.example.net)"),
        ("badexample.net", ""),
    ],
)
def test_hosts_of_clusters_and_of_the_fleet_s_list_belong_to_no_app(host, why, monkeypatch) -> None:
    monkeypatch.setitem(FLEET, "domains", FLEET["domains"] | {"reserved": ["argocd.example.org", "*.example.net"]})
    reason = refused(SHARED, host)
    assert why in reason
    assert bool(reason) == bool(why)
