"""Argo CD as a whole: a person applies one file, and every team namespace comes to be on its clusters, and leaves again.

The tests of this module share one Argo CD and run in their order: a later one starts where those before it ended.
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
GONE = "prod-dc2-a-storefront"  # the Application that a later test takes away


@pytest.fixture(scope="module")
def synced(fleet_site, plane):
    """The bootstrap Application was applied by hand, and everything else has come of it."""
    site = fleet_site
    site.deleted = {name: len(cluster.deletions()) for name, cluster in plane.clusters.items()}
    site.bootstrap()
    site.argocd.start_sets()
    site.argocd.start_sync()
    with Workloads(plane.fleet) as site.workloads:
        site.argocd.until_synced({BOOTSTRAP, *site.on(plane)})
        yield site


def clusters(site, plane):
    """{(data center, cluster): its API server} of the production environment, as far as it is there."""
    return {
        (center, name): plane[f"prod-{name}"].kube
        for _, center, name in site.deploy.clusters("prod")
        if f"prod-{name}" in plane.clusters
    }


def hooks(documents):
    """Paths of objects that Argo CD runs before a sync and may take away after it."""
    return [document for document in documents if "argocd.argoproj.io/hook" in document["metadata"].get("annotations", {})]


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


def test_nothing_was_deleted_on_the_way(synced, plane):
    """By the audit logs of the API servers. Hooks are replaced before they run again."""
    for name, cluster in plane.clusters.items():
        since = cluster.deletions()[synced.deleted[name] :]
        assert [write for write in since if not write.startswith("jobs/")] == [], name


def test_a_namespace_in_a_teams_project_is_refused_while_the_platforms_are_there(synced, plane):
    """By the compiled AppProject: a team's Application cannot make a namespace, not even on a cluster of its own."""
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


def test_a_removal_with_its_tombstone_takes_that_app_away_and_nothing_else(synced, plane):
    """The Application goes, and what it had applied goes with it. The namespace waits for a person, as its annotation
    says, and no other Application is touched."""
    needs(plane, "prod-dc2-a", "prod-dc2-b")
    before = {name: application["metadata"]["uid"] for name, application in synced.argocd.applications().items()}
    kube = plane["prod-dc2-a"].kube
    assert kube.items("apps/v1", "Deployment", "storefront")
    three = '"storefront": {"dc2-a": 36, "dc2-b": 33, "dc2-c": 31}'
    synced.deploy.edit("environments/placements.lock.json", three, '"storefront": {"dc2-b": 52, "dc2-c": 48}')
    synced.deploy.approve(environment="prod", dataCenter="dc2", cluster="dc2-a", team="storefront")
    synced.deploy.compile()
    synced.deploy.publish()
    synced.arrived()
    synced.argocd.parts["argocd-application-controller"].until(
        lambda: synced.argocd.kube.get(GROUP, "Application", GONE, NAMESPACE) is None, "the end of the Application"
    )
    after = {name: application["metadata"]["uid"] for name, application in synced.argocd.applications().items()}
    assert after == {name: uid for name, uid in before.items() if name != GONE}
    assert kube.items("apps/v1", "Deployment", "storefront") == []
    assert kube.get("v1", "Namespace", "storefront") is not None
    assert plane["prod-dc2-b"].kube.items("apps/v1", "Deployment", "storefront")


def test_the_namespace_goes_once_a_person_has_confirmed_it(synced, plane):
    """The platform's Application is out of sync until then, and says what it waits for."""
    needs(plane, "prod-dc2-a", "prod-dc2-b")  # as what it follows
    kube = plane["prod-dc2-a"].kube
    controller = synced.argocd.parts["argocd-application-controller"]
    controller.until(lambda: "confirmation" in synced.argocd.operation("prod-dc2-a").get("message", ""), "the question")
    time.sleep(1.1)  # the answer counts when it is younger than the sync that asks, in whole seconds
    synced.argocd.annotate("prod-dc2-a", "argocd.argoproj.io/deletion-approved", now())
    controller.until(lambda: kube.get("v1", "Namespace", "storefront") is None, "the end of the namespace")
    synced.argocd.until_synced({"prod-dc2-a"})
    assert [deletion for deletion in plane["prod-dc2-a"].deletions() if deletion.startswith("namespaces/")] == [
        "namespaces/storefront/storefront"
    ]


def now():
    """The time, as Argo CD's command line writes it into that annotation."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_drain_waits_until_argo_cd_says_that_the_step_before_is_healthy(synced, plane):
    """`sixfold drain --wait` asks the Applications themselves: it refuses while pods of the step before are missing."""
    needs(plane, "prod-dc2-a", "prod-dc2-b", "prod-dc2-c")
    deploy = synced.deploy
    deploy.edit("environments/prod.libsonnet", "P0: { spread: 3,", "P0: { spread: 2,")  # two clusters will be left
    deploy.edit("environments/prod.libsonnet", "capacity: { cpu: 10400,", "state: 'draining', capacity: { cpu: 10400,")
    deploy.compile()
    deploy.publish()
    synced.arrived()
    first = drain(deploy, plane, timeout=300)
    assert first.returncode == 0, first.stdout + first.stderr
    synced.workloads.pause()
    deploy.compile()
    deploy.publish()
    synced.arrived()
    early = drain(deploy, plane, timeout=5)
    assert early.returncode == 1
    assert "SF449" in early.stdout + early.stderr
    synced.workloads.resume()
    second = drain(deploy, plane, timeout=300)
    assert second.returncode == 0, second.stdout + second.stderr


def drain(deploy, plane, timeout):
    """One step of a walk, written into the lock and committed, once Argo CD is content with the one before."""
    choices = ["--wave", "100%", "--claims", "keep", "--once", "stop-then-start", "--commit", "--wait", "argocd"]
    places = ["--fleet", deploy.sources / "environments", "--out", deploy.out]
    wait = ["--timeout", str(timeout), "--kubeconfig", plane[MANAGEMENT].kubeconfig]
    line = [sys.executable, "-m", "sixfold_compiler", "drain", "prod/dc2/dc2-c", *places, *choices, *wait]
    return subprocess.run(line, cwd=deploy.git.repo, check=False, capture_output=True, text=True, env=ENVIRON)
