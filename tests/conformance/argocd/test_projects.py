"""Argo CD's AppProjects allow every compiled object, and no object that a team may not have."""

from __future__ import annotations

import json
from fnmatch import fnmatch

import pytest
import yaml

pytestmark = [pytest.mark.conformance("Argo CD"), pytest.mark.slow]

# Kinds that no team may apply: (group, kind, namespaced).
FORBIDDEN = [
    ("", "Namespace", False),
    ("", "Node", False),
    ("", "PersistentVolume", False),
    ("", "ResourceQuota", True),
    ("", "LimitRange", True),
    ("", "Secret", True),
    ("", "Endpoints", True),
    ("discovery.k8s.io", "EndpointSlice", True),
    ("rbac.authorization.k8s.io", "Role", True),
    ("rbac.authorization.k8s.io", "RoleBinding", True),
    ("rbac.authorization.k8s.io", "ClusterRole", False),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", False),
    ("apiextensions.k8s.io", "CustomResourceDefinition", False),
    ("apiregistration.k8s.io", "APIService", False),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", False),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", False),
    ("scheduling.k8s.io", "PriorityClass", False),
    ("argoproj.io", "Application", True),
    ("argoproj.io", "ApplicationSet", True),
    ("argoproj.io", "AppProject", True),
]


def reads(tree, application):
    """Return the files of an Application: those of its folder that match its include."""
    source = application["spec"]["source"]
    folder = tree.parent / source["path"]
    include = source["directory"]["include"]
    patterns = include.strip("{}").split(",") if include.startswith("{") else [include]
    return [
        path
        for path in sorted(folder.rglob("*.yaml"))
        if any(fnmatch(path.relative_to(folder).as_posix(), pattern) for pattern in patterns)
        and len(path.relative_to(folder).parts) == len(patterns[0].split("/"))
    ]


def wish(name, group, kind, namespaced, of="x"):
    return {"application": name, "group": group, "kind": kind, "name": of, "namespaced": namespaced}


def ask(program, site, folder, wishes):
    path = folder / "wishes.json"
    path.write_text(json.dumps(wishes))
    return program.permit(site.manifests, site.secret, base_url=site.url, objects=path)


def test_every_application_may_use_its_destination_and_apply_all_compiled_objects(program, served, instance, tmp_path):
    wishes = []
    for application in served.generate(program).applications:
        files = reads(served.deploy.tree, application)
        assert files
        for path in files:
            for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
                metadata, group = document["metadata"], document["apiVersion"].rpartition("/")[0]
                namespaced = "namespace" in metadata
                name = application["metadata"]["name"]
                wishes.append(wish(name, group, document["kind"], namespaced, metadata["name"]))
    answer = ask(program, served, tmp_path, wishes)
    assert len(wishes) > 500
    assert answer.refused == []
    assert answer.denied == []


def test_no_team_may_apply_kinds_of_the_platform(program, served, tmp_path):
    applications = served.generate(program).applications
    teams = [
        application["metadata"]["name"]
        for application in applications
        if not application["spec"]["project"].startswith("sixfold-")
    ]
    wishes = [wish(name, *kind) for name in teams for kind in FORBIDDEN]
    assert len(teams) > 50
    others = [kind for kind in FORBIDDEN if kind[1] not in {"Secret", "AppProject", "ApplicationSet"}]
    wishes += [wish("sixfold-bootstrap", *kind) for kind in (*others, ("", "ConfigMap", True))]
    assert ask(program, served, tmp_path, wishes).denied == wishes


def test_a_held_team_can_still_sync(program, site, tmp_path):
    """The commit is adopted without the held team, and argocd/ of it is applied, so its projects must allow held teams."""
    site.instance = "nonprod"
    site.deploy.withdraw_storefront()
    site.deploy.compile(clean=True)
    site.publish_rejected()
    (tmp_path / "wishes.json").write_text("[]")
    answer = program.permit(site.manifests, site.secret, base_url=site.url, objects=tmp_path / "wishes.json")
    assert answer.errors == {}
    assert answer.refused == []
