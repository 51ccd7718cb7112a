"""Partial compiles, of some manifests or clusters: their sum, and the files that they do not change."""

from __future__ import annotations

import shutil

import pytest

from tests.support.histories import clean_tree, overlays_of
from tests.support.repos import is_overlay, owned


def test_compiling_another_cluster_keeps_a_new_app(repo) -> None:
    repo.put("shop/new", spread="every")
    repo.compile(only=("prod/dc1/dc1-a",))
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a"}
    repo.compile(only=("prod/dc1/dc1-b",))
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a", "dc1-b"}
    repo.compile("apps/pay")
    assert {p.split("/")[2] for p in overlays_of(repo.tree(), "shop/new")} == {"dc1-a", "dc1-b"}
    assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_selections_in_any_order_equal_a_complete_compile(fresh) -> None:
    repo = fresh
    for path in ("apps/search", "apps/shop/web.yaml", "apps/pay"):
        run = repo.compile(path)
        assert not run.codes
        assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)
    shutil.rmtree(repo.out)
    for only in ("prod/dc2", "prod/dc1/dc1-b", "prod/dc1/dc1-a"):
        repo.compile(only=(only,))
        assert owned(repo.out) == set(repo.tree())
    repo.compile()
    assert repo.tree() == clean_tree(repo)


@pytest.mark.parametrize("name", ["inventory.json", "prod/dc1/dc1-a/inventory.json", "prod/dc1/facts.json"])
@pytest.mark.parametrize("selection", [("apps/shop",), ()])
def test_a_partial_compile_of_a_torn_tree_removes_nothing(repo, name, selection) -> None:
    """It does not know the files of other apps, so it keeps them, or reports that a complete compile must come first."""
    before = repo.tree()
    (repo.out / name).write_bytes(before[name][:-40])
    repo.put("shop/web", env=[{"name": "NEW", "value": "1"}])
    run = repo.compile(*selection, **({} if selection else {"only": ("prod/dc2",)}))
    after = repo.tree()
    others = {p for p in before if is_overlay(p) and not p.endswith("/web.yaml")}
    assert {p: after.get(p) for p in others} == {p: before[p] for p in others}
    assert run.fatal or owned(repo.out) == set(after)
    repo.compile()
    assert repo.tree() == clean_tree(repo)


@pytest.mark.parametrize("selection", [{"paths": ("apps/shop",)}, {"only": ("prod/dc1",)}])
def test_a_partial_compile_keeps_clusters_that_the_fleet_no_longer_has(repo, selection) -> None:
    """Only a complete compile may delete them: their inventories and all of their files stay."""
    before = repo.tree()
    del repo.data["environments"]["prod"]["dataCenters"]["dc2"]
    repo.write_fleet()
    run = repo.compile(*selection.get("paths", ()), only=selection.get("only", ()))
    assert not run.fatal, run
    after = repo.tree()
    kept = {path: data for path, data in before.items() if path.startswith("prod/dc2/")}
    assert kept
    assert {path: after.get(path) for path in kept} == kept
    assert owned(repo.out) == set(after)
    repo.compile()
    assert not any(path.startswith("prod/dc2/") for path in repo.tree())
