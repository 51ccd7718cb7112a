"""What an app's overlays are made from, as digests: they change exactly when the overlays may."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.releases import Version
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.pipeline.digests import Digests, deps_digest
from sixfold_compiler.placement import Host, Placement
from tests.support.placements import fleet_input
from tests.support.repos import FLEET, team

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
HOSTS = {(DC1, "shop"): (Host("dc1-a", 60), Host("dc1-b", 40)), (DC1, "pay"): (Host("dc1-a", 100),)}
DATA = b"kind: App\n"


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "words.txt").write_bytes(b"a\n")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "main.libsonnet").write_text("{}")
    return ManifestFile(tmp_path / "web.yaml", "apps/shop/web.yaml", tmp_path, "shop/web")


def small(data, manifest):
    """A fleet whose library is one file, beside the manifest."""
    return replace(fleet_input(data), library=Library(manifest.root / "library", manifest.root))


def source(manifest, *, change=None, hosts=None, homes=None, data=DATA, version="1.0", files=("words.txt",)):
    fleet = copy.deepcopy(FLEET)
    if change:
        change(fleet)
    digests = Digests(small(fleet, manifest), Placement(hosts or HOSTS, homes or {}))
    versions = {"prod": Version(version, Span("releases/prod.yaml", 5, 3))} if version else {}
    return digests.source(manifest, data, versions, dict.fromkeys(files, "as last seen"))


def set_team(name):
    return lambda fleet: fleet["teams"].update({name: team(owners=["oidc:others"])})


def test_everything_that_an_overlay_is_made_from_changes_its_digest(manifest, tmp_path) -> None:
    first = source(manifest)
    changed = [
        source(manifest, data=b"kind: App\n\n"),
        source(manifest, version="1.1"),
        source(manifest, version=""),
        source(manifest, files=()),
        source(manifest, change=set_team("shop")),
        source(manifest, change=lambda fleet: fleet["domains"].update(external="example.org")),
        source(manifest, hosts=HOSTS | {(DC1, "shop"): (Host("dc1-a", 50), Host("dc1-b", 50))}),
        source(manifest, hosts=HOSTS | {(DC1, "shop"): (Host("dc1-a", 60, (60, 0)), Host("dc1-b", 40, (40, 100)))}),
        source(manifest, homes={(DC1, "shop/web"): "dc1-b"}),
    ]
    (tmp_path / "words.txt").write_bytes(b"b\n")
    changed.append(source(manifest))
    (tmp_path / "words.txt").unlink()
    changed.append(source(manifest))
    (tmp_path / "words.txt").write_bytes(b"a\n")
    (tmp_path / "library" / "main.libsonnet").write_text("{ a: 1 }")
    changed.append(source(manifest))
    assert len({first, *changed}) == 1 + len(changed)
    (tmp_path / "library" / "main.libsonnet").write_text("{}")
    assert source(manifest) == first


def test_what_is_another_team_s_or_the_fleet_s_own_business_changes_no_digest(manifest) -> None:
    first = source(manifest)
    assert source(manifest, change=set_team("pay")) == first
    assert source(manifest, hosts=HOSTS | {(DC1, "pay"): (Host("dc1-b", 100),)}) == first
    assert source(manifest, homes={(DC1, "pay/cards"): "dc1-b"}) == first
    assert source(manifest, change=lambda fleet: fleet.update(deletions={"minimum": 3})) == first
    assert source(manifest, change=lambda fleet: fleet["repository"].update(branch="next")) == first


def test_what_is_asked_first_changes_nothing_for_another_app_of_the_team(manifest) -> None:
    digests = Digests(small(copy.deepcopy(FLEET), manifest), Placement(HOSTS))
    other = replace(manifest, key="shop/other")
    assert digests.source(other, DATA, {}, {}) == digests.source(manifest, DATA, {}, {}) == source(manifest, version="", files=())


def test_a_config_file_outside_the_manifest_s_folder_is_not_looked_at_and_counts_as_missing(manifest, tmp_path) -> None:
    (tmp_path.parent / "outside.txt").write_text("secret")
    there = source(manifest, files=["../outside.txt"])
    (tmp_path.parent / "outside.txt").write_text("another")
    assert source(manifest, files=["../outside.txt"]) == there


def test_a_manifest_that_cannot_be_attributed_has_a_digest_without_any_team(tmp_path) -> None:
    nobody = ManifestFile(tmp_path / "web.yaml", "web.yaml", tmp_path, "")
    assert source(nobody, files=()) == source(nobody, files=(), change=set_team("shop"))


def test_what_an_app_learns_of_those_it_calls_is_their_facts_and_no_others() -> None:
    caller = {DC1: {"calls": [["auth", ""], ["stock", "dc2"]]}, DC2: {"calls": []}}
    auth, stock = {"name": "auth", "ports": [1]}, {"name": "stock", "ports": [2]}
    table = {DC1: {"auth": auth, "other": {}}, DC2: {"stock": stock}}
    first = deps_digest(caller, table)
    assert deps_digest(caller, {DC1: {"auth": auth, "other": {"name": "x"}}, DC2: {"stock": stock, "auth": {}}}) == first
    assert deps_digest(caller, {DC1: {"auth": {**auth, "ports": [3]}}, DC2: {"stock": stock}}) != first
    assert deps_digest(caller, {DC1: {"auth": auth}, DC2: {"stock": {**stock, "ports": [3]}}}) != first
    assert deps_digest(caller, {DC1: {"auth": auth, "stock": stock}}) != first, "the one of the other data center is gone"
    assert deps_digest({DC1: {"calls": []}}, table) == deps_digest({}, {})
