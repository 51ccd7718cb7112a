"""Limits of inventories: each accepts the values of the compiler, and rejects values that could break a reader."""

from __future__ import annotations

import json

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory
from sixfold_generator.adoption.inventory import LIMITS, MAX_COUNT, MAX_OBJECTS, MAX_SIZE, parse
from tests.support.trees import Spec

FILES = Spec().files()
KEY = "prod/dc1/dc1-a"
PLAYER = ("namespaces", "playback", "apps", "player")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("label", ["a", "a-1", "a" * 63], ["", "A", "-a", "a-", "a_b", "a\n", "a" * 64]),
        ("digest", ["sha256:" + "0" * 64], ["sha256:" + "0" * 63, "sha1:" + "0" * 64, "sha256:" + "G" * 64]),
        ("file name", ["a.yaml", "team-a.b.yaml", "a" * 250 + ".yaml"], ["a.yml", "a/b.yaml", ".yaml", "a" * 251 + ".yaml"]),
        ("cluster file", ["_platform/a.yaml", "_tenancy/a.yaml"], ["_other/a.yaml", "_platform/../a.yaml", "a.yaml"]),
        ("label key", ["a", "example.com/a_b", "A" * 63], ["", "a/", "/a", "a/b/c", "-a", "a" * 318]),
        ("label value", ["", "a_B.c", "a" * 63], ["-a", "a b", "a" * 64]),
        ("server", ["https://x.example.com:6443/a"], ["http://x", "https://{x}", "https://a b", "https://x" + "y" * 512]),
        ("url", ["git@example.com:a/b.git"], ["", "a b", "{{x}}", "a\n", "x" * 513]),
        ("branch", ["main", "a/b-1.x"], ["", "-a", "a b", "x" * 256]),
        ("cell", ["prod/dc1"], ["prod", "prod/dc1/a", "prod/..", "a" * 64 + "/b"]),
        ("cluster key", ["prod/dc1/dc1-a"], ["prod/dc1", "prod/../x", "prod/dc1/dc1-a/b"]),
        ("tree path", ["", "a", "deploy/over.lays"], ["/a", "a/", "a//b", "..", "a/../b", "./a", "a b", "a" * 513]),
        ("version", ["", "1.0\n", "x" * 64], ["x" * 65]),
        ("holds", ["", "x" * MAX_SIZE], ["x" * (MAX_SIZE + 1)]),
    ],
)  # fmt: skip
def test_a_limit_accepts_its_form_and_rejects_everything_else(kind, good, bad) -> None:
    assert [text for text in good if not LIMITS[kind].admits(text)] == []
    assert [text[:80] for text in bad if LIMITS[kind].admits(text)] == []


def faults(kind, file, change):
    """Return the messages about a changed inventory, without the name of the file."""
    document = json.loads(FILES[file])
    change(document)
    with pytest.raises(DiagnosticError) as raised:
        parse(kind, json.dumps(document).encode(), file)
    assert {problem.code for problem in raised.value.diagnostics} == {"SF802"}
    return [problem.message.replace(f" of {file}", "") for problem in raised.value.diagnostics]


def put(*path, value):
    """Return a function that sets one value of a document."""

    def change(document):
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("environment",), "A"), (("dataCenter",), "A"), (("region",), "A"), (("cluster",), "A"), (("instance",), "A"),
        (("application",), "A"), (("project",), "A"), (("server",), "http://x"), (("labels", "a b"), "x"), (("labels", "a"), "-"),
        (("wave",), -1), (("wave",), MAX_COUNT + 1), (("files", "x.yaml"), {"digest": "sha256:" + "0" * 64, "size": 1, "objects": 1}),
        (("files", "_platform/gateway.yaml", "digest"), "x"), (("files", "_platform/gateway.yaml", "size"), MAX_SIZE + 1),
        (("files", "_platform/gateway.yaml", "objects"), MAX_OBJECTS + 1), ((*PLAYER, "application"), "A"),
        ((*PLAYER, "objects"), -1), ((*PLAYER, "size"), -1), (("namespaces", "playback", "apps"), {}),
        (("namespaces", "playback", "team"), "A"), (("namespaces", "playback", "project"), "A"),
        (("namespaces", "playback", "application"), "A"), (("namespaces", "playback", "weight"), -1),
    ],
    ids=str,
)  # fmt: skip
def test_every_value_of_a_cluster_inventory_has_a_limit(path, value) -> None:
    (message,) = faults(ClusterInventory, f"{KEY}/inventory.json", put(*path, value=value))
    assert "must " in message
    assert path[-1] in message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("checksum",), "x"), (("fleet",), "A"), (("compiler",), "x" * 65), (("repository", "url"), "{{x}}"),
        (("repository", "branch"), "-a"), (("repository", "path"), ".."), (("clusters", "x"), {"digest": "sha256:" + "0" * 64, "size": 1}),
        (("clusters", KEY, "digest"), "x"), (("dataCenters", "x"), {"digest": "sha256:" + "0" * 64, "size": 1}),
        (("argocd", "A"), {"files": {}}), (("argocd", "ap-south-1", "files", "a"), {"digest": "sha256:" + "0" * 64, "size": 1, "objects": 1}),
        (("teams", "ads", "project"), "A"), (("teams", "ads", "applications", "x"), 1),
        (("teams", "ads", "applications", "prod/dc1"), MAX_COUNT + 1), (("teams", "A"), {"project": "a", "unit": "app", "applications": {}}),
    ],
    ids=str,
)  # fmt: skip
def test_every_value_of_a_root_inventory_has_a_limit(path, value) -> None:
    (message,) = faults(RootInventory, "inventory.json", put(*path, value=value))
    assert "must " in message


def test_at_most_ten_faults_of_a_file_are_reported() -> None:
    def change(document):
        for name in range(20):
            document["labels"][f"{name} "] = "x"

    assert len(faults(ClusterInventory, f"{KEY}/inventory.json", change)) == 10


@pytest.mark.parametrize(
    ("path", "value", "requirement"),
    [
        (("wave",), "1", "must be a whole number"),
        (("server",), 1, "must be text"),
        (("labels",), 1, "must be an object"),
        (("namespaces", "playback"), 1, "must be an object"),
    ],
)
def test_a_wrong_type_is_named_in_plain_words(path, value, requirement) -> None:
    (message,) = faults(ClusterInventory, f"{KEY}/inventory.json", put(*path, value=value))
    assert message == f"{'.'.join(path)} {requirement}"


def test_a_missing_field_is_named() -> None:
    assert faults(RootInventory, "inventory.json", lambda document: document.pop("teams")) == ["teams is missing"]
