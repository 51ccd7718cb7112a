"""The objects of one Argo CD instance: clusters, projects, ApplicationSets, the plugin and the bootstrap."""

from __future__ import annotations

import json
import re

import pytest

from tests.lib.platform_input import argocd_input, entry, find, objects_of

KEPT = {"argocd.argoproj.io/sync-options": "Prune=false"}
# The parameters in the generator's answers: those of every ApplicationSet, and those of unit `app` only.
PARAMETERS = {
    "name", "unit", "team", "namespace", "environment", "dataCenter", "region", "cluster", "server", "project", "repoURL",
    "revision", "path", "include", "wave", "weight", "labels",
}  # fmt: skip


@pytest.fixture(scope="module")
def files():
    return entry("argocd", argocd_input())


@pytest.fixture(scope="module")
def by_hand():
    """Return the file that a person applies, from an input with teams and clusters."""
    return entry("bootstrap", argocd_input())


def application_sets(files):
    return [o for o in objects_of(files) if o["kind"] == "ApplicationSet"]


def test_the_files_are_clusters_platform_and_one_for_each_team(files):
    assert sorted(files) == [
        "clusters.yaml",
        "platform.yaml",
        "team-identity.yaml",
        "team-playback.yaml",
    ]


def test_every_object_is_in_the_namespace_of_the_instance(files, by_hand):
    assert {o["metadata"]["namespace"] for o in objects_of(files) + objects_of(by_hand)} == {"argocd"}


def test_nothing_is_ever_pruned(files, by_hand):
    for item in objects_of(files) + objects_of(by_hand):
        assert item["metadata"]["annotations"].items() >= KEPT.items(), item["metadata"]["name"]


def test_application_sets_are_applied_after_the_objects_that_they_name(files):
    """Argo CD's controller reads a new set at once, and again only after minutes if the project does not exist yet."""
    waves = {
        o["kind"]: o["metadata"]["annotations"].get("argocd.argoproj.io/sync-wave", "0") for o in objects_of(files)
    }
    assert waves.pop("ApplicationSet") == "1"
    assert set(waves.values()) == {"0"}


def test_a_person_applies_a_project_the_plugin_and_one_set_and_no_secret(by_hand):
    assert [(o["kind"], o["metadata"]["name"]) for o in objects_of(by_hand)] == [
        ("AppProject", "sixfold-bootstrap"),
        ("ConfigMap", "sixfold-generator"),
        ("ApplicationSet", "sixfold-bootstrap"),
    ]


def test_what_a_person_applies_does_not_depend_on_teams_and_clusters(by_hand):
    given = argocd_input()
    assert entry("bootstrap", given | {"clusters": [], "teams": [], "waves": []}) == by_hand
    del given["clusters"], given["teams"], given["waves"]
    assert entry("bootstrap", given) == by_hand


def test_the_tree_has_none_of_the_objects_that_a_person_applies(files, by_hand):
    names = [{(o["kind"], o["metadata"]["name"]) for o in objects_of(part)} for part in (files, by_hand)]
    assert names[0] & names[1] == set()


def test_the_bootstrap_applies_the_folder_at_the_commit_that_the_generator_answers_and_deletes_nothing(by_hand):
    spec = find(by_hand, "ApplicationSet", "sixfold-bootstrap")["spec"]
    (generator,) = spec["generators"]
    assert generator["plugin"]["input"]["parameters"] == {"unit": "argocd", "instance": "ap-south-1"}
    assert generator["plugin"]["configMapRef"]["name"] == "sixfold-generator"
    assert spec["syncPolicy"] == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    application = spec["template"]
    assert application["metadata"]["name"] == "sixfold-bootstrap"
    assert "finalizers" not in application["metadata"]
    assert application["spec"]["project"] == "sixfold-bootstrap"
    assert application["spec"]["destination"] == {"server": "https://kubernetes.default.svc", "namespace": "argocd"}
    assert application["spec"]["source"] == {
        "repoURL": "https://git.example/deploy.git",
        "path": "tree/argocd/ap-south-1",
        "targetRevision": "{{.revision}}",
        "directory": {"include": "*.yaml"},
    }
    assert application["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}


def test_an_answer_decides_the_revision_and_two_labels_of_the_bootstrap_alone(by_hand):
    text = json.dumps(find(by_hand, "ApplicationSet", "sixfold-bootstrap")["spec"]["template"])
    assert sorted(re.findall(r"{{(.*?)}}", text)) == [".revision", ".team", ".unit"]


def test_the_project_of_the_bootstrap_admits_only_the_kinds_in_its_folder(files, by_hand):
    project = find(by_hand, "AppProject", "sixfold-bootstrap")["spec"]
    assert project["sourceRepos"] == ["https://git.example/deploy.git"]
    assert project["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "argocd"}]
    assert project["clusterResourceWhitelist"] == []
    assert {kind["kind"] for kind in project["namespaceResourceWhitelist"]} == {o["kind"] for o in objects_of(files)}


def test_a_tree_at_the_top_of_its_repository_has_no_prefix():
    given = argocd_input()
    given["fleet"]["repository"]["path"] = ""
    spec = find(entry("bootstrap", given), "ApplicationSet", "sixfold-bootstrap")["spec"]
    assert spec["template"]["spec"]["source"]["path"] == "argocd/ap-south-1"


def test_a_cluster_secret_has_a_login_and_no_credential(files):
    secret = find(files, "Secret", "cluster-prod-dc1-a")
    assert secret["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "cluster"
    assert secret["metadata"]["labels"]["generation"] == "blue"
    assert secret["stringData"]["name"] == "prod-dc1-a"
    assert secret["stringData"]["server"] == "https://a.eks.example"
    assert json.loads(secret["stringData"]["config"]) == {
        "awsAuthConfig": {"clusterName": "prod-dc1-a", "roleARN": "arn:aws:iam::333333333333:role/argocd"},
        "tlsClientConfig": {"insecure": False},
    }
    other = json.loads(find(files, "Secret", "cluster-prod-dc1-b")["stringData"]["config"])
    assert other["tlsClientConfig"] == {"insecure": False, "caData": "Q0EK"}
    assert not re.search("password|bearerToken|keyData", str(files["clusters.yaml"]))


def test_a_label_of_the_fleet_cannot_change_the_type_of_a_cluster_secret():
    given = argocd_input()
    given["clusters"][0]["labels"] = {"argocd.argoproj.io/secret-type": "repository"}
    secret = find(entry("argocd", given), "Secret", "cluster-prod-dc1-a")
    assert secret["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "cluster"


def test_a_team_deploys_the_deploy_repo_only_into_its_own_namespaces(files):
    project = find(files, "AppProject", "playback")["spec"]
    assert project["sourceRepos"] == ["https://git.example/deploy.git"]
    assert project["destinations"] == [
        {"server": "https://a.eks.example", "namespace": "playback"},
        {"server": "https://b.eks.example", "namespace": "playback"},
    ]
    assert project["clusterResourceWhitelist"] == []
    assert "*" not in str(project["destinations"])


def test_a_team_cannot_deploy_the_kinds_that_confine_it(files):
    denied = {
        (k["group"], k["kind"]) for k in find(files, "AppProject", "playback")["spec"]["namespaceResourceBlacklist"]
    }
    assert {
        ("", "Namespace"), ("", "ResourceQuota"), ("", "LimitRange"), ("rbac.authorization.k8s.io", "*"), ("", "Secret"),
        ("", "Endpoints"), ("discovery.k8s.io", "EndpointSlice"), ("argoproj.io", "Application"),
        ("argoproj.io", "ApplicationSet"), ("argoproj.io", "AppProject"),
    } == denied  # fmt: skip


def test_a_team_may_deploy_every_kind_that_the_library_creates_for_an_app(files):
    denied = {
        (k["group"], k["kind"]) for k in find(files, "AppProject", "playback")["spec"]["namespaceResourceBlacklist"]
    }
    kinds = {("networking.k8s.io", "NetworkPolicy"), ("", "ServiceAccount"), ("", "ConfigMap"), ("", "Service")}
    assert not kinds & denied


def test_owners_may_read_and_sync_but_not_delete_or_override(files):
    (role,) = find(files, "AppProject", "playback")["spec"]["roles"]
    assert role["groups"] == ["oidc:playback"]
    pattern = re.compile(r"p, proj:playback:owners, (applications|logs), [a-zA-Z/]+, playback/\*, allow")
    assert all(pattern.fullmatch(policy) for policy in role["policies"])
    actions = {policy.split(", ")[3] for policy in role["policies"]}
    assert {"get", "sync"} <= actions
    assert not actions & {"delete", "override", "create", "update", "*"}


def test_the_platform_deploys_to_every_cluster_and_may_create_two_cluster_scoped_kinds(files):
    project = find(files, "AppProject", "sixfold-platform")["spec"]
    assert {d["server"] for d in project["destinations"]} == {"https://a.eks.example", "https://b.eks.example"}
    assert project["clusterResourceWhitelist"] == [
        {"group": "", "kind": "Namespace"},
        {"group": "scheduling.k8s.io", "kind": "PriorityClass"},
    ]


def test_each_set_asks_the_generator_for_its_own_unit_on_this_instance(files):
    asked = {
        s["metadata"]["name"]: s["spec"]["generators"][0]["plugin"]["input"]["parameters"]
        for s in application_sets(files)
    }
    assert asked == {
        "sixfold-platform": {"unit": "cluster", "instance": "ap-south-1"},
        "identity": {"unit": "app", "team": "identity", "instance": "ap-south-1"},
        "playback": {"unit": "namespace", "team": "playback", "instance": "ap-south-1"},
    }


def test_the_project_and_the_repository_are_literals(files):
    for item in application_sets(files):
        spec = item["spec"]["template"]["spec"]
        assert spec["project"] == item["metadata"]["name"]
        assert spec["source"]["repoURL"] == "https://git.example/deploy.git"


def test_templates_use_only_parameters_that_the_generator_always_sends(files):
    for item in application_sets(files):
        assert item["spec"]["goTemplate"] is True
        assert item["spec"]["goTemplateOptions"] == ["missingkey=error"]
        used = set(re.findall(r"{{\.(\w+)}}", json.dumps(item["spec"]["template"])))
        assert used <= PARAMETERS
        assert {"name", "server", "namespace", "path", "include", "revision", "wave"} <= used
        assert json.dumps(item).count("{{") == len(re.findall(r"{{\.\w+}}", json.dumps(item)))


def test_only_applications_of_clusters_read_subfolders(files):
    recursing = {
        s["metadata"]["name"]: s["spec"]["template"]["spec"]["source"]["directory"].get("recurse", False)
        for s in application_sets(files)
    }
    assert recursing == {"sixfold-platform": True, "identity": False, "playback": False}


def test_applications_of_clusters_are_never_deleted_and_those_of_teams_may_be(files):
    policies = {s["metadata"]["name"]: s["spec"]["syncPolicy"] for s in application_sets(files)}
    assert policies["sixfold-platform"] == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    assert policies["playback"] == {"applicationsSync": "sync", "preserveResourcesOnDeletion": False}


def test_only_the_platforms_sets_release_their_applications_before_they_are_deleted(files, by_hand):
    """The sets have Argo CD's finalizer, which first removes the owner references, since the policy deletes nothing."""
    sets = application_sets(files) + application_sets(by_hand)
    finalizers = {s["metadata"]["name"]: s["metadata"].get("finalizers", []) for s in sets}
    for name in ("sixfold-platform", "sixfold-bootstrap"):
        assert finalizers.pop(name) == ["resources-finalizer.argocd.argoproj.io"]
    assert set(map(tuple, finalizers.values())) == {()}


def test_a_frozen_application_stays_frozen(files):
    for item in application_sets(files):
        assert item["spec"]["preservedFields"]["annotations"] == ["argocd.argoproj.io/skip-reconcile"]


def test_syncs_never_create_a_namespace_or_overwrite_an_object_of_another_application(files):
    for item in application_sets(files):
        policy = item["spec"]["template"]["spec"]["syncPolicy"]
        assert {"ServerSideApply=true", "CreateNamespace=false", "FailOnSharedResource=true"} <= set(
            policy["syncOptions"]
        )
        assert policy["automated"] == {"prune": True, "selfHeal": True, "allowEmpty": False}


def test_without_automation_a_person_starts_every_sync():
    for name in ("argocd", "bootstrap"):
        for item in objects_of(entry(name, argocd_input(automated=False))):
            assert "automated" not in json.dumps(item.get("spec", {}))


def test_progressive_sync_goes_through_the_waves_in_order(files):
    assert all("strategy" not in s["spec"] for s in application_sets(files))
    kinds = entry("argocd", argocd_input(progressiveSync=True))
    strategy = find(kinds, "ApplicationSet", "playback")["spec"]["strategy"]
    assert strategy["type"] == "RollingSync"
    steps = [step["matchExpressions"][0] for step in strategy["rollingSync"]["steps"]]
    assert [(step["key"], step["values"]) for step in steps] == [("sixfold.dev/wave", [w]) for w in ("1", "2", "3")]
    template = find(kinds, "ApplicationSet", "playback")["spec"]["template"]
    assert template["metadata"]["labels"]["sixfold.dev/wave"] == "{{.wave}}"
    assert "strategy" not in find(kinds, "ApplicationSet", "sixfold-platform")["spec"]


def test_the_plugin_gets_the_address_of_the_generator_as_text(by_hand):
    assert find(by_hand, "ConfigMap", "sixfold-generator")["data"] == {
        "token": "$sixfold-generator:token",
        "baseUrl": "http://sixfold-generator.argocd.svc:8080",
        "requestTimeout": "30",
    }


def test_a_team_does_not_change_the_objects_of_another_team(files):
    given = argocd_input()
    given["teams"] = given["teams"][1:]
    alone = entry("argocd", given)
    assert {name: alone[name] for name in alone} == {name: files[name] for name in alone}
