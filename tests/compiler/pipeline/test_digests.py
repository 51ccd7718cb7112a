"""Digests of the inputs of an app's overlays: they change exactly when the overlays may."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from sixfold_compiler.diagnostics import Span
from sixfold_compiler.engine import Library
from sixfold_compiler.inputs.releases import Version
from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.manifest.load import ManifestText
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.ownership.names import Names, Ownership
from sixfold_compiler.pipeline.digests import Digests, deps_digest
from sixfold_compiler.placement import Host, Placement
from tests.support.facts import GRPC, HTTP, facts_of
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
    return ManifestFile(tmp_path / "web.yaml", "apps/shop/web.yaml", tmp_path, AppKey("shop", "web"))


def small(data, manifest):
    """Return a fleet whose library is one file beside the manifest."""
    return replace(fleet_input(data), library=Library(manifest.root / "library", manifest.root))


def source(manifest, *, change=None, hosts=None, homes=None, data=DATA, version="1.0", files=("words.txt",)):
    fleet = copy.deepcopy(FLEET)
    if change:
        change(fleet)
    digests = Digests(small(fleet, manifest), Placement(hosts or HOSTS, homes or {}))
    versions = {"prod": Version(version, Span("releases/prod/shop.yaml", 5, 3))} if version else {}
    return digests.source(ManifestText(manifest, data), versions, files)


def set_team(name):
    return lambda fleet: fleet["teams"].update({name: team(owners=["oidc:others"])})


def test_every_input_of_an_overlay_changes_the_digest(manifest, tmp_path) -> None:
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


def test_settings_of_other_teams_and_of_argo_cd_change_no_digest(manifest) -> None:
    first = source(manifest)
    assert source(manifest, change=set_team("pay")) == first
    assert source(manifest, hosts=HOSTS | {(DC1, "pay"): (Host("dc1-b", 100),)}) == first
    assert source(manifest, homes={(DC1, "pay/cards"): "dc1-b"}) == first
    assert source(manifest, change=lambda fleet: fleet.update(deletions={"minimum": 3})) == first
    assert source(manifest, change=lambda fleet: fleet["repository"].update(branch="next")) == first


def test_the_digest_does_not_depend_on_the_order_of_apps(manifest) -> None:
    digests = Digests(small(copy.deepcopy(FLEET), manifest), Placement(HOSTS))
    other = replace(manifest, key=AppKey("shop", "other"))
    assert (
        digests.source(ManifestText(other, DATA), {}, ())
        == digests.source(ManifestText(manifest, DATA), {}, ())
        == source(manifest, version="", files=())
    )


def test_a_config_file_outside_the_folder_of_the_manifest_counts_as_missing(manifest, tmp_path) -> None:
    (tmp_path.parent / "outside.txt").write_text("secret")
    digest = source(manifest, files=["../outside.txt"])
    (tmp_path.parent / "outside.txt").write_text("another")
    assert source(manifest, files=["../outside.txt"]) == digest


def test_a_manifest_of_an_unknown_app_has_a_digest_without_a_team(tmp_path) -> None:
    nobody = ManifestFile(tmp_path / "web.yaml", "web.yaml", tmp_path, None)
    assert source(nobody, files=()) == source(nobody, files=(), change=set_team("shop"))


def test_the_digest_of_calls_covers_the_facts_of_the_callees_and_no_others() -> None:
    caller = {DC1: facts_of("shop/web", calls=[["auth", ""], ["stock", "dc2"]]), DC2: facts_of("shop/web")}
    auth, stock, other = facts_of("pay/auth", HTTP), facts_of("pay/stock", HTTP), facts_of("pay/other", HTTP)
    changed = {name: facts_of(f"pay/{name}", GRPC) for name in ("auth", "stock", "other")}
    first = deps_digest(caller, {DC1: {"auth": auth, "other": other}, DC2: {"stock": stock}}, Names())
    irrelevant = {DC1: {"auth": auth, "other": changed["other"]}, DC2: {"stock": stock, "auth": changed["auth"]}}
    assert deps_digest(caller, irrelevant, Names()) == first
    assert deps_digest(caller, {DC1: {"auth": changed["auth"]}, DC2: {"stock": stock}}, Names()) != first
    assert deps_digest(caller, {DC1: {"auth": auth}, DC2: {"stock": changed["stock"]}}, Names()) != first
    assert deps_digest(caller, {DC1: {"auth": auth, "stock": stock}}, Names()) != first, (
        "the callee in the other data center is missing"
    )
    assert deps_digest({DC1: facts_of("shop/web")}, irrelevant, Names()) == deps_digest({}, {}, Names())


def test_the_digest_of_callees_includes_owners_that_the_facts_do_not_show() -> None:
    """The owner of a name that never changed is in the facts, so that a new line of the lock changes no digest."""
    caller, auth = {DC1: facts_of("shop/web", calls=[["auth", ""]])}, facts_of("identity/auth")

    def digest(facts, team="", *after):
        names = Names({"prod": {"auth": Ownership(team, after)}, "dev": {"auth": Ownership("x", ("y",))}})
        return deps_digest(caller, {DC1: facts}, names)

    plain = digest({"auth": auth})
    assert plain == digest({"auth": auth}, "identity") == deps_digest(caller, {DC1: {"auth": auth}}, Names())
    others = [
        digest({"auth": auth}, "identity", "ads"),
        digest({"auth": auth}, "", "ads"),
        digest({"auth": auth}, "ads"),
    ]
    assert len({plain, *others}) == 4
    assert digest({}) == digest({}, "identity") != digest({}, "", "identity")
