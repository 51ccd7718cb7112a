"""What is known of the steps before: the commits of lock and tree, wherever in the repo they lie."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.checkout import Checkout
from sixfold_compiler.placement import LOCK_FILE
from tests.support.cli import git

LOCK = '{"apiVersion": "sixfold.dev/v1", "kind": "Placements", "placements": {%s}}\n'


@pytest.fixture(params=[".", "platform"])
def checkout(request, tmp_path):
    """The manifests lie at the top of a repo, or in a folder beside the tree."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    root = tmp_path / request.param
    (root / "environments").mkdir(parents=True)
    return Checkout(root, root / "environments")


def commit(checkout, path, text) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(checkout.root, "add", "--all", str(path))
    git(checkout.root, "commit", "--quiet", "-m", "A step")
    return git(checkout.root, "rev-parse", "HEAD")


def test_the_lock_before_is_the_one_before_its_last_commit(checkout):
    file = checkout.fleet / LOCK_FILE
    commit(checkout, file, LOCK % "")
    assert checkout.lock_before() is None
    commit(checkout, file, LOCK % '"prod/dc1": {"teams": {"shop": {"dc1-a": 100}}, "homes": {}}')
    assert not checkout.lock_before().hosts


def test_the_tree_is_in_the_same_repo_though_it_lies_beside_the_manifests(checkout, tmp_path):
    top = tmp_path / "overlays"
    last = commit(checkout, top / "prod" / "app.yaml", "a: 1\n")
    commit(checkout, checkout.fleet / LOCK_FILE, LOCK % "")
    assert checkout.holds(top)
    assert checkout.last_change(top / "prod") == last
    assert not checkout.holds(tmp_path.parent / "elsewhere")
