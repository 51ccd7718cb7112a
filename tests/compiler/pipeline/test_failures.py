"""Effects of a failed app on its callers, and of a manifest that is unreadable or exists twice."""

from __future__ import annotations

import copy
import os
import shutil
from pathlib import Path

import pytest

from tests.support.histories import STOCK, clean_tree, overlays_of
from tests.support.repos import cluster, is_overlay, team
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_a_caller_is_compiled_against_the_recorded_facts_of_a_failed_callee(repo) -> None:
    """The new version of the callee fails late, in checks of its objects; the caller must not use it."""
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web", "shop/stock")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "x"}, "rules": []}
    late = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "stock"}, "spec": {"ports": [{"port": 1}]}}
    for extra in (role, late):  # rejected when it is read; rejected beside the Service of the library
        repo.put("shop/stock", extra, ports=[{"name": "http", "port": 9000}])
        run = repo.compile()
        assert {d.app for d in run.diagnostics} == {"shop/stock"}, run
        assert overlays_of(repo.tree(), "shop/web", "shop/stock") == before
    repo.put("shop/stock")
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_chain_of_failures_leaves_consistent_facts(repo) -> None:
    """The change of stock fails because of its call; its caller web, which sorts after it, stays as it was."""
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web", "shop/stock")
    repo.put("shop/stock", ports=[{"name": "http", "port": 9000}], calls=[{"app": "cards"}])
    run = repo.compile()
    assert run.codes == ["SF405"]
    assert overlays_of(repo.tree(), "shop/web", "shop/stock") == before
    repo.put("shop/aaa", **STOCK)  # new, and sorts before stock
    run = repo.compile()
    assert run.codes == ["SF405"]
    assert all(
        b"stock.dc1.svc.cluster.local:8080" in d or b"stock.dc2" in d
        for d in overlays_of(repo.tree(), "shop/aaa").values()
    )
    repo.put("shop/stock", ports=[{"name": "http", "port": 9000}])
    repo.compile()
    assert repo.tree() == clean_tree(repo)


def test_a_failed_app_without_overlays_is_distinguished_from_one_that_keeps_its_own(repo) -> None:
    repo.put("shop/stock")
    repo.compile()
    for app in ("shop/stock", "shop/later"):
        repo.put(app, calls=[{"app": "cards"}])
    summary = repo.compile().summary
    assert list(map(str, summary.failed)) == ["shop/later", "shop/stock"]
    assert list(map(str, summary.bare)) == ["shop/later"]


def test_a_removed_callee_is_an_error_of_its_caller(repo) -> None:
    repo.put("shop/web", **STOCK)
    repo.put("shop/stock")
    repo.compile()
    before = overlays_of(repo.tree(), "shop/web")
    repo.remove("shop/stock")
    for _ in range(2):
        run = repo.compile()
        assert run.codes == ["SF403"]
        assert overlays_of(repo.tree(), "shop/web") == before
        assert not overlays_of(repo.tree(), "shop/stock")


def test_equal_application_names_are_an_error_of_the_newcomer(repo) -> None:
    """Team a's app b-c and team a-b's app c would both be an Application prod-dc1-a-a-b-c: the older one keeps the name."""
    repo.data["teams"] |= {"a": team(), "a-b": team()}
    repo.write_fleet()
    repo.put("a-b/c", spread="every")
    repo.compile()
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    repo.put("a/b-c", spread="every")
    repo.put("a/b", spread="every")  # its Application would have the name of team a-b's Application
    run = repo.compile()
    assert run.codes == ["SF409", "SF409"], run
    assert {d.app for d in run.diagnostics} == {"a/b-c", "a/b"}
    assert {p: d for p, d in repo.tree().items() if is_overlay(p)} == before


def test_no_application_has_the_name_of_the_one_that_a_person_bootstraps(repo) -> None:
    repo.data["environments"]["sixfold"] = {
        "dataCenters": {"dc3": {"region": "eu-west-1", "clusters": {"bootstrap": cluster("bootstrap")}}}
    }
    repo.write_fleet()
    run = repo.compile()
    assert [d.message for d in run.diagnostics if d.code == "SF409"] == [
        "two Applications would have the name 'sixfold-bootstrap': those of Argo CD itself and of sixfold/dc3/bootstrap"
    ]


# Manifests that are unreadable or exist twice


@pytest.mark.parametrize("how", ["link", "pipe", "garbage", "folder link"])
def test_an_app_with_an_unreadable_manifest_is_not_removed(repo, how, tmp_path) -> None:
    before = repo.tree()
    path = repo.folder / "apps/pay/cards.yaml"
    if how == "folder link":
        shutil.move(path.parent, tmp_path / "pay")
        path.parent.symlink_to(tmp_path / "pay")
    else:
        path.unlink()
        if how == "link":
            path.symlink_to(repo.folder / "apps/shop/web.yaml")
        elif how == "pipe":
            os.mkfifo(path)
        else:
            path.write_bytes(b"\x00\xff")
    run = repo.compile()
    assert run.codes
    assert not run.fatal
    assert {d.app.partition("/")[0] for d in run.diagnostics} == {"pay"}
    assert repo.tree() == before


def test_of_two_manifests_of_one_app_neither_counts(repo) -> None:
    before = repo.tree()
    repo.write(
        "aaa/apps/pay/cards.yaml", (repo.folder / "apps/pay/cards.yaml").read_text().replace("app:1.0", "evil:6.6")
    )
    run = repo.compile()
    assert run.codes == ["SF220"]
    assert {d.app for d in run.diagnostics} == {"pay/cards"}
    assert repo.tree() == before


def test_an_unreadable_manifest_outside_apps_removes_nothing(repo) -> None:
    before = repo.tree()
    (repo.folder / "sixfold.yaml").write_text("a: [")
    run = repo.compile("sixfold.yaml")
    assert run.codes == ["SF100"]
    assert repo.tree() == before


def test_an_app_without_cells_is_reported(repo) -> None:
    repo.put("shop/new", dataCenters={"prod": []})
    run = repo.compile()
    assert run.codes == ["SF410"]
    assert not overlays_of(repo.tree(), "shop/new")


def test_an_image_without_a_version_is_reported_once_for_all_environments(repo) -> None:
    """Two of the environments merge to equal specs, the third does not."""
    for name in ("dev", "staging"):
        environment = repo.data["environments"][name] = copy.deepcopy(repo.data["environments"]["prod"])
        for center in environment["dataCenters"].values():
            center["clusters"] = {
                c: value
                | {
                    "server": f"https://{name}-{c}.example.com",
                    "gateway": {"address": f"gw.{name}.{c}.example.internal"},
                }
                for c, value in center["clusters"].items()
            }
    repo.write_fleet()
    repo.put("shop/web", image="app", overrides=[{"match": {"environment": "prod"}, "spec": {"replicas": 3}}])
    run = repo.compile()
    (problem,) = [d for d in run.diagnostics if d.code == "SF211"]
    check_snapshot(f"{problem.message}\n{problem.help}\n", SNAPSHOTS / "image-without-a-version.txt")
