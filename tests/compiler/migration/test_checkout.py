"""The checkout of the deploy repo: commits of lock and tree, and the transaction of a step."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.migration.checkout import Checkout
from sixfold_compiler.placement import LOCK_FILE
from tests.support.git import git, new_repo

LOCK = '{"apiVersion": "sixfold.dev/v1", "kind": "Placements", "placements": {%s}}\n'


@pytest.fixture(params=[".", "platform"])
def checkout(request, tmp_path):
    """Create a checkout with the manifests at the top of the repo, or in a folder beside the tree."""
    new_repo(tmp_path)
    root = tmp_path / request.param
    (root / "environments").mkdir(parents=True)
    return Checkout(root, root / "environments")


def commit(checkout, path, text) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(checkout.root, "add", "--all", str(path))
    git(checkout.root, "commit", "--quiet", "-m", "A step")
    return git(checkout.root, "rev-parse", "HEAD")


def test_the_lock_before_is_the_one_before_its_last_commit(checkout) -> None:
    file = checkout.fleet / LOCK_FILE
    commit(checkout, file, LOCK % "")
    assert checkout.lock_before() is None
    commit(checkout, file, LOCK % '"prod/dc1": {"teams": {"shop": {"dc1-a": 100}}, "homes": {}}')
    assert not checkout.lock_before().hosts


def test_a_tree_beside_the_manifests_is_in_the_same_repo(checkout, tmp_path) -> None:
    top = tmp_path / "overlays"
    last = commit(checkout, top / "prod" / "app.yaml", "a: 1\n")
    commit(checkout, checkout.fleet / LOCK_FILE, LOCK % "")
    assert checkout.contains(top)
    assert checkout.last_change(top / "prod") == last
    assert not checkout.contains(tmp_path.parent / "elsewhere")


def test_a_step_is_committed_alone_and_only_over_committed_files(checkout) -> None:
    first = commit(checkout, checkout.fleet / LOCK_FILE, LOCK % "")
    (checkout.root / "other.yaml").write_text("a: 1\n")
    new = {LOCK_FILE: (LOCK % "").encode() + b"\n", "tombstones.yaml": b"tombstones: []\n"}
    step = checkout.commit(new, "Drain")
    assert (git(checkout.root, "rev-parse", "HEAD"), git(checkout.root, "rev-parse", "HEAD~1")) == (step, first)
    assert git(checkout.root, "show", "--format=", "--name-only", "HEAD").count("\n") == 1, "two files"
    (checkout.fleet / LOCK_FILE).write_text(LOCK % " ")
    with pytest.raises(DiagnosticError) as error:
        checkout.commit(new, "Drain")
    assert [d.code for d in error.value.diagnostics] == ["SF450"]


def test_a_file_that_cannot_be_written_takes_back_the_ones_before_it(checkout) -> None:
    """The lock is written last; the write fails because a folder has its name."""
    (checkout.fleet / LOCK_FILE / "x").mkdir(parents=True)
    with pytest.raises(DiagnosticError) as error:
        checkout.write({LOCK_FILE: b"{}", "tombstones.yaml": b"tombstones: []\n"})
    assert [d.code for d in error.value.diagnostics] == ["SF704"]
    assert not (checkout.fleet / "tombstones.yaml").exists()
