"""Files of a revision, for every form of revision that git accepts."""

from __future__ import annotations

import pytest

from sixfold_compiler.inputs.git import NoRevisionError, Revision
from sixfold_compiler.inputs.git import git as run_git
from tests.support.git import commit_all, git, new_repo


def commit(folder, message: str) -> None:
    """Commit the file `tree/message`, which contains the message."""
    (folder / "tree").mkdir(exist_ok=True)
    (folder / "tree/message").write_text(message)
    commit_all(folder, message)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Create three commits on main, and merge a branch of two commits."""
    folder = tmp_path_factory.mktemp("history")
    new_repo(folder)
    commit(folder, "one")
    commit(folder, "two")
    git(folder, "tag", "-a", "v1", "-m", "two")
    git(folder, "checkout", "--quiet", "-b", "side")
    commit(folder, "side one")
    commit(folder, "side two")
    git(folder, "checkout", "--quiet", "main")
    commit(folder, "three")
    git(folder, "merge", "--quiet", "--no-ff", "--strategy=ours", "-m", "four", "side")
    return folder


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("HEAD", "three"), ("@", "three"), ("main", "three"), ("v1", "two"), ("v1^{}", "two"), ("v1^{commit}", "two"),
        ("refs/heads/side", "side two"), ("HEAD~", "three"), ("HEAD^2", "side two"), ("HEAD^2~1", "side one"),
        ("HEAD~2", "two"), ("HEAD^0", "three"), ("side~2", "two"), ("v1^", "one"), ("main@{1}", "three"),
        (":/side one", "side one"), ("HEAD^2^^^", "one"),
    ],
)  # fmt: skip
def test_every_form_of_revision_that_git_accepts_is_read(history, revision, message) -> None:
    with Revision(history / "tree", revision) as files:
        assert files.read("message") == message.encode()


def test_a_hash_and_a_shortened_hash_are_revisions(history) -> None:
    head = git(history, "rev-parse", "side")
    for revision in (head, head[:10], f"{head}~1"):
        with Revision(history, revision) as files:
            assert files.read("tree/message") == (b"side one" if "~" in revision else b"side two")


def test_missing_files_and_folders_have_no_content(history) -> None:
    with Revision(history, "HEAD") as files:
        assert files.read("nothing") is None
        assert files.read("tree") is None
        assert files.read("tree/message\nHEAD:tree/message") is None
        assert files.read("tree/message") == b"three", "the process goes on reading"
    with Revision(history / "tree/later/folder", "HEAD") as files:
        assert files.read("message") is None


@pytest.mark.parametrize(
    "revision", ["mian", "HEAD~9", "HEAD^3", "~1", "", "HEAD^{tree}", "--all", "HEAD:tree/message"]
)
def test_an_unknown_revision_is_an_error(history, revision) -> None:
    with pytest.raises(NoRevisionError, match="has no commit"), Revision(history, revision):
        pass


def test_a_shallow_clone_is_named_as_the_reason(history, tmp_path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{history}", "clone")
    with pytest.raises(NoRevisionError, match="this clone is shallow"), Revision(tmp_path / "clone", "HEAD~1"):
        pass


def test_a_folder_outside_git_is_an_error(tmp_path) -> None:
    with pytest.raises(NoRevisionError, match="the tree is not in a git repo"), Revision(tmp_path, "HEAD"):
        pass


def test_git_asks_for_nothing_and_answers_in_english(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    new_repo(tmp_path)
    git(tmp_path, "config", "alias.environment", "!env")
    environment = run_git(tmp_path, "environment").splitlines()
    assert {"GIT_TERMINAL_PROMPT=0", "LC_ALL=C"} <= set(environment)
