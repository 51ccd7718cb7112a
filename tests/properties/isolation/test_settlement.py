"""I2, case by case: who keeps what when the fleet's naming scheme changes under apps that are in the tree already."""

from __future__ import annotations

import pytest

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.kubernetes.identity import identity, names_of
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.pipeline.app_state import AppSet, AppState
from sixfold_compiler.pipeline.name_claims import settle
from sixfold_compiler.pipeline.object_claims import settle_objects
from sixfold_compiler.placement import Host, Placement
from tests.properties.isolation.claims import Claims
from tests.support.repos import Inline, Repo, cluster, team

DC1, DC2 = {"prod": ["dc1"]}, {"prod": ["dc2"]}


@pytest.fixture(scope="module")
def fleets(tmp_path_factory):
    return {name: Claims(tmp_path_factory.mktemp("claims") / "repo", name) for name in ("plain", "by app", "joined")}


def changed(wanted):
    """The same apps with a change of their own, so that each of them is settled anew."""
    return {key: {**spec, "tier": "P1"} for key, spec in wanted.items()}


def told(claims, records, wanted):
    """What is wrong, in the order in which it was found."""
    apps = AppSet(claims.states(records, wanted), {}, {})
    settle(claims.fleet, claims.placement, apps)
    return list(apps.diagnostics)


def test_paths_that_come_to_lie_on_one_host_are_refused_to_both_teams_and_both_stay_as_they_are(fleets) -> None:
    """Each had its path on a host of its own. Nobody is in the right, and neither is taken off its clusters."""
    wanted = {
        "pay/b": {"roads": {"external": {"path": "/api/match"}}},
        "shop/a": {"roads": {"external": {"path": "/api"}}},
    }
    records, failures = fleets["by app"].compile({}, wanted)
    assert failures == {}
    assert fleets["plain"].compile(records, changed(wanted)) == (records, {"pay/b": "SF412", "shop/a": "SF412"})
    assert fleets["by app"].compile(records, changed(wanted))[1] == {}
    problems = told(fleets["plain"], records, changed(wanted))
    assert [problem.app for problem in problems] == ["pay/b", "shop/a"], "each once"
    assert all(problem.span for problem in problems)


def test_a_newcomer_is_told_who_had_a_path_first_when_two_have_come_to_claim_it(fleets) -> None:
    wanted = {key: {"roads": {"external": {"path": "/api"}}} for key in ("pay/b", "shop/a")}
    records, _ = fleets["by app"].compile({}, wanted)
    problems = told(fleets["plain"], records, {**changed(wanted), "search/c": wanted["pay/b"]})
    assert {problem.app: problem.message.rpartition(" by ")[2] for problem in problems} == {
        "shop/a": "team pay", "pay/b": "team shop", "search/c": "team pay"
    }  # fmt: skip


def test_a_road_s_name_that_two_data_centers_come_to_share_is_refused_to_both(fleets) -> None:
    """Apps of one name in two data centers; the new scheme leaves the data center out of the zone's names."""
    roads = {"intra-dc": {}, "inter-dc": {}}
    wanted = {"shop/x": {"roads": roads, "dataCenters": DC1}, "pay/x": {"roads": roads, "dataCenters": DC2}}
    records, failures = fleets["plain"].compile({}, wanted)
    assert failures == {}
    left, failures = fleets["joined"].compile(records, changed(wanted))
    assert (left, failures) == (records, {"pay/x": "SF407", "shop/x": "SF407"})


def test_who_loses_is_told_which_road_s_name_is_taken_and_of_the_other_the_team_alone(fleets) -> None:
    claims = fleets["joined"]
    records, _ = claims.compile({}, {"pay/x": {"roads": {"inter-dc": {}}, "dataCenters": DC2}})
    states = claims.states(records, {"shop/x": {"roads": {"inter-dc": {}}, "dataCenters": DC1}})
    apps = AppSet(states, {}, {})
    settle(claims.fleet, claims.placement, apps)
    (problem,) = apps.diagnostics
    assert problem.message == "the road's name x.example.internal is taken in prod by team pay"


def test_an_application_of_a_cluster_is_the_platform_s_whichever_team_has_a_namespace_of_that_name(tmp_path) -> None:
    """Nobody sees where the joined names part: cluster dc1-a-shop; dc1-a with namespace shop; dc1, a and its app shop."""
    repo = Repo(tmp_path / "repo", ())
    clusters = repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    clusters["dc1"], clusters["dc1-a-shop"] = cluster("dc1"), cluster("dc1-a-shop")
    repo.data["teams"]["a"] = team()
    repo.write_fleet()
    fleet = load_fleet(repo.folder / "environments", Inline())
    cell = Cell("prod", "dc1")
    placement = Placement({(cell, "shop"): (Host("dc1-a", 100),), (cell, "a"): (Host("dc1", 100),)})
    claims = Claims.of(fleet, placement)
    states = claims.states({}, {"a/shop": {"dataCenters": DC1}})
    apps = AppSet(states, {}, {})
    settle(fleet, placement, apps)
    (problem,) = apps.diagnostics
    assert (problem.code, problem.app) == ("SF409", "a/shop")
    assert problem.message == "an Application would be named prod-dc1-a-shop, as one of the platform"


ITEM = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "words"}}


def test_an_object_is_told_by_its_group_kind_and_name_whatever_its_version() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "team"}}
    assert identity(ITEM) == "ConfigMap/words"
    assert identity(role) == identity({**role, "apiVersion": "rbac.authorization.k8s.io/v1beta1"})
    assert names_of([ITEM, role, ITEM]) == {"ConfigMap/words", "Role.rbac.authorization.k8s.io/team"}


def test_of_two_newcomers_with_one_object_the_second_by_name_is_told_where_it_stands_or_at_its_app(fleets) -> None:
    claims, cell = fleets["plain"], Cell("prod", "dc1")
    states = claims.states({}, {"shop/b": {}, "shop/a": {}, "pay/a": {}})
    for state in states.values():
        state.objects = {cell: names_of([ITEM])}
    apps = AppSet(states, {}, {})
    settle_objects(apps)
    (problem,) = apps.diagnostics
    assert (problem.code, problem.app, str(problem.span)) == ("SF452", "shop/b", "apps/shop/b.yaml:4:3")
    assert "ConfigMap/words is brought by shop/a and by shop/b" in problem.message
    assert states["shop/b"].failed
    assert states["shop/b"].prepared is None


def test_records_of_another_shape_name_no_objects(fleets) -> None:
    """Those of a tree that was torn: what cannot be told stands against nobody."""
    cell = Cell("prod", "dc1")
    states = fleets["plain"].states({}, {"shop/b": {}})
    states["shop/b"].objects = {cell: names_of([ITEM])}
    states["shop/a"] = AppState("shop/a", records={cell: {"objects": "ConfigMap/words"}})
    states["shop/c"] = AppState("shop/c", records={cell: {"objects": ["ConfigMap/words", 1]}})
    apps = AppSet(states, {}, {})
    settle_objects(apps)
    (problem,) = apps.diagnostics
    assert "brought by shop/c and by shop/b" in problem.message
    assert problem.related == (), "an app that was not looked at has no file to show"


def test_an_object_of_the_platform_s_is_refused_to_whoever_brings_it_and_other_teams_are_left_alone(fleets) -> None:
    cell = Cell("prod", "dc1")
    states = fleets["plain"].states({}, {"shop/b": {}})
    states["shop/b"].objects = {cell: frozenset({"ServiceAccount/default", "ResourceQuota/team", "ConfigMap/words"})}
    unseen = states["pay/a"] = AppState("pay/a", records={cell: {"objects": ["ServiceAccount/default"]}})
    apps = AppSet(states, {}, {})
    settle_objects(apps)
    assert [(problem.code, problem.app) for problem in apps.diagnostics] == [("SF453", "shop/b")] * 2
    assert [problem.message.split()[0] for problem in apps.diagnostics] == ["ResourceQuota/team", "ServiceAccount/default"]
    assert not unseen.failed, "of a team that changes nothing nothing is asked"


def test_a_service_name_is_unique_in_a_data_center_and_who_has_it_keeps_it(fleets) -> None:
    claims = fleets["plain"]
    records, _ = claims.compile({}, {"shop/x": {"dataCenters": DC1}})
    states = claims.states(records, {"pay/x": {"dataCenters": DC1}, "search/x": {"dataCenters": DC2}})
    apps = AppSet(states, {}, {})
    settle(claims.fleet, claims.placement, apps)
    (problem,) = apps.diagnostics
    assert (problem.code, problem.app) == ("SF407", "pay/x")
    assert problem.message == "the name 'x' is taken in prod/dc1 by team shop"
