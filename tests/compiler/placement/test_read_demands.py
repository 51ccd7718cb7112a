"""The demands of a deploy repo's manifests; an unreadable app keeps its home and has no demand."""

from __future__ import annotations

import pytest

from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import MAX_FILE, discover
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Lock
from sixfold_compiler.placement.read_demands import read_demands
from tests.support.repos import Inline, Repo

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HOMES = {"shop/db": "dc1-b", "shop/job": "dc1-a", "pay/cards": "dc1-a"}
LOCK = Lock({}, {DC1: HOMES})


@pytest.fixture
def repo(tmp_path):
    deploy = Repo(tmp_path, ())
    deploy.put("shop/web", replicas=3, resources={"requests": {"cpu": 2, "memory": "1Gi"}})
    deploy.put("shop/db", kind="StatefulSet", replicas=1)
    return deploy


def gathered(repo, path=None, **options):
    fleet = load_fleet(repo.folder / "environments", Inline())
    return read_demands(discover((repo.folder / path,) if path else (), repo.folder), LOCK, Inline(fleet), **options)


def apps(result, cell=DC1):
    return {f"{team}/{a.app}": (a.spread, a.pods) for team, d in result.demands.get(cell, {}).items() for a in d.apps}


def test_every_app_asks_in_every_data_center_for_what_its_manifest_says(repo) -> None:
    events = []
    result = gathered(repo, progress=lambda *what: events.append(what))
    assert result.diagnostics == ()
    assert apps(result) == apps(result, DC2) == {"shop/web": ("share", 3), "shop/db": ("home", 1)}
    (web,) = (a for a in result.demands[DC1]["shop"].apps if a.app == "web")
    assert (web.pod.cpu, web.pod.memory) == (2000, 2**30)
    assert events == [("reading", 1, 1)]


def test_an_app_whose_manifest_is_wrong_keeps_its_home_and_asks_for_nothing(repo) -> None:
    """Otherwise it would start on another cluster once the manifest is fixed. An app without a manifest loses its home."""
    repo.put("shop/db", kind="StatefulSet", replicas="many")
    repo.put("shop/new", kind="StatefulSet", replicas="many")
    result = gathered(repo)
    assert {d.app for d in result.diagnostics} == {"shop/db", "shop/new"}
    assert apps(result) == {"shop/web": ("share", 3), "shop/db": ("home", 0)}
    assert apps(result, DC2) == {"shop/web": ("share", 3)}


@pytest.mark.parametrize("how", ["too large", "a link out of the repo", "gone"])
def test_an_app_whose_manifest_cannot_be_read_keeps_its_home(repo, tmp_path_factory, how) -> None:
    path = repo.folder / "apps/shop/db.yaml"
    fleet = load_fleet(repo.folder / "environments", Inline())
    sources = discover((), repo.folder)
    path.unlink()
    if how == "too large":
        path.write_bytes(b"#" * (MAX_FILE + 1))
    elif how == "a link out of the repo":
        (other := tmp_path_factory.mktemp("other") / "db.yaml").write_text("apiVersion: sixfold.dev/v1\n")
        path.symlink_to(other)
    result = read_demands(sources, LOCK, Inline(fleet))
    (problem,) = result.diagnostics
    assert (problem.severity, problem.span.file) == ("error", "apps/shop/db.yaml")
    assert apps(result) == {"shop/web": ("share", 3), "shop/db": ("home", 0)}


def test_manifests_whose_worker_failed_keep_their_homes_and_are_reported(repo) -> None:
    """The fault is one of Sixfold, simulated by workers without a fleet; it moves no app."""
    with Pool(1, context=None) as pool:
        result = read_demands(discover((), repo.folder), LOCK, pool)
    (problem,) = result.diagnostics
    assert (problem.severity, problem.span.file) == ("error", "apps/shop/db.yaml")
    assert apps(result) == {"shop/db": ("home", 0)}


def test_of_a_part_of_the_repo_all_others_keep_their_homes(repo) -> None:
    result = gathered(repo, path="apps/shop/web.yaml")
    assert apps(result) == {"shop/web": ("share", 3), **dict.fromkeys(HOMES, ("home", 0))}


def test_an_api_that_is_not_built_in_and_a_volume_that_is_claimed_bind_an_app_to_clusters(repo) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {}}
    rule = {
        "apiVersion": "grafana.integreatly.org/v1beta1",
        "kind": "GrafanaDashboard",
        "metadata": {"name": "t"},
        "spec": {},
    }
    repo.data["platform"]["observability"] = {"prometheus": {"discovery": "pod-monitor"}}
    repo.write_fleet()
    repo.put("shop/db", claim, rule, kind="StatefulSet", replicas=1)
    repo.put("shop/seen", scrape={"port": "http"})
    result = gathered(repo)
    assert result.diagnostics == ()
    by_name = {a.app: a for a in result.demands[DC1]["shop"].apps}
    assert (by_name["db"].claims, by_name["web"].claims) == (True, False)
    assert by_name["db"].apis == {"grafana.integreatly.org/v1beta1"}
    assert by_name["seen"].apis == {"monitoring.coreos.com/v1"}
    assert by_name["web"].apis == frozenset()
