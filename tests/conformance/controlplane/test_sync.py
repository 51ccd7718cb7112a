"""Argo CD as a whole: a person applies one file, and every team namespace comes to be on its clusters."""

from __future__ import annotations

import pytest

from tests.conformance.controlplane.site import manifests
from tests.conformance.controlplane.workloads import Workloads

pytestmark = [pytest.mark.conformance, pytest.mark.slow]


@pytest.fixture(scope="module")
def synced(fleet_site, plane):
    """The bootstrap Application was applied by hand, and everything else has come of it."""
    site = fleet_site
    site.bootstrap()
    site.argocd.start_sets()
    site.argocd.start_sync()
    with Workloads(plane.clusters.values()):
        site.argocd.until_synced(site.rendered)
        yield site


def test_every_object_is_on_its_cluster_and_nowhere_else(synced, plane):
    wrong = []
    for environment, center, name in synced.deploy.clusters("prod"):
        kube = plane[f"{environment}-{name}"].kube
        for document in manifests(synced.deploy.tree / environment / center / name):
            reply = kube.request("GET", kube.path(document))
            if reply.status != 200:
                wrong.append((name, kube.path(document), reply.message))
    assert wrong == []
