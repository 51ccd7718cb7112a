"""Argo CD's ApplicationSet controller, with the plugin over HTTP and the objects in a real API server."""

from __future__ import annotations

import pytest

from tests.conformance.argocd.damage import remove_an_overlay
from tests.conformance.controlplane.argocd import GROUP, NAMESPACE
from tests.conformance.controlplane.record import deleted
from tests.conformance.controlplane.site import BOOTSTRAP
from tests.support.generator import TOKEN

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


def test_a_second_reconcile_a_stopped_generator_and_a_torn_tree_change_no_application(sets):
    assert set(sets.argocd.applications()) == {*sets.rendered, BOOTSTRAP}
    before = sets.versions()
    assert sets.argocd.reconcile_sets() == {}
    assert sets.versions() == before

    sets.generator.stop()
    assert set(sets.argocd.reconcile_sets()) == set(sets.argocd.sets())
    assert sets.versions() == before
    sets.generator.start()
    sets.generator.ready()
    assert sets.argocd.reconcile_sets() == {}
    assert sets.versions() == before

    remove_an_overlay(sets.deploy.out)
    sets.publish_rejected()
    assert sets.argocd.reconcile_sets() == {}
    assert sets.versions() == before


def test_a_rotated_token_is_used_and_a_wrong_one_changes_nothing(sets):
    """First only the generator has the new token, like after an incomplete rotation, and then Argo CD has it too."""
    before = sets.versions()
    token = "another-long-random-token-for-tests"
    sets.generator.token_file.write_text(token + "\n")
    errors = sets.argocd.reconcile_sets()
    assert set(errors) == set(sets.argocd.sets())
    assert all("401" in message for message in errors.values()), errors
    assert not any(TOKEN in message for message in errors.values())
    assert sets.versions() == before
    try:
        sets.argocd.set_token(token)
        assert sets.argocd.reconcile_sets() == {}
    finally:
        sets.argocd.set_token(TOKEN)
    assert sets.versions() == before


@pytest.mark.parametrize("site", ["nonprod"], indirect=True)
def test_a_removal_deletes_exactly_what_its_tombstone_names_and_nothing_without_a_tombstone(sets):
    gone = "staging-dc1-a-storefront"
    before = sets.argocd.applications()
    start = sets.cluster.audit_position
    sets.deploy.withdraw_storefront()
    sets.deploy.compile(clean=True)
    sets.publish_rejected()
    assert sets.argocd.reconcile_sets() == {}
    assert deleted(sets.cluster.writes(start)) == []
    assert set(sets.argocd.applications()) == set(before)

    sets.deploy.approve(environment="staging", dataCenter="dc1", team="storefront")
    sets.publish(clean=True)
    assert sets.argocd.reconcile_sets() == {}
    assert sets.argocd.reconcile_sets() == {}
    assert set(sets.cluster.deletions(start)) == {f"applications/{NAMESPACE}/{gone}"}
    after = sets.argocd.applications()
    assert set(after) == set(before) - {gone}
    assert {name: item["metadata"]["uid"] for name, item in after.items()} == {
        name: before[name]["metadata"]["uid"] for name in after
    }
    sets.argocd.finish_deletions()
    assert sets.argocd.reconcile_sets() == {}
    assert sets.argocd.kube.get(GROUP, "Application", gone, NAMESPACE) is None


def test_a_manually_deleted_applicationset_keeps_applications_of_clusters_but_not_those_of_a_team(sets):
    """The real garbage collector runs. Applications of clusters contain all namespaces, so they outlive their set, and
    those of a team are deleted, by the finalizers and by `applicationsSync: sync` of its set.

    The next sync creates both sets again. The clusters' Applications are the same objects as before.
    """
    platform, team = "sixfold-platform", "catalog"
    before = {
        name: {key for key, application in sets.argocd.applications().items() if application["spec"]["project"] == name}
        for name in (platform, team)
    }
    assert all(before.values())
    uids = {name: application["metadata"]["uid"] for name, application in sets.argocd.applications().items()}
    start = sets.cluster.audit_position
    for name in (platform, team):
        assert sets.argocd.kube.delete(GROUP, "ApplicationSet", name, NAMESPACE).good
        sets.argocd.until(lambda name=name: name not in sets.argocd.sets(), f"the end of the set {name}")
    sets.argocd.until(lambda: not before[team] & set(sets.argocd.applications()), "the garbage collector")
    left = sets.argocd.applications()
    assert set(left) == set(uids) - before[team]
    assert not any(left[name]["metadata"].get("ownerReferences") for name in before[platform])
    assert set(deleted(sets.cluster.writes(start))) == before[team]

    sets.argocd.finish_deletions()
    sets.sync()
    assert sets.argocd.reconcile_sets() == {}
    after = sets.argocd.applications()
    assert set(after) == set(uids)
    assert {name for name, item in after.items() if item["metadata"]["uid"] != uids[name]} == before[team]
    assert all(after[name]["metadata"]["ownerReferences"][0]["name"] == platform for name in before[platform])
