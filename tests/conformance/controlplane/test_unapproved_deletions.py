"""Unapproved deletions of files of the tree delete nothing in the cluster, with the real application controller.

The bootstrap Application applies `argocd/`, and the status of its resources shows what Argo CD would do about deleted
files. The fleet's clusters do not exist, and nothing is synced to them.
"""

from __future__ import annotations

import pytest

from tests.conformance.argocd.damage import remove_an_overlay
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.controlplane.argocd import GROUP, NAMESPACE
from tests.conformance.controlplane.conftest import lone_site
from tests.conformance.controlplane.record import deleted
from tests.conformance.controlplane.site import BOOTSTRAP
from tests.support.generator import free_ports

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


@pytest.fixture
def bootstrapped(example, lone, tmp_path):
    """Apply the bootstrap Application, like a person, and wait until Argo CD has created everything else."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    ports = tuple(free_ports(2))
    deploy.edit("environments/fleet.jsonnet", "https://git.example.com/platform/deploy.git", deploy.git.repo.as_uri())
    compiled = "http://sixfold-generator.argocd.svc.cluster.local:8080"
    deploy.edit("environments/argocd.libsonnet", compiled, f"http://127.0.0.1:{ports[0]}")
    deploy.compile()
    deploy.publish()
    with lone_site(deploy, lone, tmp_path, ports=ports) as site:
        site.bootstrap()
        lone.start_sync()
        assert lone.until_operated(BOOTSTRAP)["phase"] == "Succeeded"
        lone.start_sets()
        assert lone.reconcile_sets() == {}
        assert set(lone.applications()) == {*site.rendered, BOOTSTRAP}
        yield site


def uids(kube):
    """Return {kind/name: uid} of all objects in the namespace of Argo CD."""
    kinds = [
        *((GROUP, kind) for kind in ("Application", "ApplicationSet", "AppProject")),
        ("v1", "ConfigMap"),
        ("v1", "Secret"),
    ]
    return {
        f"{kind}/{item['metadata']['name']}": item["metadata"]["uid"]
        for version, kind in kinds
        for item in kube.items(version, kind, NAMESPACE)
    }


def test_deleted_files_of_an_overlay_an_applicationset_and_the_cluster_secrets_change_nothing(bootstrapped):
    site, argocd = bootstrapped, bootstrapped.argocd
    before = uids(argocd.kube)
    assert "ApplicationSet/catalog" in before
    start = site.cluster.audit_position
    remove_an_overlay(site.deploy.out)
    for name in ("team-catalog.yaml", "clusters.yaml"):
        (site.deploy.out / "argocd" / "prod" / name).unlink()
    commit = site.deploy.publish()
    site.generator.until(lambda: site.generator.admin("/readyz").json["status"] == "degraded", "its rejection")

    missing = argocd.until_compared(BOOTSTRAP, commit)
    assert {entry["kind"] for entry in missing if entry.get("requiresPruning")} == {
        "AppProject",
        "ApplicationSet",
        "Secret",
    }
    assert argocd.reconcile_sets() == {}
    assert uids(argocd.kube) == before
    assert deleted(site.cluster.writes(start)) == []
    assert [
        deletion for deletion in site.cluster.deletions(start) if deletion.startswith(("secrets/", "appl", "appp"))
    ] == []
