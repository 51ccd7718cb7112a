"""A tree is read without a link and without a file left open, and in a checkout as its commit has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.source import Folder, open_source, signature
from tests.support.git import commit_all, git, new_repo

LIMIT = 100


@pytest.fixture
def tree(tmp_path):
    """Create a tree with its root inventory, and some files in folders."""
    for path in ("inventory.json", "a/b/c/x.yaml", "a/b/d/x.yaml", "a/e"):
        file = tmp_path / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {path}\n")
    return tmp_path / "tree"


@pytest.fixture
def repo(tree):
    """Commit the tree in a repository of its own."""
    new_repo(tree)
    commit_all(tree, "tree")
    return tree


@pytest.fixture
def opened():
    """Return a function that opens a tree; what it opened is closed at the end."""
    sources = []

    def open_tree(place):
        sources.append(open_source(place))
        return sources[-1]

    yield open_tree
    for source in sources:
        source.close()


def problem(call, *arguments):
    with pytest.raises(DiagnosticError) as raised:
        call(*arguments)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.help
    return diagnostic


def descriptors():
    return sum(1 for _ in Path("/dev/fd").iterdir())


class TestFolder:
    def test_files_of_several_folders_are_read_in_any_order(self, tree, opened):
        source = opened(tree)
        assert isinstance(source, Folder)
        assert (source.commit, source.inside) == ("", "")
        for path in ("a/b/c/x.yaml", "a/b/d/x.yaml", "inventory.json", "a/e", "a/b/c/x.yaml", "a/b/c/x.yaml"):
            assert source.read(path, LIMIT) == f"# {path}\n".encode()

    def test_the_entries_of_a_folder_are_sorted_and_say_which_is_a_folder(self, tree, opened):
        (tree / "z").symlink_to("a")
        source = opened(tree)
        assert list(source.names("")) == [("a", True), ("inventory.json", False), ("z", False)]
        assert list(source.names("a/b")) == [("c", True), ("d", True)]
        assert list(source.names("a/nothing/here")) == []

    def test_only_the_folders_to_the_last_file_stay_open(self, tree):
        before = descriptors()
        source = Folder(tree)
        source.read("a/b/c/x.yaml", LIMIT)
        assert descriptors() == before + 4
        source.read("a/b/d/x.yaml", LIMIT)
        assert descriptors() == before + 4
        source.read("inventory.json", LIMIT)
        assert descriptors() == before + 1
        source.close()
        source.close()
        assert descriptors() == before

    @pytest.mark.parametrize("limit", [len("# a/e\n"), LIMIT])
    def test_a_file_of_at_most_the_limit_is_read(self, tree, opened, limit):
        assert opened(tree).read("a/e", limit) == b"# a/e\n"

    def test_a_larger_file_is_refused_with_both_sizes(self, tree, opened):
        refused = problem(opened(tree).read, "a/e", 5)
        assert (refused.code, refused.message) == ("SF804", "a/e has 6 bytes, but at most 5 are read")

    @pytest.mark.parametrize(
        "path", ["", "/inventory.json", "a//e", "./inventory.json", "a/./e", "a/../inventory.json", "..", "a/", "a/e\0"]
    )
    def test_a_path_that_is_not_plain_is_refused(self, tree, opened, path):
        assert problem(opened(tree).read, path, LIMIT).code == "SF804"

    @pytest.mark.parametrize("kind", ["link", "fifo", "folder", "file as a folder", "link as a folder"])
    def test_what_is_no_plain_file_is_refused_and_not_left_open(self, tree, opened, kind):
        (tree / "a" / "link").symlink_to("e")
        (tree / "a" / "linked").symlink_to("b")
        os.mkfifo(tree / "a" / "fifo")
        source = opened(tree)
        source.read("a/e", LIMIT)
        before = descriptors()
        path = {"folder": "a/b", "file as a folder": "a/e/x", "link as a folder": "a/linked/c"}.get(kind, f"a/{kind}")
        refused = problem(source.read, path, LIMIT)
        assert (refused.code, refused.message) == ("SF804", f"{path} is not a regular file inside the tree")
        assert descriptors() == before

    @pytest.mark.parametrize("folder", ["a/e", "a/linked", "..", "a//b"])
    def test_what_is_no_folder_has_no_entries(self, tree, opened, folder):
        (tree / "a" / "linked").symlink_to("b")
        assert problem(lambda: list(opened(tree).names(folder))).code == "SF804"

    @pytest.mark.parametrize(("path", "placed"), [("a/nothing", True), ("nothing.yaml", True), ("nothing", False)])
    def test_a_missing_file_is_reported_with_its_place(self, tree, opened, path, placed):
        refused = problem(opened(tree).read, path, LIMIT)
        assert (refused.code, refused.message) == ("SF801", f"{path} cannot be read: no such file or directory")
        assert (refused.span is not None) == placed


class TestOpening:
    @pytest.mark.parametrize(
        ("kind", "reason"),
        [("nothing", "no such file or directory"), ("file", "not a directory"), ("loop", "too many levels of symbolic links")],
    )  # fmt: skip
    def test_a_place_without_a_tree_is_reported(self, tmp_path, kind, reason):
        (tmp_path / "file").write_text("")
        (tmp_path / "loop").symlink_to("loop")
        refused = problem(open_source, tmp_path / kind)
        assert (refused.code, refused.message) == ("SF801", f"the tree cannot be read: {reason}")
        assert signature(tmp_path / kind).startswith("unreadable E")

    @pytest.mark.parametrize("call", [open_source, signature])
    @pytest.mark.parametrize("kind", ["worktree of a repository that is not mounted", "empty folder", "no HEAD"])
    def test_a_repository_that_cannot_be_read_is_reported(self, tree, call, kind):
        """If it counted as none, every revision would become the branch, which may be ahead of the tree."""
        if kind.startswith("worktree"):
            (tree / ".git").write_text("gitdir: /nowhere/.git/worktrees/tree\n")
        elif kind.startswith("empty"):
            (tree / ".git").mkdir()
        else:
            new_repo(tree)
            (tree / ".git" / "HEAD").unlink()
        before = descriptors()
        refused = problem(call, tree)
        assert refused.code == "SF801"
        assert "repository cannot be read" in refused.message
        assert descriptors() == before

    def test_a_tree_that_its_commit_lacks_counts_as_outside_git(self, tree, opened):
        new_repo(tree)
        assert isinstance(opened(tree), Folder), "no commit at all"
        (tree / ".gitignore").write_text("inventory.json\n/built\n/place\n")
        (tree / "place").write_text("a file in the commit")
        git(tree, "add", "--force", "place")
        commit_all(tree, "without an inventory")
        (tree / "place").unlink()
        for folder in ("", "built", "place", "built/deep"):
            (tree / folder).mkdir(exist_ok=True)
            (tree / folder / "inventory.json").write_text("{}")
            source = opened(tree / folder)
            assert isinstance(source, Folder), folder
            assert source.read("inventory.json", LIMIT)

    def test_a_head_that_is_no_commit_counts_as_outside_git(self, repo, opened):
        (repo / ".git" / "HEAD").write_text(git(repo, "rev-parse", "HEAD^{tree}") + "\n")
        assert isinstance(opened(repo), Folder)

    def test_a_tree_may_be_a_folder_of_its_repo(self, repo, opened):
        for folder in ("deploy/overlays", "flat"):
            (repo / folder).mkdir(parents=True)
            (repo / folder / "inventory.json").write_text("{}")
        commit = commit_all(repo, "two trees")
        for folder in ("deploy/overlays", "flat"):
            source = opened(repo / folder)
            assert (source.commit, source.inside) == (commit, folder)
            assert source.read("inventory.json", LIMIT) == b"{}"
            assert list(source.names("")) == [("inventory.json", False)]


class TestCheckout:
    @pytest.mark.parametrize("form", ["sha1", "sha256"])
    def test_every_file_of_the_commit_is_read(self, tree, opened, form):
        git(tree, "init", "--quiet", f"--object-format={form}")
        (tree / "a" / "e").chmod(0o755)
        commit = commit_all(tree, "tree")
        source = opened(tree)
        assert (source.commit, source.inside) == (commit, "")
        for path in ("inventory.json", "a/b/c/x.yaml", "a/e"):
            assert source.read(path, LIMIT) == f"# {path}\n".encode()
        (tree / "a" / "e").write_text("# other")
        refused = problem(source.read, "a/e", LIMIT)
        assert (refused.code, refused.message) == (
            "SF806",
            f"a/e differs from the commit {commit[:12]}, which Argo CD reads",
        )

    def test_the_commit_decides_which_entries_a_folder_has(self, repo, opened):
        (repo / "a" / "new.yaml").write_text("# new\n")
        (repo / "a" / "e").unlink()
        source = opened(repo)
        assert list(source.names("")) == [("a", True), ("inventory.json", False)]
        assert list(source.names("a")) == [("b", True), ("e", False)]
        for nothing in ("nothing", "a/e", "a/e/deep"):
            assert list(source.names(nothing)) == []
        refused = problem(source.read, "a/new.yaml", LIMIT)
        assert refused.message.startswith(f"a/new.yaml is not in the commit {source.commit[:12]}")
        assert refused.code == "SF806"

    def test_a_link_of_the_commit_is_refused_whatever_is_on_the_disk(self, tree, opened):
        new_repo(tree)
        (tree / "a" / "link").symlink_to("e")
        commit_all(tree, "tree")
        (tree / "a" / "link").unlink()
        (tree / "a" / "link").write_text("e")
        assert problem(opened(tree).read, "a/link", LIMIT).code == "SF804"

    def test_nothing_stays_open_after_the_end(self, repo):
        before = descriptors()
        source = open_source(repo)
        source.read("a/b/c/x.yaml", LIMIT)
        source.close()
        assert descriptors() == before


class TestSignature:
    def test_it_stays_the_same_until_the_inventory_or_the_commit_is_another(self, tree):
        seen = [signature(tree)]
        assert signature(tree) == seen[0]

        def differs():
            seen.append(signature(tree))
            return len(set(seen)) == len(seen)

        (tree / "inventory.json").write_text("longer than before")
        assert differs()
        new_repo(tree)
        assert signature(tree) == seen[-1], "a repository without a commit"
        commit_all(tree, "one")
        assert differs()
        commit_all(tree, "two")
        assert differs()
        os.utime(tree / "inventory.json", ns=(0, 1))
        assert differs()

    def test_it_is_that_of_the_target_of_a_link(self, tree, tmp_path):
        (tmp_path / "link").symlink_to(tree)
        assert signature(tmp_path / "link") == signature(tree)

    def test_a_tree_without_an_inventory_is_unreadable(self, tree):
        (tree / "inventory.json").unlink()
        assert signature(tree) == "unreadable ENOENT"

    def test_nothing_stays_open(self, repo):
        before = descriptors()
        signature(repo)
        assert descriptors() == before
