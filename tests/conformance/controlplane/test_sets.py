"""Argo CD's ApplicationSet controller, with the plugin over HTTP and the objects in a real API server."""

from __future__ import annotations

import pytest

from tests.conformance.argocd.test_hazards import lose_an_overlay
from tests.conformance.controlplane.site import BOOTSTRAP

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


def versions(site):
    """{Application: resourceVersion}: the same again means that nothing was written, not even the same thing."""
    return {name: one["metadata"]["resourceVersion"] for name, one in site.argocd.applications().items()}


def test_the_applications_appear_and_another_look_writes_nothing(sets):
    assert set(sets.argocd.applications()) == {*sets.rendered, BOOTSTRAP}
    before = versions(sets)
    assert sets.argocd.look() == {}
    assert versions(sets) == before


def test_a_generator_that_is_down_changes_nothing(sets):
    before = versions(sets)
    sets.generator.stop()
    assert set(sets.argocd.look()) == set(sets.argocd.sets())
    assert versions(sets) == before
    sets.generator.start()
    sets.generator.ready()
    assert sets.argocd.look() == {}
    assert versions(sets) == before


def test_a_torn_tree_changes_nothing(sets):
    before = versions(sets)
    lose_an_overlay(sets.deploy.out)
    sets.publish_doubtful()
    assert sets.argocd.look() == {}
    assert versions(sets) == before
