"""Revisions are found as git finds them."""

from __future__ import annotations

import subprocess

import pytest
from dulwich.repo import Repo

from sixfold_compiler.inputs.git import NoRevisionError, commit_of


def git(folder, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Four commits on main, the last of which merges a branch of two."""
    folder = tmp_path_factory.mktemp("history")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "one")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "two")
    git(folder, "tag", "-a", "v1", "-m", "two")
    git(folder, "checkout", "--quiet", "-b", "side")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "side one")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "side two")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "three")
    git(folder, "merge", "--quiet", "--no-ff", "-m", "four", "side")
    return folder


@pytest.mark.parametrize(
    "revision",
    [
        "HEAD", "@", "main", "v1", "refs/heads/side", "HEAD~", "HEAD~1", "HEAD^", "HEAD^1", "HEAD~3", "HEAD^2", "HEAD^2~1",
        "HEAD^^", "HEAD^0", "HEAD~0", "side~2", "v1^", "@~2", "HEAD^2^^",
    ],
)  # fmt: skip
def test_revisions_name_the_same_commit_as_in_git(history, revision) -> None:
    with Repo(str(history)) as repo:
        assert commit_of(repo, revision).id.decode() == git(history, "rev-parse", f"{revision}^{{commit}}")


def test_a_hash_may_be_followed_by_steps(history) -> None:
    head = git(history, "rev-parse", "HEAD")
    with Repo(str(history)) as repo:
        assert commit_of(repo, f"{head}~1").id.decode() == git(history, "rev-parse", "HEAD~1")


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        ("mian", "git knows no 'mian' here"),
        ("HEAD~4", "the history begins there"),
        ("HEAD^3", "has no parent 3"),
        ("~1", "is no revision"),
        ("HEAD^{commit}", "is no revision"),
        ("", "is no revision"),
    ],
)
def test_an_unknown_revision_is_explained(history, revision, told) -> None:
    with Repo(str(history)) as repo, pytest.raises(NoRevisionError, match=r"^[^()]*$") as caught:
        commit_of(repo, revision)
    assert told in str(caught.value)


def test_the_end_of_a_shallow_clone_is_explained(history, tmp_path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{history}", "clone")
    with Repo(str(tmp_path / "clone")) as repo, pytest.raises(NoRevisionError, match="shallow clone ends"):
        commit_of(repo, "HEAD~1")
