"""Changes of the fleet, release files and config files, and the files of the tree that change with them."""

from __future__ import annotations

import json

import pytest

from tests.support.histories import clean_tree, overlays_of
from tests.support.repos import cluster, is_overlay, owned


def test_an_invalid_fleet_writes_nothing(repo) -> None:
    before = repo.tree()
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-a"]["instance"] = "nowhere"
    repo.write_fleet()
    run = repo.compile()
    assert run.fatal
    assert run.codes == ["SF308"]
    assert repo.tree() == before


def test_a_cluster_without_an_entry_is_removed_from_the_tree(repo) -> None:
    repo.put("shop/web", spread="every")
    repo.compile()
    del repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]
    repo.write_fleet()
    repo.compile("apps/pay")  # a partial compile deletes no cluster
    assert any("/dc1-b/" in p for p in repo.tree())
    repo.compile()
    assert not any("/dc1-b/" in p for p in repo.tree())
    assert repo.tree() == clean_tree(repo)


@pytest.mark.parametrize("state", ["draining", "standby"])
def test_a_cluster_that_is_not_active_keeps_its_platform_and_no_team(repo, state) -> None:
    repo.put("shop/web", spread="every")
    repo.compile()
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = state
    repo.write_fleet()
    repo.compile()
    assert not any(is_overlay(p) for p in repo.tree() if "/dc1-b/" in p)
    assert any("/dc1-b/_platform/" in p for p in repo.tree())
    assert repo.tree() == clean_tree(repo)


def test_a_team_without_apps_stays_in_the_inventory(repo) -> None:
    """The inventory has an explicit 0, which means that the team is empty on purpose."""
    repo.remove("pay/cards")
    repo.compile()
    root = json.loads((repo.out / "inventory.json").read_bytes())
    assert root["teams"]["pay"]["applications"] == {"prod/dc1": 0, "prod/dc2": 0}


def test_a_new_app_changes_only_the_clusters_that_route_to_it(repo) -> None:
    """A new app adds its overlays and its entries in gateways and inventories; tenancy and Argo CD files stay."""
    before = repo.tree()
    repo.put("shop/new")
    repo.compile()
    touched = {p for p, d in repo.tree().items() if before.get(p) != d and not is_overlay(p)}
    assert all(p.endswith(("inventory.json", "facts.json")) or "/_platform/" in p for p in touched), touched


def test_release_files_change_the_versions_of_their_environment(repo) -> None:
    repo.write(
        "releases/prod/shop.yaml",
        'apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prod\napps: {shop/web: "9.9"}\n',
    )
    run = repo.compile()
    assert run.summary.evaluated == 1
    assert all(b"registry.example.com/app:9.9" in d for d in overlays_of(repo.tree(), "shop/web").values())


def test_a_release_file_of_an_unknown_environment_is_reported(repo) -> None:
    repo.write("releases/prdo/shop.yaml", "apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: prdo\napps: {}\n")
    run = repo.compile()
    assert run.codes == ["SF202"]
    assert "'prod'" in run.diagnostics[0].help


def test_a_changed_config_file_changes_the_overlays(repo) -> None:
    repo.write("apps/shop/web/a.txt", "one")
    repo.put("shop/web", config=[{"name": "c", "files": {"a": "web/a.txt"}, "mountPath": "/c"}])
    repo.compile()
    assert repo.compile().summary.evaluated == 0
    repo.write("apps/shop/web/a.txt", "two")
    run = repo.compile()
    assert run.summary.evaluated == 1
    assert repo.tree() == clean_tree(repo)
    (repo.folder / "apps/shop/web/a.txt").unlink()
    before = repo.tree()
    assert repo.compile().codes == ["SF216"]
    assert repo.tree() == before


def test_a_config_map_over_the_api_server_limit_is_rejected(repo) -> None:
    repo.write("apps/shop/web/a.txt", "x" * 600_000)
    repo.write("apps/shop/web/b.txt", "y" * 600_000)
    repo.put("shop/web", config=[{"name": "c", "files": {"a": "web/a.txt", "b": "web/b.txt"}, "mountPath": "/c"}])
    run = repo.compile()
    assert run.codes == ["SF216"]
    assert run.diagnostics[0].span.line > 1
    repo.write("apps/shop/web/b.txt", "y" * 400_000)
    assert repo.compile().codes == []
    repo.write("apps/shop/web/b.txt", "y" * (901 * 1024))
    assert "larger than 900 KiB" in repo.compile().diagnostics[0].message


def test_every_replica_is_on_some_cluster(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-c"] = cluster("dc1-c", 50)
    repo.write_fleet()
    repo.put("shop/web", replicas=11)
    repo.compile()
    replicas: dict[str, int] = {}
    for path, data in overlays_of(repo.tree(), "shop/web").items():
        (line,) = [x for x in data.decode().splitlines() if x.strip().startswith("replicas:")]
        cell = path.rsplit("/", 3)[0]
        replicas[cell] = replicas.get(cell, 0) + int(line.split()[1])
    assert replicas == {"prod/dc1": 11, "prod/dc2": 11}


def test_a_retired_cluster_keeps_only_its_secret(repo) -> None:
    repo.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    repo.write_fleet()
    part = repo.compile("apps/shop")  # a compile of one team does not delete the files of a cluster
    assert part.codes == []
    assert any("/dc1-b/_platform/" in p for p in repo.tree())
    assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert not any("/dc1-b/" in p for p in repo.tree())
    assert b"cluster-prod-dc1-b" in repo.tree()["argocd/main/clusters.yaml"]
    assert repo.tree() == clean_tree(repo)
