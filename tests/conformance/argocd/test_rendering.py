"""What Argo CD's plugin generator and templates make of the example fleet, as the generator answers for it."""

from __future__ import annotations

import json
import re

import pytest

from tests.conformance.argocd.build import VERSIONS, build, release
from tests.conformance.argocd.program import Answer, Program

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]


def raw(program, site):
    """What is printed for the manifests exactly as they are in the tree."""
    return program.run("generate", site.deploy.argocd(site.instance), site.secret, base_url=site.url)


def place(application):
    """What decides where an Application goes, what it reads, and at which commit."""
    spec = application["spec"]
    source, destination = spec["source"], spec["destination"]
    assert set(destination) == {"server", "namespace"}, "by server alone: a name as well would be an error"
    assert "sources" not in spec
    return (
        destination["server"],
        destination["namespace"],
        spec["project"],
        source["repoURL"],
        source["path"],
        source["directory"]["include"],
        source["targetRevision"],
    )


def expected(deploy, instance):
    """The same, from the folders of the tree, the fleet, the manifests and git; no inventory, no generator."""
    url = deploy.fleet["repository"]["url"]
    clusters = deploy.clusters(instance)
    for cluster, server in clusters.items():
        path = "overlays/" + "/".join(cluster)
        changed = deploy.git.git("log", "-1", "--format=%H", "--", f"{path}/_platform", f"{path}/_tenancy")
        include = "{_platform/*.yaml,_tenancy/*.yaml}"
        yield (server, "default", "sixfold-platform", url, path, include, changed)
    for (*cluster, namespace), apps in deploy.team_folders(instance).items():
        (team,) = {deploy.team_of(app) for app in apps}
        path = "/".join(["overlays", *cluster, namespace])
        includes = [f"{app}.yaml" for app in apps] if deploy.fleet["teams"][team].get("unit") == "app" else ["*.yaml"]
        for include in includes:
            changed = deploy.last_change(path if include == "*.yaml" else f"{path}/{include}")
            yield (clusters[tuple(cluster)], namespace, team, url, path, include, changed)


def test_every_team_namespace_is_on_exactly_its_clusters(program, served, instance):
    """With the right server, project, path and revision; nothing is missing and nothing is added."""
    answer = Answer(json.loads(raw(program, served)))
    assert answer.errors == {}
    assert sorted(map(place, answer.applications)) == sorted(expected(served.deploy, instance))


def test_a_new_version_of_one_app_moves_that_app_alone(program, served):
    """The site has seen two commits. `heartbeat` is an Application of its own, so its neighbours stay where they were."""
    second = served.deploy.git.git("rev-parse", "HEAD")
    answer = served.generate(program)
    moved = {
        (application["metadata"]["labels"]["sixfold.dev/team"], application["spec"]["source"]["directory"]["include"])
        for application in answer.applications
        if application["spec"]["source"]["targetRevision"] == second
    }
    assert moved == {("playback", "heartbeat.yaml")}
    assert {application["spec"]["source"]["targetRevision"] for application in answer.applications} == {
        served.deploy.first,
        second,
    }


def test_every_application_s_name_is_a_kubernetes_name_and_unique_in_the_instance(program, served, instance):
    names = served.generate(program).names
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)


def test_no_placeholder_is_left_anywhere(program, served, instance):
    """Neither of the two ways in which a template says that a parameter was missing."""
    output = raw(program, served).decode()
    assert "{{" not in output
    assert "no value" not in output


def test_the_output_is_the_same_to_the_byte_over_repeated_runs(program, served, instance):
    runs = {raw(program, served) for _ in range(5)}
    assert len(runs) == 1


def test_both_versions_render_the_same(served, instance):
    answers = [served.generate(Program(release(version), build(version))).document for version in VERSIONS]
    assert len(answers) >= 2
    assert all(answer == answers[0] for answer in answers)
