"""Trees that are torn, edited or different from their commit are rejected, and the adopted tree stays."""

from __future__ import annotations

import json
import os

import pytest

from sixfold_generator.adoption.run import run
from tests.support.adopting import TODAY, codes, contents
from tests.support.trees import Spec, sealed_dump


def change(path, text):
    def apply(tree):
        (tree / path).write_text(text)

    return apply


def edit_root(apply):
    def edited(tree):
        path = tree / "inventory.json"
        document = json.loads(path.read_bytes())
        apply(document)
        path.write_bytes(sealed_dump(document))

    return edited


def reword(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def link(target):
    def apply(tree):
        path = tree / "prod/dc1/dc1-a/playback/player.yaml"
        path.unlink()
        path.symlink_to(target)

    return apply


def with_folder(tree):
    (tree / "prod/dc1/dc1-a/_platform/more").mkdir()
    (tree / "prod/dc1/dc1-a/_platform/more/x.yaml").write_text("# x\n")


def tombstone(**fields):
    fields = {"team": "ads", "approvedBy": "someone", "reason": "for the test", "until": "2999-01-01", **fields}
    present = {key: value for key, value in fields.items() if value is not None}
    return edit_root(lambda root: root["tombstones"].append(present))


def count(value):
    return edit_root(lambda root: root["teams"]["ads"]["applications"].update({"prod/dc1": value}))


def repository(**fields):
    return edit_root(lambda root: root["repository"].update(fields))


def without(path):
    return lambda tree: (tree / path).unlink()


CLUSTER = "prod/dc1/dc1-a"
PLAYER = f"{CLUSTER}/playback/player.yaml"
REFUSED = {
    "an overlay differs from the inventory": (change(PLAYER, "# no\n"), "SF803"),
    "a platform file differs from the inventory": (change(f"{CLUSTER}/_platform/gateway.yaml", "# no\n"), "SF803"),
    "a cluster inventory differs from the root": (change(f"{CLUSTER}/inventory.json", "{}"), "SF803"),
    "a facts file differs from the root": (change("prod/dc1/facts.json", "{ }"), "SF803"),
    "an Argo CD file differs from the root": (change("argocd/ap-south-1/platform.yaml", "# no\n"), "SF803"),
    "an overlay is missing": (without(PLAYER), "SF801"),
    "an overlay is a link inside the tree": (link("match-service.yaml"), "SF804"),
    "an overlay is a link out of the tree": (link("/etc/hostname"), "SF804"),
    "an overlay is in no inventory": (change(f"{CLUSTER}/playback/extra.yaml", "# x\n"), "SF805"),
    "a tenancy file is in no inventory": (change(f"{CLUSTER}/_tenancy/extra.yaml", "# x\n"), "SF805"),
    "the platform files have a folder": (with_folder, "SF805"),
    "the root was edited by hand": (lambda tree: reword(tree / "inventory.json", b"main", b"mean"), "SF803"),
    "the root is not JSON": (change("inventory.json", "{"), "SF802"),
    "the root is of another version": (edit_root(lambda root: root.update(apiVersion="sixfold.dev/v2")), "SF802"),
    "the root lacks a field": (edit_root(lambda root: root.pop("teams")), "SF802"),
    "a count is a string": (count("3"), "SF802"),
    "a count is wrong": (count(2), "SF808"),
    "a team is not listed": (edit_root(lambda root: root["teams"].pop("ads")), "SF808"),
    "a team is in another project": (edit_root(lambda root: root["teams"]["ads"].update(project="x")), "SF808"),
    "the path leads out of the repository": (repository(path="a/../.."), "SF802"),
    "the URL contains a template": (repository(url="https://x/{{name}}"), "SF802"),
    "a cluster's key leads out of the tree": (
        edit_root(lambda root: root["clusters"].update({"prod/../x": root["clusters"][CLUSTER]})),
        "SF802",
    ),
    "a tombstone covers everything": (tombstone(team=None), "SF802"),
    "a tombstone covers an environment": (tombstone(team=None, environment="prod"), "SF802"),
    "a tombstone covers a cluster name of every environment": (tombstone(team=None, cluster="dc1-a"), "SF802"),
    "a tombstone covers an app name of every team": (
        tombstone(team=None, environment="prod", cluster="dc1-a", app="x"),
        "SF802",
    ),
    "a budget has an unknown field": (edit_root(lambda root: root["deletions"].update(pods=1)), "SF802"),
    "a tombstone has an unknown field": (tombstone(namespace="x"), "SF802"),
    "a tombstone's day does not exist": (tombstone(until="2026-02-30"), "SF802"),
}


@pytest.mark.parametrize("claim", REFUSED)
def test_a_wrong_tree_is_rejected_and_the_adopted_one_is_still_served(tmp_path, claim):
    """The adopted state keeps every byte, whatever the fault of the new tree is."""
    apply, code = REFUSED[claim]
    state = tmp_path / "state"
    run(Spec().write(tmp_path / "tree"), state, today=TODAY)
    before = contents(state, "attempt.json")
    apply(tmp_path / "tree")
    result = run(tmp_path / "tree", state, today=TODAY, force=True)
    assert (result.outcome, codes(result)[0]) == ("refused", code), claim
    assert contents(state, "attempt.json") == before
    assert all(problem.help for problem in result.problems)


GIT_ONLY = {
    "an overlay that the commit lacks": (lambda tree: (tree / ".gitignore").write_text("player.yaml\n"), "SF806"),
    "an overlay that is a link in the commit": (link("match-service.yaml"), "SF804"),
    "an overlay of the commit that is in no inventory": (change(f"{CLUSTER}/playback/extra.yaml", "# x\n"), "SF805"),
}


@pytest.mark.parametrize("claim", GIT_ONLY)
def test_the_commit_decides_and_not_the_files_on_disk(case, claim):
    apply, code = GIT_ONLY[claim]
    case.spec.write(case.git.repo)
    apply(case.git.repo)
    case.git.publish(force=False)
    case.spec.write(case.git.link.resolve())  # the files on disk are right
    assert codes(case.adopt()) == [code]


def test_a_checkout_with_other_content_than_its_commit_is_rejected(case):
    """Argo CD reads the commit; a file that was changed on the disk alone would never reach a cluster."""
    case.commit()
    overlay = case.git.link / "prod/dc1/dc1-a/playback/player.yaml"
    overlay.write_text("# dirty\n")
    assert codes(case.adopt(force=True)) == ["SF806"]
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# dirty\n"
    case.spec.write(case.git.link.resolve())
    assert codes(case.adopt(force=True)) == ["SF806"], "also with inventories that match the files"


def test_a_missing_source_is_rejected_until_it_is_back(case):
    case.commit()
    target = case.git.link.readlink()
    case.git.link.unlink()
    assert codes(case.adopt()) == ["SF801"]
    case.git.link.symlink_to(target)
    assert case.adopt(force=True).outcome == "unchanged"


@pytest.mark.parametrize("kind", ["dangling", "loop", "fifo", "folder"])
def test_only_regular_files_are_read_outside_git(tmp_path, kind):
    tree = Spec().write(tmp_path / "tree")
    path = tree / "prod/dc1/dc1-a/playback/player.yaml"
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if kind == "loop" else "nowhere")
    assert codes(run(tree, tmp_path / "state", today=TODAY)) == ["SF804"]


def test_a_folder_that_is_a_link_is_not_followed(tmp_path):
    tree = Spec().write(tmp_path / "tree")
    (tree / "prod/dc1/dc1-a").rename(tmp_path / "away")
    (tree / "prod/dc1/dc1-a").symlink_to(tmp_path / "away")
    assert codes(run(tree, tmp_path / "state", today=TODAY)) == ["SF804"]
