"""Transactions over the files of a checkout, against git itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.inputs.git import Transaction, uncommitted
from tests.support.git import commit_all, git, new_repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Create a checkout with the files `a`, `sub/b` and a link `l`, all committed."""
    new_repo(tmp_path)
    for key, value in (("user.name", "t"), ("user.email", "t@example.com"), ("commit.gpgsign", "false")):
        git(tmp_path, "config", key, value)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("a\n")
    (tmp_path / "sub/b").write_text("b\n")
    (tmp_path / "l").symlink_to("a")
    commit_all(tmp_path, "first")
    return tmp_path


def test_a_commit_has_the_changed_files_and_nothing_else(checkout: Path) -> None:
    (checkout / "other").write_text("not ours\n")
    git(checkout, "add", "other")
    with Transaction(checkout) as transaction:
        transaction.write("a", b"new\n")
        transaction.write("sub/deep/c", b"c\n")
        transaction.remove("sub/b")
        commit = transaction.commit("second")
    assert commit == git(checkout, "rev-parse", "HEAD")
    changed = git(checkout, "show", "--name-status", "--format=", "HEAD").split("\n")
    assert sorted(changed) == ["A\tsub/deep/c", "D\tsub/b", "M\ta"]
    assert git(checkout, "status", "--porcelain") == "A  other"


def test_a_commit_without_an_author_says_what_to_set(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git(checkout, "config", "user.name", "")
    with Transaction(checkout) as transaction:
        transaction.write("a", b"new\n")
        with pytest.raises(DiagnosticError) as failed:
            transaction.commit("second")
    (problem,) = failed.value.diagnostics
    assert problem.code == "SF237"
    assert problem.help == "set git's user.name and user.email in the checkout"


def test_nothing_is_committed_when_no_file_differs(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    with Transaction(checkout) as transaction:
        transaction.write("a", b"a\n")
        assert transaction.commit("second") == ""
    assert git(checkout, "rev-parse", "HEAD") == head


def test_an_exception_restores_files_links_and_absence(checkout: Path) -> None:
    def interrupted() -> None:
        with Transaction(checkout) as transaction:
            transaction.write("a", b"new\n")
            transaction.write("c", b"c\n")
            transaction.remove("l")
            transaction.remove("sub/b")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert git(checkout, "status", "--porcelain") == ""
    assert (checkout / "l").is_symlink()
    assert not (checkout / "c").exists()


def test_an_exception_before_the_commit_leaves_staged_changes_staged(checkout: Path) -> None:
    (checkout / "a").write_text("staged\n")
    git(checkout, "add", "a")

    def interrupted() -> None:
        with Transaction(checkout) as transaction:
            transaction.write("a", b"new\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert git(checkout, "status", "--porcelain") == "M  a"


def test_a_hook_that_rejects_the_commit_leaves_files_and_index_as_they_were(checkout: Path) -> None:
    hook = checkout / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho rejected >&2\nexit 1\n")
    hook.chmod(0o755)

    def rejected() -> None:
        with Transaction(checkout) as transaction:
            transaction.write("a", b"new\n")
            transaction.write("c", b"c\n")
            transaction.commit("second")

    with pytest.raises(DiagnosticError) as caught:
        rejected()
    assert caught.value.diagnostics[0].code == "SF237"
    assert git(checkout, "status", "--porcelain") == ""


def test_a_file_that_cannot_be_written_takes_back_the_ones_before(checkout: Path) -> None:
    def unwritable() -> None:
        with Transaction(checkout) as transaction:
            transaction.write("a", b"new\n")
            transaction.write("a/b", b"a is no folder\n")

    with pytest.raises((FileExistsError, NotADirectoryError)):
        unwritable()
    assert (checkout / "a").read_text() == "a\n"


def test_without_a_commit_no_repository_is_needed(tmp_path: Path) -> None:
    with Transaction(tmp_path) as transaction:
        transaction.write("x/y", b"y\n")
    assert (tmp_path / "x/y").read_bytes() == b"y\n"


def test_uncommitted_sees_changed_and_untracked_files(checkout: Path) -> None:
    assert not uncommitted(checkout, ["a", "sub/b", "absent"])
    (checkout / "new").write_text("new\n")
    assert uncommitted(checkout, ["new"])
    (checkout / "a").write_text("changed\n")
    assert uncommitted(checkout, ["a"])
    assert not uncommitted(checkout, ["sub/b"])
