"""A complete Argo CD: a person applies one file, and every team namespace is created on its clusters.

The tests of this module share one Argo CD and run in their order: each starts with the final state of the previous one.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time

import pytest

from tests.conformance.controlplane.argocd import GROUP, NAMESPACE
from tests.conformance.controlplane.chosen import needs
from tests.conformance.controlplane.plane import MANAGEMENT
from tests.conformance.controlplane.site import BOOTSTRAP, manifests
from tests.conformance.controlplane.workloads import Workloads
from tests.support.generator import ROOT

pytestmark = [pytest.mark.conformance("Control plane"), pytest.mark.slow]
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
DELETED = "prod-dc2-a-storefront"  # the Application that a later test deletes


@pytest.fixture(scope="module")
def synced(fleet_site, plane):
    """Apply the bootstrap Application, and wait until Argo CD has synced everything else."""
    site = fleet_site
    site.deleted = {name: len(cluster.deletions()) for name, cluster in plane.clusters.items()}
    site.bootstrap()
    site.argocd.start_sets()
    site.argocd.start_sync()
    with Workloads(plane.fleet) as site.workloads:
        site.argocd.until_synced({BOOTSTRAP, *site.rendered_on(plane)})
        yield site


def clusters(site, plane):
    """Return {(data center, cluster): its API server} of the production clusters in the plane."""
    return {
        (center, name): plane[f"prod-{name}"].kube
        for _, center, name in site.deploy.clusters("prod")
        if f"prod-{name}" in plane.clusters
    }


def hooks(documents):
    """Return the objects that Argo CD runs before a sync and may delete after it."""
    return [
        document for document in documents if "argocd.argoproj.io/hook" in document["metadata"].get("annotations", {})
    ]


def test_every_object_of_every_overlay_is_on_its_cluster(synced, plane):
    wrong = []
    for (center, name), kube in clusters(synced, plane).items():
        documents = manifests(synced.deploy.tree / "prod" / center / name)
        for document in documents:
            reply = kube.request("GET", kube.path(document))
            if reply.status != 200 and document not in hooks(documents):
                wrong.append((name, kube.path(document), reply.message))
    assert wrong == []


def test_team_namespaces_are_on_exactly_their_clusters(synced, plane):
    for (center, name), kube in clusters(synced, plane).items():
        names = {item["metadata"]["name"] for item in kube.items("v1", "Namespace", labelSelector="sixfold.dev/team")}
        folder = synced.deploy.tree / "prod" / center / name
        assert names == {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")}, (
            name
        )


def test_the_sync_deletes_nothing(synced, plane):
    """The audit logs of the API servers show it. Hooks are replaced before they run again."""
    for name, cluster in plane.clusters.items():
        since = cluster.deletions()[synced.deleted[name] :]
        assert [write for write in since if not write.startswith("jobs/")] == [], name


def test_a_namespace_in_the_project_of_a_team_is_rejected_unlike_those_of_the_platform(synced, plane):
    """With the compiled AppProject, a team's Application cannot create a namespace, even on a cluster of the team."""
    needs(plane, "prod-dc1-a")
    folder = synced.deploy.git.repo / "rogue"
    folder.mkdir()
    (folder / "namespace.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: rogue\n")
    commit = synced.deploy.publish()
    like = synced.argocd.applications()["prod-dc1-a-match"]["spec"]
    synced.argocd.must_apply(
        {
            "apiVersion": GROUP,
            "kind": "Application",
            "metadata": {"name": "rogue", "namespace": NAMESPACE},
            "spec": {
                "project": like["project"],
                "destination": like["destination"],
                "source": {"repoURL": like["source"]["repoURL"], "path": "rogue", "targetRevision": commit},
                "syncPolicy": {"automated": {}, "retry": {"limit": 0}},
            },
        }
    )
    state = synced.argocd.until_operated("rogue")
    assert state["phase"] == "Failed"
    (result,) = state["syncResult"]["resources"]
    assert result["status"] == "SyncFailed"
    assert "Namespace is not permitted in project match" in result["message"]
    assert plane["prod-dc1-a"].kube.get("v1", "Namespace", "rogue") is None
    assert plane["prod-dc1-a"].kube.get("v1", "Namespace", "match") is not None
    synced.argocd.kube.delete(GROUP, "Application", "rogue", NAMESPACE)


def test_a_removal_with_its_tombstone_deletes_that_application_only(synced, plane):
    """The Application is deleted with its objects. The namespace waits for a person because of its annotation, and no
    other Application is changed.
    """
    needs(plane, "prod-dc2-a", "prod-dc2-b")
    before = {name: application["metadata"]["uid"] for name, application in synced.argocd.applications().items()}
    kube = plane["prod-dc2-a"].kube
    assert kube.items("apps/v1", "Deployment", "storefront")
    three = '"storefront": {"dc2-a": 36, "dc2-b": 33, "dc2-c": 31}'
    synced.deploy.edit("environments/placements.lock.json", three, '"storefront": {"dc2-b": 52, "dc2-c": 48}')
    synced.deploy.approve(environment="prod", dataCenter="dc2", cluster="dc2-a", team="storefront")
    synced.deploy.compile()
    synced.deploy.publish()
    synced.deliver()
    synced.argocd.parts["argocd-application-controller"].until(
        lambda: synced.argocd.kube.get(GROUP, "Application", DELETED, NAMESPACE) is None, "the end of the Application"
    )
    after = {name: application["metadata"]["uid"] for name, application in synced.argocd.applications().items()}
    assert after == {name: uid for name, uid in before.items() if name != DELETED}
    assert kube.items("apps/v1", "Deployment", "storefront") == []
    assert kube.get("v1", "Namespace", "storefront") is not None
    assert plane["prod-dc2-b"].kube.items("apps/v1", "Deployment", "storefront")


def test_the_namespace_is_deleted_after_the_confirmation_of_a_person(synced, plane):
    """Until then, the platform's Application is out of sync, and reports that it waits for a confirmation."""
    needs(plane, "prod-dc2-a", "prod-dc2-b")  # like the previous test
    kube = plane["prod-dc2-a"].kube
    controller = synced.argocd.parts["argocd-application-controller"]
    controller.until(lambda: "confirmation" in synced.argocd.operation("prod-dc2-a").get("message", ""), "its message")
    time.sleep(1.1)  # the confirmation must be newer than the sync, in whole seconds
    synced.argocd.annotate("prod-dc2-a", "argocd.argoproj.io/deletion-approved", now())
    controller.until(lambda: kube.get("v1", "Namespace", "storefront") is None, "the end of the namespace")
    synced.argocd.until_synced({"prod-dc2-a"})
    assert [deletion for deletion in plane["prod-dc2-a"].deletions() if deletion.startswith("namespaces/")] == [
        "namespaces/storefront/storefront"
    ]


def now():
    """Return the current time in the form of Argo CD's command line for that annotation."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_drain_waits_until_argo_cd_reports_the_previous_step_as_healthy(synced, plane):
    """`sixfold drain --wait` reads the Applications, and fails while pods of the previous step are missing."""
    needs(plane, "prod-dc2-a", "prod-dc2-b", "prod-dc2-c")
    deploy = synced.deploy
    deploy.edit("environments/prod.libsonnet", "P0: { spread: 3,", "P0: { spread: 2,")  # two clusters remain
    deploy.edit("environments/prod.libsonnet", "capacity: { cpu: 10400,", "state: 'draining', capacity: { cpu: 10400,")
    deploy.compile()
    deploy.publish()
    synced.deliver()
    first = drain(deploy, plane, timeout=300)
    assert first.returncode == 0, first.stdout + first.stderr
    synced.workloads.pause()
    deploy.compile()
    deploy.publish()
    synced.deliver()
    early = drain(deploy, plane, timeout=5)
    assert early.returncode == 1
    assert "SF449" in early.stdout + early.stderr
    synced.workloads.resume()
    second = drain(deploy, plane, timeout=300)
    assert second.returncode == 0, second.stdout + second.stderr


def drain(deploy, plane, timeout):
    """Run one step of the drain, which is written and committed once Argo CD reports the previous step as healthy."""
    choices = ["--wave", "100%", "--claims", "keep", "--once", "stop-then-start", "--commit", "--wait", "argocd"]
    places = ["--fleet", deploy.sources / "environments", "--out", deploy.out]
    wait = ["--timeout", str(timeout), "--kubeconfig", plane[MANAGEMENT].kubeconfig]
    line = [sys.executable, "-m", "sixfold_compiler", "drain", "prod/dc2/dc2-c", *places, *choices, *wait]
    return subprocess.run(line, cwd=deploy.git.repo, check=False, capture_output=True, text=True, env=ENVIRON)
