"""The deletion guard of a compile: what is written, what is held back, and what is said."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import Any

import pytest
import yaml

from sixfold_compiler.model.addresses import AppKey
from tests.support.histories import copy_of
from tests.support.repos import Repo, is_overlay, manifest, owned

TODAY = date(2026, 11, 24)
EVERY = {"spread": "every"}


class Guarded(Repo):
    """A repo whose deletions are guarded; team shop has ten apps, one of them with plain objects."""

    def __init__(self, folder, apps: tuple[str, ...] = ("pay/cards", "pay/ledger")) -> None:
        super().__init__(folder, apps)
        for number in range(10):
            self.put(f"shop/app-{number}", **EVERY)
        self.stones: list[dict[str, str]] = []

    def options(self, *paths: str, **more: Any):
        return super().options(*paths, **{"guard": True, "today": TODAY} | more)

    def bury(self, **scope: str) -> None:
        self.stones.append(
            {**scope, "approvedBy": "ada", "reason": "for the test", "until": scope.pop("until", "2027-01-01")}
        )
        document = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": self.stones}
        self.write("environments/tombstones.yaml", yaml.safe_dump(document, sort_keys=False))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    repo = Guarded(tmp_path_factory.mktemp("guarded") / "repo")
    assert repo.compile().codes == []
    return repo


@pytest.fixture
def repo(compiled, tmp_path):
    copied = copy_of(compiled, tmp_path / "repo")
    guarded = Guarded.__new__(Guarded)
    guarded.folder, guarded.out, guarded.data, guarded.stones = copied.folder, copied.out, copied.data, []
    return guarded


def overlays(repo, team: str) -> dict[str, bytes]:
    return {path: data for path, data in repo.tree().items() if is_overlay(path) and f"/{team}/" in path}


def test_one_app_of_ten_is_within_the_budget(repo) -> None:
    repo.remove("shop/app-0")
    assert repo.compile().codes == []
    assert not any("app-0.yaml" in path for path in repo.tree())


def test_two_of_ten_are_too_much_and_hold_back_that_team_alone(repo) -> None:
    before = overlays(repo, "shop")
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.put("shop/app-2", image="registry.example.com/app:2.0", **EVERY)
    repo.put("shop/new")
    repo.put("pay/cards", image="registry.example.com/app:2.0")
    run = repo.compile()
    assert run.codes == ["SF710"]
    assert not run.fatal
    text = run.diagnostics[0].message
    assert "prod: 6 of 30 overlays go, and the budget is 3" in text
    assert len(text) < 120, "one short line; the things are in the help, one on each line"
    assert run.diagnostics[0].help.splitlines() == [
        "put it back, or approve it:",
        "  `sixfold retire app shop/app-0 --reason … --until …`",
        "  `sixfold retire app shop/app-1 --reason … --until …`",
        "also too much:",
        "  prod: 24 of 120 objects go, and the budget is 12",
        "what would vanish (6):",
        *(f"  overlay prod/{at}/shop/app-{n}.yaml" for at in ("dc1/dc1-a", "dc1/dc1-b", "dc2/dc2-a") for n in (0, 1)),
    ]
    assert run.diagnostics[0].span.file == "environments/fleet.jsonnet"
    assert overlays(repo, "shop") == before, "its changes and its new app wait too"
    assert any(b"app:2.0" in data for data in overlays(repo, "pay").values())
    assert owned(repo.out) == set(repo.tree()), "the inventories name exactly what is there"
    assert repo.compile().codes == ["SF710"], "again and again"


def test_a_tombstone_lets_more_go(repo) -> None:
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.bury(team="shop", app="app-0")
    assert repo.compile().codes == [], "one by tombstone, the other by the budget"
    root = json.loads((repo.out / "inventory.json").read_bytes())
    assert [stone["app"] for stone in root["tombstones"]] == ["app-0"]
    assert root["deletions"]["minimum"] == 1


def test_an_expired_tombstone_is_named_where_it_stands(repo) -> None:
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    repo.bury(team="shop", app="app-0", until="2026-11-23")
    run = repo.compile()
    assert sorted(run.codes) == ["SF710", "SF712"]
    expired = next(d for d in run.diagnostics if d.code == "SF712")
    assert (expired.span.file, expired.span.line) == ("environments/tombstones.yaml", 4)


def test_budgets_are_the_fleet_s(repo) -> None:
    repo.data["deletions"] = {"applications": "50%", "overlays": 6, "objects": "50%"}
    repo.write_fleet()
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    assert repo.compile().codes == []
    repo.remove("shop/app-2")
    repo.remove("shop/app-3")
    repo.remove("shop/app-4")
    assert repo.compile().codes == ["SF710"]


def test_a_namespace_that_leaves_a_data_center_takes_a_tombstone_whatever_the_budget(repo) -> None:
    repo.data["deletions"] = {"applications": "100%", "overlays": "100%", "objects": "100%"}
    repo.write_fleet()
    for number in range(10):
        repo.put(f"shop/app-{number}", **EVERY, dataCenters={"prod": ["dc1"]})
    run = repo.compile()
    assert run.codes == ["SF710"]
    assert "its namespace leaves prod/dc2 altogether" in run.diagnostics[0].message
    assert "retire" not in run.diagnostics[0].help, "the apps stay: retiring them would be something else"
    repo.bury(team="shop", dataCenter="dc2")
    assert repo.compile().codes == []


def test_objects_that_leave_an_overlay_count(repo) -> None:
    """Ten ConfigMaps of one app, of which three clusters would lose eight: the overlay itself stays."""
    maps = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"map-{n}"}} for n in range(30)]
    repo.put("shop/app-0", *maps, **EVERY)
    assert repo.compile().codes == []
    renamed = [{**item, "metadata": {"name": item["metadata"]["name"] + "-new"}} for item in maps]
    repo.put("shop/app-0", *renamed, **EVERY)
    run = repo.compile()
    assert run.codes == ["SF710"], "as many as before, but other ones"
    assert "objects go, and the budget is" in run.diagnostics[0].message
    assert "ConfigMap/map-0" in run.diagnostics[0].help
    assert run.diagnostics[0].help.splitlines()[-1] == "  and 80 more"
    assert "{team: shop, app: app-0, kind: ConfigMap, approvedBy: …" in run.diagnostics[0].help
    repo.bury(team="shop", kind="ConfigMap")
    assert repo.compile().codes == []


def test_a_config_that_changes_takes_nothing_away(repo) -> None:
    """Its ConfigMap has another name then, by its content."""
    for value in ("1", "2"):
        repo.put("shop/app-0", **EVERY, config=[{"name": "main", "data": {"a": value}}])
        assert repo.compile().codes == []


def test_what_the_fleet_takes_away_stops_everything(repo) -> None:
    del repo.data["teams"]["pay"]
    repo.write_fleet()
    repo.remove("pay/cards")
    repo.remove("pay/ledger")
    before = repo.tree()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF711"]
    assert "the whole team goes" in run.diagnostics[0].message
    assert repo.tree() == before
    repo.bury(team="pay")
    assert repo.compile().codes == []
    assert not any("pay" in path for path in repo.tree())


def test_a_team_that_stays_in_the_fleet_is_not_advised_to_retire(repo) -> None:
    """Its last app goes: to retire the team would take away more than that."""
    repo.put("search/finder")
    assert repo.compile().codes == []
    repo.remove("search/finder")
    run = repo.compile()
    assert run.codes == ["SF710"]
    assert "every app of the team goes, from prod/dc1, prod/dc2" in run.diagnostics[0].message
    assert "`sixfold retire app search/finder --reason … --until …`" in run.diagnostics[0].help
    assert "retire team" not in run.diagnostics[0].help


def test_nothing_is_listed_twice_of_what_the_fleet_takes_away(repo) -> None:
    del repo.data["teams"]["pay"]
    repo.write_fleet()
    (repo.folder / "apps/pay/cards.yaml").unlink()
    (repo.folder / "apps/pay/ledger.yaml").unlink()
    (finding,) = repo.compile().diagnostics
    whole = f"{finding.message}\n{finding.help}"
    items = [line for line in finding.help.splitlines() if line.startswith("  ") and "/" in line]
    assert 1 < len(items) <= 10
    assert all(whole.count(item.strip() + "\n") + whole.endswith(item) <= 1 for item in items)
    assert len(finding.message) < 160
    assert "`sixfold retire team pay --reason … --until …`" in finding.help


def test_who_calls_what_would_vanish_is_told(repo) -> None:
    """Otherwise the guard, which keeps the callee, would hide why the removal cannot be compiled."""
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
    assert held.related[0].label.startswith("pay/cards needs what would vanish: no app 'app-0'")
    assert run.summary.failed == (AppKey("shop", "app-2"),), "the others are held back, which is another thing"
    assert run.summary.held == ("shop",)


def test_a_cluster_leaves_the_fleet_only_after_its_applications(repo) -> None:
    clusters = repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    repo.bury(environment="prod", cluster="dc1-b")
    taken = clusters.pop("dc1-b")
    repo.write_fleet()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF713"], "approved, but its Secret would go first"
    clusters["dc1-b"] = {**taken, "state": "retired"}
    repo.write_fleet()
    assert repo.compile().codes == []
    assert not any("/dc1-b/" in path for path in repo.tree())
    assert b"cluster-prod-dc1-b" in (repo.out / "argocd/main/clusters.yaml").read_bytes()
    del clusters["dc1-b"]
    repo.write_fleet()
    assert repo.compile().codes == []
    assert b"cluster-prod-dc1-b" not in (repo.out / "argocd/main/clusters.yaml").read_bytes()


def test_a_cluster_without_a_tombstone_stops_everything(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    repo.write_fleet()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF711"]
    assert "cluster prod/dc1/dc1-b" in run.diagnostics[0].message


def test_a_cluster_secret_without_a_tombstone_stops_everything(repo) -> None:
    clusters = repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]
    clusters["dc1-b"]["state"] = "retired"
    repo.bury(environment="prod", cluster="dc1-b")
    repo.write_fleet()
    assert repo.compile().codes == []
    del clusters["dc1-b"]
    repo.write_fleet()
    (repo.folder / "environments/tombstones.yaml").unlink()
    run = repo.compile()
    assert run.codes == ["SF711"]
    assert "Secret/cluster-prod-dc1-b" in run.diagnostics[0].message


def test_the_tree_of_a_revision_is_the_measure_where_one_is_named(repo) -> None:
    """A pull request that brings its tree along has nothing left to compare with on disk."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=repo.folder, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "-m", "before")
    repo.remove("shop/app-0")
    repo.remove("shop/app-1")
    assert repo.compile(guard=False).codes == []
    assert repo.compile().codes == [], "the tree as it lies there has lost nothing more"
    assert repo.compile(against="main").codes == ["SF710"]
    assert repo.compile(against="mian").codes == ["SF714"]


def test_a_part_compiled_alone_is_judged_too(repo) -> None:
    for number in (0, 1):
        text = manifest(f"shop/app-{number}", **EVERY, dataCenters={"prod": ["dc2"]})
        repo.write(f"apps/shop/app-{number}.yaml", text)
    assert repo.compile("apps/shop").codes == ["SF710"]
