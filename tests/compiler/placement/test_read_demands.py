"""What the manifests of a deploy repo ask for; an app that cannot be read keeps its home and asks for nothing."""

from __future__ import annotations

import pytest

from sixfold_compiler.engine import Pool
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.sources import MAX_FILE, discover
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Lock
from sixfold_compiler.placement.read_demands import gather
from tests.support.repos import Inline, Repo

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HOMES = {"shop/db": "dc1-b", "shop/job": "dc1-a", "pay/cards": "dc1-a"}
LOCK = Lock({}, {DC1: HOMES})


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path, ())
    made.put("shop/web", replicas=3, resources={"requests": {"cpu": 2, "memory": "1Gi"}})
    made.put("shop/db", kind="StatefulSet", replicas=1)
    return made


def gathered(repo, lock=LOCK, path=None, **more):
    fleet = load_fleet(repo.folder / "environments", Inline())
    return gather(discover((repo.folder / path,) if path else (), repo.folder), lock, Inline(fleet), **more)


def apps(found, cell=DC1):
    return {f"{team}/{a.app}": (a.spread, a.pods) for team, d in found.demands.get(cell, {}).items() for a in d.apps}


def test_every_app_asks_in_every_data_center_for_what_its_manifest_says(repo) -> None:
    told = []
    found = gathered(repo, progress=lambda *what: told.append(what))
    assert found.diagnostics == ()
    assert apps(found) == apps(found, DC2) == {"shop/web": ("share", 3), "shop/db": ("home", 1)}
    (web,) = (a for a in found.demands[DC1]["shop"].apps if a.app == "web")
    assert (web.pod.cpu, web.pod.memory) == (2000, 2**30)
    assert told == [("reading", 1, 1)]


def test_an_app_whose_manifest_is_wrong_keeps_its_home_and_asks_for_nothing(repo) -> None:
    """It would lose it else, and start on another cluster when the manifest is mended. Who has no manifest loses it."""
    repo.put("shop/db", kind="StatefulSet", replicas="many")
    repo.put("shop/new", kind="StatefulSet", replicas="many")
    found = gathered(repo)
    assert {d.app for d in found.diagnostics} == {"shop/db", "shop/new"}
    assert apps(found) == {"shop/web": ("share", 3), "shop/db": ("home", 0)}
    assert apps(found, DC2) == {"shop/web": ("share", 3)}


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
    found = gather(sources, LOCK, Inline(fleet))
    (problem,) = found.diagnostics
    assert (problem.severity, problem.span.file) == ("error", "apps/shop/db.yaml")
    assert apps(found) == {"shop/web": ("share", 3), "shop/db": ("home", 0)}


def test_manifests_whose_worker_failed_keep_their_homes_and_are_told_of(repo) -> None:
    """A fault of ours, made here by workers that have no fleet: nobody is moved by it."""
    with Pool(1, context=None) as pool:
        found = gather(discover((), repo.folder), LOCK, pool)
    (problem,) = found.diagnostics
    assert (problem.severity, problem.span.file) == ("error", "apps/shop/db.yaml")
    assert apps(found) == {"shop/db": ("home", 0)}


def test_of_a_part_of_the_repo_all_others_keep_their_homes(repo) -> None:
    found = gathered(repo, path="apps/shop/web.yaml")
    assert apps(found) == {"shop/web": ("share", 3), **dict.fromkeys(HOMES, ("home", 0))}


def test_an_api_that_is_not_built_in_and_a_volume_that_is_claimed_bind_an_app_to_clusters(repo) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {}}
    rule = {"apiVersion": "grafana.integreatly.org/v1beta1", "kind": "GrafanaDashboard", "metadata": {"name": "t"}, "spec": {}}
    repo.data["platform"]["metrics"] = "pod-monitor"
    repo.write_fleet()
    repo.put("shop/db", claim, rule, kind="StatefulSet", replicas=1)
    repo.put("shop/seen", scrape={"port": "http"})
    made = gathered(repo)
    assert made.diagnostics == ()
    found = {a.app: a for a in made.demands[DC1]["shop"].apps}
    assert (found["db"].claims, found["web"].claims) == (True, False)
    assert found["db"].apis == {"grafana.integreatly.org/v1beta1"}
    assert found["seen"].apis == {"monitoring.coreos.com/v1"}
    assert found["web"].apis == frozenset()
