"""What vanishes from the tree without approval vanishes nowhere else: with the real application controller.

The bootstrap Application brings `argocd/` into the cluster. What it would do about a file that is no longer there is
Argo CD's to say, so it is asked. The fleet's clusters are not there, and nothing is synced to them.
"""

from __future__ import annotations

import pytest

from tests.conformance.argocd.damage import remove_an_overlay
from tests.conformance.argocd.deploy import Deploy
from tests.conformance.controlplane.argocd import GROUP, NAMESPACE
from tests.conformance.controlplane.conftest import alone
from tests.conformance.controlplane.record import deleted
from tests.conformance.controlplane.site import BOOTSTRAP
from tests.support.generator import free_ports

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]


@pytest.fixture
def bootstrapped(example, lone, tmp_path):
    """A person has applied the bootstrap Application; Argo CD has made everything else of it."""
    deploy = Deploy(tmp_path / "deploy", copy_of=example)
    ports = tuple(free_ports(2))
    deploy.edit("environments/fleet.jsonnet", "https://git.example.com/platform/deploy.git", deploy.git.repo.as_uri())
    compiled = "http://sixfold-generator.argocd.svc.cluster.local:8080"
    deploy.edit("environments/argocd.libsonnet", compiled, f"http://127.0.0.1:{ports[0]}")
    deploy.compile()
    deploy.publish()
    with alone(deploy, lone, tmp_path, ports=ports) as site:
        site.bootstrap()
        lone.start_sync()
        assert lone.until_operated(BOOTSTRAP)["phase"] == "Succeeded"
        lone.start_sets()
        assert lone.look() == {}
        assert set(lone.applications()) == {*site.rendered, BOOTSTRAP}
        yield site


def uids(kube):
    """{kind/name: uid} of everything that Argo CD was given."""
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


def test_an_overlay_an_applicationset_and_the_cluster_secrets_vanish_and_everything_stays(bootstrapped):
    site, argocd = bootstrapped, bootstrapped.argocd
    before = uids(argocd.kube)
    assert "ApplicationSet/catalog" in before
    start = site.cluster.written
    remove_an_overlay(site.deploy.out)
    for name in ("team-catalog.yaml", "clusters.yaml"):
        (site.deploy.out / "argocd" / "prod" / name).unlink()
    commit = site.deploy.publish()
    site.generator.until(lambda: site.generator.admin("/readyz").json["status"] == "degraded", "its refusal")

    missing = argocd.until_compared(BOOTSTRAP, commit)
    assert {entry["kind"] for entry in missing if entry.get("requiresPruning")} == {"AppProject", "ApplicationSet", "Secret"}
    assert argocd.look() == {}
    assert uids(argocd.kube) == before
    assert deleted(site.cluster.writes(start)) == []
    assert [deletion for deletion in site.cluster.deletions(start) if deletion.startswith(("secrets/", "appl", "appp"))] == []
