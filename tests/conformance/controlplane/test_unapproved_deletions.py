"""Unapproved deletions of files of the tree delete nothing in the cluster, with the real application controller.

A person has applied the file of `sixfold bootstrap`, and Argo CD reads `argocd/` at the commit that the generator answers.
The fleet's clusters do not exist, and nothing is synced to them. The tests share one Argo CD and run in their order.
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
STRANGER = """
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: stranger, namespace: argocd}
spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}]}
"""
STOREFRONT = "+ { storefront+: { dataCenters: { dev: ['dc1'], staging: ['dc1', 'dc2'] } } }\n"  # no longer in prod


@pytest.fixture(scope="module")
def bootstrapped(example, lone, tmp_path_factory):
    """Apply the file of `sixfold bootstrap`, like a person, and wait until Argo CD has created everything else.

    Before, there is the Application that a person applied with an old version, which follows the branch.
    """
    folder = tmp_path_factory.mktemp("bootstrapped")
    deploy = Deploy(folder / "deploy", copy_of=example)
    ports = tuple(free_ports(2))
    deploy.edit("environments/fleet.jsonnet", "https://git.example.com/platform/deploy.git", deploy.git.repo.as_uri())
    compiled = "http://sixfold-generator.argocd.svc.cluster.local:8080"
    deploy.edit("environments/argocd.libsonnet", compiled, f"http://127.0.0.1:{ports[0]}")
    deploy.compile(clean=True)
    deploy.publish()
    with lone_site(deploy, lone, folder, ports=ports) as site:
        lone.must_apply(following_the_branch(deploy))
        site.before = lone.applications()[BOOTSTRAP]["metadata"]["uid"]
        site.bootstrap()
        lone.start_sets()
        lone.start_sync()
        lone.until(lambda: "ownerReferences" in lone.applications()[BOOTSTRAP]["metadata"], "its owner")
        assert lone.until_operated(BOOTSTRAP)["phase"] == "Succeeded"
        assert lone.reconcile_sets() == {}
        assert set(lone.applications()) == {*site.rendered, BOOTSTRAP}
        yield site


def following_the_branch(deploy):
    """Return the Application that a person applied with an old version."""
    place = {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE}
    source = {"repoURL": deploy.git.repo.as_uri(), "targetRevision": "HEAD", "path": "overlays/argocd/prod"}
    policy = {"automated": {"prune": False, "selfHeal": True}}
    return {
        "apiVersion": GROUP,
        "kind": "Application",
        "metadata": {"name": BOOTSTRAP, "namespace": NAMESPACE},
        "spec": {"project": BOOTSTRAP, "destination": place, "source": source, "syncPolicy": policy},
    }


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


def project(argocd, name):
    return argocd.kube.get(GROUP, "AppProject", name, NAMESPACE)


def test_an_application_that_followed_the_branch_is_taken_over_and_reads_the_adopted_commit(bootstrapped):
    application = bootstrapped.argocd.applications()[BOOTSTRAP]
    assert application["metadata"]["uid"] == bootstrapped.before
    (owner,) = application["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("ApplicationSet", BOOTSTRAP)
    assert application["spec"]["source"]["targetRevision"] == bootstrapped.revision


def test_deleted_files_of_an_overlay_an_applicationset_and_the_cluster_secrets_change_nothing(bootstrapped):
    site, argocd = bootstrapped, bootstrapped.argocd
    adopted, before = site.revision, uids(argocd.kube)
    assert "ApplicationSet/catalog" in before
    start = site.cluster.audit_position
    remove_an_overlay(site.deploy.out)
    folder = site.deploy.out / "argocd" / "prod"
    for name in ("team-catalog.yaml", "clusters.yaml"):
        (folder / name).unlink()
    (folder / "team-cart.yaml").write_text((folder / "team-cart.yaml").read_text().replace("apps of team", "edited by"))
    (folder / "zz.yaml").write_text(STRANGER)
    refused = site.deploy.publish()
    site.generator.until(lambda: site.generator.admin("/readyz").json["status"] == "degraded", "its rejection")

    assert argocd.reconcile_sets() == {}
    status = argocd.until_refreshed(BOOTSTRAP)
    assert status["sync"]["revision"] == adopted != refused
    assert [entry for entry in status["resources"] if entry.get("requiresPruning")] == []
    argocd.until_synced({BOOTSTRAP})
    assert argocd.applications()[BOOTSTRAP]["status"]["sync"]["revision"] == adopted
    assert uids(argocd.kube) == before
    assert "edited by" not in project(argocd, "cart")["spec"]["description"]
    assert deleted(site.cluster.writes(start)) == []
    assert [
        deletion for deletion in site.cluster.deletions(start) if deletion.startswith(("secrets/", "appl", "appp"))
    ] == []


def test_argo_cd_heals_its_own_objects_to_the_adopted_commit_while_a_newer_one_is_refused(bootstrapped):
    argocd = bootstrapped.argocd
    before = project(argocd, "cart")["spec"]
    body = {"spec": {"description": "edited by hand", "destinations": []}}
    path = argocd.kube.collection(GROUP, "appprojects", NAMESPACE) + "/cart"
    reply = argocd.kube.request("PATCH", path, body, kind="application/merge-patch+json")
    assert reply.good, reply.message
    part = argocd.parts["argocd-application-controller"]
    part.until(lambda: project(argocd, "cart")["spec"] == before, "the repair of the project")
    assert project(argocd, "stranger") is None


def test_a_team_that_leaves_with_approval_keeps_its_project_and_its_set_until_a_person_deletes_them(bootstrapped):
    """The Application of the bootstrap moves to the newly adopted commit, and shows what it does not prune."""
    site, argocd = bootstrapped, bootstrapped.argocd
    before = uids(argocd.kube)
    teams = site.deploy.sources / "environments" / "teams.libsonnet"
    teams.write_text(teams.read_text() + STOREFRONT)
    site.deploy.approve(team="storefront")
    site.deploy.place()
    site.deploy.compile(clean=True)
    commit = site.deploy.publish()
    site.deliver()
    assert site.revision == commit
    missing = argocd.until_compared(BOOTSTRAP, commit)
    assert {(entry["kind"], entry["name"]) for entry in missing if entry.get("requiresPruning")} == {
        ("AppProject", "storefront"),
        ("ApplicationSet", "storefront"),
    }
    after = uids(argocd.kube)
    assert {name: uid for name, uid in before.items() if not name.startswith("Application/")}.items() <= after.items()
