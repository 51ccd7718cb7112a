"""The deletion guard of a compile: the written and the held files, and the places of findings.

The rules of the guard and the texts of its findings are in tests/cases/guard.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import yaml

from sixfold_compiler.model.addresses import AppKey
from tests.support.git import commit_all, new_repo
from tests.support.repos import Repo, is_overlay, manifest, owned

TODAY = date(2026, 11, 24)
EVERY = {"spread": "every"}


class Guarded(Repo):
    """A repo whose deletions are guarded; team shop has ten apps, one of them with plain objects."""

    def __init__(self, folder, apps: tuple[str, ...] = ("pay/cards", "pay/ledger")) -> None:
        super().__init__(folder, apps)
        for number in range(10):
            self.put(f"shop/app-{number}", **EVERY)
        self.buried: list[dict[str, str]] = []

    def options(self, *paths: str, **fields: Any):
        return super().options(*paths, **{"guard": True, "today": TODAY} | fields)

    def bury(self, **scope: str) -> None:
        self.buried.append(
            {**scope, "approvedBy": "ada", "reason": "for the test", "until": scope.pop("until", "2026-12-24")}
        )
        document = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": self.buried}
        self.write("environments/tombstones.yaml", yaml.safe_dump(document, sort_keys=False))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    repo = Guarded(tmp_path_factory.mktemp("guarded") / "repo")
    assert repo.compile().codes == []
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    copied = compiled.copied_to(tmp_path / "repo")
    copied.buried = []
    return copied


def overlays(repo, team: str) -> dict[str, bytes]:
    return {path: data for path, data in repo.tree().items() if is_overlay(path) and f"/{team}/" in path}


def test_a_team_that_exceeds_its_budget_is_held_back_alone(repo) -> None:
    before = overlays(repo, "shop")
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.put("shop/app-2", image="registry.example.com/app:2.0", **EVERY)
    repo.put("shop/new")
    repo.put("pay/cards", image="registry.example.com/app:2.0")
    run = repo.compile()
    assert run.codes == ["SF710"]
    assert not run.fatal
    assert "prod: 6 of 30 overlays" in run.diagnostics[0].message
    assert "prod: 24 of 120 objects" in run.diagnostics[0].help
    assert run.diagnostics[0].span.file == "environments/fleet.jsonnet"
    assert overlays(repo, "shop") == before, "its changes and its new app wait too"
    assert any(b"app:2.0" in data for data in overlays(repo, "pay").values())
    assert owned(repo.out) == set(repo.tree()), "the inventories name exactly the existing files"
    assert repo.compile().codes == ["SF710"], "every further compile reports it again"


def test_tombstones_and_budgets_of_the_fleet_are_in_the_root_inventory(repo) -> None:
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.bury(team="shop", app="app-0")
    assert repo.compile().codes == [], "one by tombstone, the other by the budget"
    root = json.loads((repo.out / "inventory.json").read_bytes())
    assert [tombstone["app"] for tombstone in root["tombstones"]] == ["app-0"]
    assert root["deletions"]["minimum"] == 1


def test_an_expired_tombstone_is_reported_at_its_place(repo) -> None:
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.bury(team="shop", app="app-0", until="2026-11-23")
    run = repo.compile()
    assert sorted(run.codes) == ["SF710", "SF712"]
    expired = next(d for d in run.diagnostics if d.code == "SF712")
    assert (expired.span.file, expired.span.line) == ("environments/tombstones.yaml", 4)


def test_the_fleet_sets_the_budgets(repo) -> None:
    repo.data["deletions"] = {"applications": "50%", "overlays": 6, "objects": "50%"}
    repo.write_fleet()
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    assert repo.compile().codes == []
    repo.remove("shop/app-2")
    repo.remove("shop/app-3")
    repo.remove("shop/app-4")
    assert repo.compile().codes == ["SF710"]


def test_objects_removed_from_an_overlay_count(repo) -> None:
    """Renamed ConfigMaps are deletions, although the overlay itself stays."""
    maps = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"map-{n}"}} for n in range(30)]
    repo.put("shop/app-0", *maps, **EVERY)
    assert repo.compile().codes == []
    renamed = [{**item, "metadata": {"name": item["metadata"]["name"] + "-new"}} for item in maps]
    repo.put("shop/app-0", *renamed, **EVERY)
    run = repo.compile()
    assert run.codes == ["SF710"], "their number is the same, but not their names"
    assert "ConfigMap/map-0" in run.diagnostics[0].help
    assert run.diagnostics[0].help.splitlines()[-1] == "  and 80 more"
    repo.bury(team="shop", kind="ConfigMap")
    assert repo.compile().codes == []


def test_a_changed_config_deletes_nothing(repo) -> None:
    """The name of a ConfigMap depends on its content, but a new name is no deletion."""
    for value in ("1", "2"):
        repo.put("shop/app-0", **EVERY, config=[{"name": "main", "data": {"a": value}}])
        assert repo.compile().codes == []


def test_a_team_removed_from_the_fleet_stops_the_compile(repo) -> None:
    del repo.data["teams"]["pay"]
    repo.write_fleet()
    repo.remove("pay/cards")
    repo.remove("pay/ledger")
    before = repo.tree()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF711"]
    assert repo.tree() == before
    repo.bury(team="pay")
    assert repo.compile().codes == []
    assert not any("pay" in path for path in repo.tree())


def test_callers_of_a_deleted_app_are_reported(repo) -> None:
    """The guard keeps the callee, so without these findings nobody would see why the removal cannot be compiled."""
    for number in range(2):
        repo.put(f"shop/app-{number}", **EVERY, roads={"intra-dc": {"callers": ["*"]}})
    repo.put("shop/app-2", **EVERY, calls=[{"app": "app-0"}])
    repo.put("pay/cards", calls=[{"app": "app-0"}])
    assert repo.compile().codes == []
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    run = repo.compile()
    assert sorted(run.codes) == ["SF403", "SF710"]
    cause, held = sorted(run.diagnostics, key=lambda d: d.code)
    assert (cause.app, cause.span.file) == ("shop/app-2", "apps/shop/app-2.yaml")
    assert [span.file for span in held.related] == ["apps/pay/cards.yaml"]
    assert held.related[0].label.startswith("pay/cards needs what would be deleted: ")
    assert run.summary.failed == (AppKey("shop", "app-2"),), "held apps are not failed apps"
    assert run.summary.held == ("shop",)


def test_a_cluster_leaves_the_fleet_only_after_its_applications(repo) -> None:
    clusters = repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    repo.bury(environment="prod", cluster="dc1-b")
    taken = clusters.pop("dc1-b")
    repo.write_fleet()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF713"], "approved, but its Secret would be deleted first"
    clusters["dc1-b"] = {**taken, "state": "retired"}
    repo.write_fleet()
    assert repo.compile().codes == []
    assert not any("/dc1-b/" in path for path in repo.tree())
    assert b"cluster-prod-dc1-b" in (repo.out / "argocd/main/clusters.yaml").read_bytes()
    del clusters["dc1-b"]
    repo.write_fleet()
    assert repo.compile().codes == []
    assert b"cluster-prod-dc1-b" not in (repo.out / "argocd/main/clusters.yaml").read_bytes()


def test_the_tree_is_compared_with_a_named_revision(repo) -> None:
    """A pull request that contains its tree has no earlier tree on disk."""
    new_repo(repo.folder)
    commit_all(repo.folder, "before")
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    assert repo.compile(guard=False).codes == []
    assert repo.compile().codes == [], "compared with the tree on disk nothing else is deleted"
    assert repo.compile(against="main").codes == ["SF710"]
    assert repo.compile(against="mian").codes == ["SF714"]


def test_a_partial_compile_is_judged(repo) -> None:
    for number in (0, 1):
        text = manifest(f"shop/app-{number}", **EVERY, dataCenters={"prod": ["dc2"]})
        repo.write(f"apps/shop/app-{number}.yaml", text)
    assert repo.compile("apps/shop").codes == ["SF710"]
