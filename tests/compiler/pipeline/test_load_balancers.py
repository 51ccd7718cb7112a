"""The fleet limits the load balancers of a team in each data center."""

from __future__ import annotations

import pytest

BALANCED = {
    "ports": [{"name": "turn", "port": 3478, "protocol": "UDP"}],
    "roads": {"external": {"port": "turn", "loadBalancer": True}},
}


def balanced(name):
    return {**BALANCED, "roads": {"external": {**BALANCED["roads"]["external"], "host": f"{name}.example.com"}}}


@pytest.fixture
def limited(repo):
    """A repo whose fleet gives shop two load balancers, and the other teams none."""
    repo.data["teams"]["shop"]["loadBalancers"] = 2
    del repo.data["teams"]["pay"]["loadBalancers"]
    repo.write_fleet()
    return repo


def test_a_team_without_a_limit_has_none(limited) -> None:
    limited.put("pay/turn", **balanced("turn"))
    run = limited.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF413", "pay/turn")}
    assert "of team pay in prod/dc1, and the fleet gives it none" in run.diagnostics[0].message
    assert "teams.pay" in run.diagnostics[0].help
    assert run.overlays == {}


def test_the_last_by_name_fails_and_the_others_are_compiled(limited) -> None:
    for name in ("one", "two", "zzz"):
        limited.put(f"shop/{name}", **balanced(name))
    run = limited.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF413", "shop/zzz")}
    assert "and its 2 are in use" in run.diagnostics[0].message
    assert {path.rpartition("/")[2] for path in run.overlays} == {"one.yaml", "two.yaml"}


def test_who_has_one_keeps_it(limited) -> None:
    for name in ("two", "zzz"):
        limited.put(f"shop/{name}", **balanced(name))
    assert limited.compile().codes == []
    limited.put("shop/aaa", **balanced("aaa"))
    limited.put("shop/zzz", **balanced("zzz"), command=["serve"])
    run = limited.compile()
    assert {(d.code, d.app) for d in run.diagnostics} == {("SF413", "shop/aaa")}
    assert {path.rpartition("/")[2] for path in run.overlays} == {"zzz.yaml"}


def test_one_that_is_given_up_is_free(limited) -> None:
    for name in ("one", "two"):
        limited.put(f"shop/{name}", **balanced(name))
    limited.compile()
    limited.put("shop/one", ports=BALANCED["ports"])
    limited.put("shop/zzz", **balanced("zzz"))
    assert limited.compile().codes == []


def test_an_app_that_cannot_give_its_own_up_still_has_it(limited) -> None:
    """The new manifest of one fails, so its load balancer stays, and there is none for zzz."""
    for name in ("one", "two"):
        limited.put(f"shop/{name}", **balanced(name))
    limited.compile()
    limited.put("shop/one", ports=BALANCED["ports"], calls=[{"app": "nobody"}])
    limited.put("shop/zzz", **balanced("zzz"))
    run = limited.compile()
    assert {d.app: d.code for d in run.diagnostics}["shop/zzz"] == "SF413"
    assert run.overlays == {}


def test_the_cluster_has_the_same_limit(limited) -> None:
    limited.compile()
    quotas = {path: data for path, data in limited.tree().items() if "/_tenancy/" in path}
    assert any(b'services.loadbalancers: "2"' in data for path, data in quotas.items() if "shop" in path)
    assert all(b'services.loadbalancers: "0"' in data for path, data in quotas.items() if "pay" in path)
