"""Argo CD's plugin generator and templates render the right Applications from the answers for the example fleet."""

from __future__ import annotations

import json
import re

import pytest

from tests.conformance.argocd.build import VERSIONS, build, release
from tests.conformance.argocd.program import Answer, Program

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]


def raw(program, site):
    """Return the program's output for all applied objects."""
    return program.run("generate", site.manifests, site.secret, base_url=site.url)


def place(application):
    """Return the destination, the source and the revision of an Application."""
    spec = application["spec"]
    source, destination = spec["source"], spec["destination"]
    assert set(destination) == {"server", "namespace"}, "a name in addition to the server would be an error"
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
    """Yield the same of every expected Application, from the tree's folders, the fleet, the manifests and git."""
    url = deploy.fleet["repository"]["url"]
    own = f"overlays/argocd/{instance}"
    yield ("https://kubernetes.default.svc", "argocd", "sixfold-bootstrap", url, own, "*.yaml", deploy.last_change(own))
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
    """Each Application has the right server, project, path and revision; none is missing, and none is added."""
    answer = Answer(json.loads(raw(program, served)))
    assert answer.errors == {}
    assert sorted(map(place, answer.applications)) == sorted(expected(served.deploy, instance))


def test_a_new_version_of_one_app_changes_the_revision_of_that_app_only(program, served):
    """`heartbeat` has its own Application, so the other apps of its namespace keep the revision of the first commit."""
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


def test_the_name_of_every_application_is_a_kubernetes_name_and_unique_in_the_instance(program, served, instance):
    names = served.generate(program).names
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)


def test_no_placeholder_is_left_anywhere(program, served, instance):
    """The output has neither of the two marks that templates leave for a missing parameter."""
    output = raw(program, served).decode()
    assert "{{" not in output
    assert "no value" not in output


def test_repeated_runs_have_byte_identical_output(program, served, instance):
    runs = {raw(program, served) for _ in range(5)}
    assert len(runs) == 1


def test_both_versions_render_the_same(served, instance):
    answers = [served.generate(Program(release(version), build(version))).document for version in VERSIONS]
    assert len(answers) >= 2
    assert all(answer == answers[0] for answer in answers)
