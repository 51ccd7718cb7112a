"""I2, case by case: the owners of names after a change of the fleet's naming scheme, for apps that are in the tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.kubernetes.identity import identity, names_of
from sixfold_compiler.manifest.prepare import Prepared
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.app_state import PreparedApp, RenderedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.name_claims import lost_names
from sixfold_compiler.pipeline.object_claims import lost_objects
from sixfold_compiler.placement import Host, Placement
from tests.properties.isolation.claims import SCHEMES, Claims
from tests.support.facts import HTTP, facts_of, record_of
from tests.support.repos import Inline, Repo, cluster, team

if TYPE_CHECKING:
    from sixfold_compiler.model.facts import Facts

DC1, DC2 = {"prod": ["dc1"]}, {"prod": ["dc2"]}


@pytest.fixture(scope="module")
def fleets(tmp_path_factory):
    schemes = {**SCHEMES, "one zone": {"interDc": "{team}.{domain}"}}
    return {name: Claims(tmp_path_factory.mktemp("claims") / "repo", scheme) for name, scheme in schemes.items()}


def changed(wanted):
    """Return the same apps, each with a change, so that each of them is settled again."""
    return {key: {**spec, "tier": "P1"} for key, spec in wanted.items()}


def problems_of(claims, states):
    """Return the problems of the apps that lose a name, in the order of their losses."""
    lost = lost_names(claims.fleet, claims.placement, states)
    return [problem for problems in lost.values() for problem in problems]


def problems_of_objects(states):
    """Return the problems of the apps that lose an object, in the order of their losses."""
    return [problem for problems in lost_objects({app.key: app for app in states}).values() for problem in problems]


def rendered(app, *objects):
    """Return a prepared app that was rendered to these objects in prod/dc1."""
    return RenderedApp.of(app, "", {}, {Cell("prod", "dc1"): frozenset(objects)})


def test_paths_that_meet_on_one_host_fail_both_teams(fleets) -> None:
    """Each path was on its own host before. No team has precedence, and both apps stay on their clusters."""
    wanted = {
        "pay/b": {"roads": {"external": {"path": "/api/match"}}},
        "shop/a": {"roads": {"external": {"path": "/api"}}},
    }
    records, failures = fleets["by app"].compile({}, wanted)
    assert failures == {}
    assert fleets["plain"].compile(records, changed(wanted)) == (records, {"pay/b": "SF412", "shop/a": "SF412"})
    assert fleets["by app"].compile(records, changed(wanted))[1] == {}
    problems = problems_of(fleets["plain"], fleets["plain"].states(records, changed(wanted)))
    assert [problem.app for problem in problems] == ["pay/b", "shop/a"], "each once"
    assert all(problem.span for problem in problems)


def test_a_newcomer_sees_the_first_owner_of_a_contested_path(fleets) -> None:
    wanted = {key: {"roads": {"external": {"path": "/api"}}} for key in ("pay/b", "shop/a")}
    records, _ = fleets["by app"].compile({}, wanted)
    problems = problems_of(
        fleets["plain"], fleets["plain"].states(records, {**changed(wanted), "search/c": wanted["pay/b"]})
    )
    assert {problem.app: problem.message.partition(" belongs to ")[2].partition(" in ")[0] for problem in problems} == {
        "shop/a": "team pay", "pay/b": "team shop", "search/c": "team pay"
    }  # fmt: skip


def test_a_road_name_shared_by_two_data_centers_fails_both(fleets) -> None:
    """Two data centers have apps of one team, and names of the new scheme contain neither the app nor the data center."""
    roads = {"intra-dc": {}, "inter-dc": {}}
    wanted = {"shop/x": {"roads": roads, "dataCenters": DC1}, "shop/y": {"roads": roads, "dataCenters": DC2}}
    records, failures = fleets["plain"].compile({}, wanted)
    assert failures == {}
    left, failures = fleets["one zone"].compile(records, changed(wanted))
    assert (left, failures) == (records, {"shop/x": "SF407", "shop/y": "SF407"})


def test_the_loser_of_a_road_name_sees_only_the_other_team(fleets) -> None:
    claims = fleets["joined"]
    records, _ = claims.compile({}, {"pay/x": {"roads": {"inter-dc": {}}, "dataCenters": DC2}})
    states = claims.states(records, {"shop/x": {"roads": {"inter-dc": {}}, "dataCenters": DC1}})
    (problem,) = problems_of(claims, states)
    assert problem.message == "the address 'x.example.internal' of the road belongs to team pay in prod"


def test_the_application_of_a_cluster_belongs_to_the_platform(tmp_path) -> None:
    """Joined names are ambiguous: cluster dc1-a-shop; dc1-a with namespace shop; dc1, namespace a and its app shop."""
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
    (problem,) = problems_of(claims, states)
    assert (problem.code, problem.app) == ("SF409", "a/shop")
    assert (
        problem.message
        == "the Application of the app would have the name 'prod-dc1-a-shop', which belongs to the platform"
    )


ITEM = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "words"}}


def test_object_identity_ignores_the_api_version() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "team"}}
    assert identity(ITEM) == "ConfigMap/words"
    assert identity(role) == identity({**role, "apiVersion": "rbac.authorization.k8s.io/v1beta1"})
    assert names_of([ITEM, role, ITEM]) == {"ConfigMap/words", "Role.rbac.authorization.k8s.io/team"}


def test_the_second_of_two_newcomers_by_name_loses_the_object(fleets) -> None:
    states = fleets["plain"].states({}, {"shop/b": {}, "shop/a": {}, "pay/a": {}})
    (problem,) = problems_of_objects([rendered(app, "ConfigMap/words") for app in states.values()])
    assert (problem.code, problem.app, str(problem.span)) == ("SF452", "shop/b", "apps/shop/b.yaml:4:3")
    assert [span.file for span in problem.related] == ["apps/shop/a.yaml"]


def test_an_unselected_app_keeps_its_recorded_objects(fleets) -> None:
    states = fleets["plain"].states({}, {"shop/b": {}})
    record = record_of(facts_of("shop/c"), "ConfigMap/words")
    unselected = UnchangedApp(TreeApp(AppKey("shop", "c"), {Cell("prod", "dc1"): record}))
    (problem,) = problems_of_objects([*(rendered(app, "ConfigMap/words") for app in states.values()), unselected])
    assert (problem.code, problem.app) == ("SF452", "shop/b")
    assert problem.related == (), "an app that was not read has no file to show"


def test_an_app_that_loses_an_object_keeps_its_old_one_instead_of_a_newcomer(fleets) -> None:
    """App shop/b replaces `words` by `other`, which shop/c has. It fails and keeps `words`, so shop/a loses it."""
    cell = Cell("prod", "dc1")
    kept = UnchangedApp(TreeApp(AppKey("shop", "c"), {cell: record_of(facts_of("shop/c"), "ConfigMap/other")}))
    states = fleets["plain"].states({}, {"shop/a": {}, "shop/b": {}})
    newcomer, owner = states[AppKey("shop", "a")], states[AppKey("shop", "b")]
    tree = TreeApp(owner.key, {cell: record_of(facts_of("shop/b"), "ConfigMap/words")})
    problems = problems_of_objects(
        [rendered(newcomer, "ConfigMap/words"), rendered(replace(owner, tree=tree), "ConfigMap/other"), kept]
    )
    assert [(problem.code, problem.app) for problem in problems] == [("SF452", "shop/b"), ("SF452", "shop/a")]


def test_an_object_of_the_platform_is_rejected_and_unchanged_apps_are_not_checked(fleets) -> None:
    states = fleets["plain"].states({}, {"shop/b": {}})
    names = ("ServiceAccount/default", "ResourceQuota/team", "ConfigMap/words")
    record = record_of(facts_of("pay/a"), "ServiceAccount/default")
    unselected = UnchangedApp(TreeApp(AppKey("pay", "a"), {Cell("prod", "dc1"): record}))
    problems = problems_of_objects([*(rendered(app, *names) for app in states.values()), unselected])
    assert [(problem.code, problem.app) for problem in problems] == [("SF453", "shop/b")] * 2
    assert [problem.message.split()[0] for problem in problems] == ["ResourceQuota/team", "ServiceAccount/default"]


def test_a_chain_of_a_thousand_apps_that_lose_names_to_each_other_is_settled(fleets) -> None:
    """Every app moves to the path of the next one. The last one stays, so all the others lose, one after another."""
    claims, cell, count = fleets["plain"], Cell("prod", "dc1"), 1200

    def at(number: int, path: int) -> Facts:
        roads = {"external": {"host": "own.example.org", "path": f"/{path:04}"}}
        return facts_of(f"shop/x{number:04}", HTTP, roads=roads)

    states = {}
    for number in range(count):
        tree = TreeApp(AppKey("shop", f"x{number:04}"), {cell: record_of(at(number, number))})
        file = ManifestFile(Path("a"), "a", Path(), tree.key)
        # The last app keeps its path, so the app before it loses, and so on down to the first.
        facts = {cell: at(number, min(number + 1, count - 1))}
        last = number == count - 1
        states[tree.key] = UnchangedApp(tree, file) if last else PreparedApp(tree, file, "", Prepared(tree.key), facts)
    lost = lost_names(claims.fleet, claims.placement, states)
    assert len(lost) == count - 1
    assert {problem.code for problems in lost.values() for problem in problems} == {"SF412"}


def test_a_service_name_stays_with_its_owner_in_every_data_center(fleets) -> None:
    claims = fleets["plain"]
    records, _ = claims.compile({}, {"shop/x": {"dataCenters": DC1}})
    states = claims.states(records, {"pay/x": {"dataCenters": DC1}, "search/x": {"dataCenters": DC2}})
    problems = problems_of(claims, states)
    assert [(problem.code, problem.app, problem.message) for problem in problems] == [
        ("SF407", "pay/x", "the service name 'x' belongs to team shop in prod/dc1"),
        ("SF407", "search/x", "the service name 'x' belongs to team shop in prod"),
    ]
