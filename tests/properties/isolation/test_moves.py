"""I6: a team's folder may be deleted or given to another team, but its objects are deleted only with approval."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles import examples
from tests.properties.isolation.neighbours import adoption
from tests.support.repos import Repo, is_overlay

SYNC = "argocd.argoproj.io/sync-options"


@pytest.fixture
def repo(tmp_path):
    repo = Repo(tmp_path / "repo", ("shop/web", "shop/stock", "pay/cards", "search/index"))
    repo.compile()
    return repo


def tombstone(repo, **what):
    entry = {**what, "approvedBy": "platform", "reason": "moved to pay", "until": "2026-12-31"}
    document = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": [entry]}
    repo.write("environments/tombstones.yaml", yaml.safe_dump(document))


def move(repo, *, renamed):
    """Delete the manifests of team shop; `renamed` gives its apps to team pay."""
    for file in sorted((repo.folder / "apps/shop").iterdir()):
        if renamed:
            repo.put(f"pay/{file.stem}")
        file.unlink()


@pytest.mark.parametrize("renamed", [False, True], ids=["deleted", "moved to another team"])
def test_a_deleted_folder_removes_nothing_without_a_tombstone(repo, renamed) -> None:
    first = adoption(repo.out, None, "1" * 40).snapshot
    shop = {key: c.namespaces["shop"] for key, c in first.clusters.items() if "shop" in c.namespaces}
    assert shop
    move(repo, renamed=renamed)
    run = repo.compile()
    result = adoption(repo.out, first, "2" * 40)
    assert "shop" in result.snapshot.held or any(d.app.startswith("shop/") for d in run.diagnostics)
    assert "search" not in result.snapshot.held
    for key, namespace in shop.items():
        assert result.snapshot.clusters[key].namespaces["shop"] == namespace  # at its old revision


@pytest.mark.parametrize("renamed", [False, True], ids=["deleted", "moved to another team"])
def test_a_deleted_folder_is_removed_with_a_tombstone(repo, renamed) -> None:
    first = adoption(repo.out, None, "1" * 40).snapshot
    move(repo, renamed=renamed)
    tombstone(repo, team="shop")
    repo.compile()
    result = adoption(repo.out, first, "2" * 40)
    assert result.snapshot.held == {}
    assert not any("shop" in c.namespaces for c in result.snapshot.clusters.values())


def test_a_tombstone_of_another_team_approves_nothing(repo) -> None:
    first = adoption(repo.out, None, "1" * 40).snapshot
    move(repo, renamed=False)
    tombstone(repo, team="search")
    repo.compile()
    kept = adoption(repo.out, first, "2" * 40).snapshot
    assert [k for k, c in kept.clusters.items() if "shop" in c.namespaces] == [
        k for k, c in first.clusters.items() if "shop" in c.namespaces
    ]


def test_a_manifest_renamed_to_yml_removes_nothing(repo) -> None:
    """The file is reported and not compiled: its app stays, and other apps still change."""
    before = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    (repo.folder / "apps/shop/web.yaml").rename(repo.folder / "apps/shop/web.yml")
    repo.put("search/more")
    run = repo.compile()
    assert [(d.code, d.app) for d in run.diagnostics] == [("SF203", "shop/web")]
    after = {p: d for p, d in repo.tree().items() if is_overlay(p)}
    assert {p: d for p, d in after.items() if not p.endswith("/more.yaml")} == before
    assert any(p.endswith("/more.yaml") for p in after)


# Objects whose deletion deletes data


@pytest.fixture(scope="module")
def stateful(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stateful")
    return Repo(folder / "repo", ())


STATED = st.sampled_from(
    [
        "",
        "PruneLast=true",
        "Delete=confirm",
        "Prune=confirm",
        "Delete=confirm,Prune=confirm",
        "Prune=confirm, PruneLast=true",
    ]
)


@given(stated=STATED, everywhere=STATED, kind=st.sampled_from(["claim", "set"]))
@examples(10)
def test_claims_and_the_objects_that_delete_them_need_confirmation(stateful, stated, everywhere, kind) -> None:
    meta = {"name": "data"} | ({"annotations": {SYNC: stated}} if stated else {})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    item = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": claim}
    if kind == "set":
        container = {
            "name": "a",
            "image": "a:1",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        pod = {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        }
        item = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": {
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"},
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
            "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": claim}]}}  # fmt: skip
    repo = stateful
    file = repo.put("shop/web", item, volumes=[{"name": "own", "mountPath": "/own", "claim": {"size": "1Gi"}}])
    if everywhere:
        head, *others = yaml.safe_load_all(file.read_text())
        head["metadata"]["annotations"] = {SYNC: everywhere}
        repo.write("apps/shop/web.yaml", yaml.safe_dump_all([head, *others]))
    run = repo.compile()
    assert run.codes == [], run
    seen = set()
    for path, content in repo.tree().items():
        for document in yaml.safe_load_all(content) if is_overlay(path) else ():
            if document["kind"] == "PersistentVolumeClaim" or document["metadata"]["name"] == "data":
                seen.add(document["metadata"]["name"])
                options = {o.strip() for o in document["metadata"]["annotations"][SYNC].split(",")}
                for word in ("Delete", "Prune"):
                    assert options & {f"{word}=confirm", f"{word}=false"}, options
    assert seen == {"data", "web-own"}
