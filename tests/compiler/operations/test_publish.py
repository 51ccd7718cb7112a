"""Publishing: the repo that a manifest comes from, and the commit."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.fleet import Team
from sixfold_compiler.operations.publish import Publication, check_source, commit, push
from tests.support.git import commit_all, git, new_repo


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("git@git.example.com:playback/deploy.git", 0),
        ("ssh://git@git.example.com:22/playback/deploy", 0),
        ("https://git.example.com/playback/deploy.git", 0),
        ("https://git.example.com/ads/deploy.git", 1),
        ("https://git.example.com.evil.test/playback/deploy.git", 1),
    ],
)
def test_a_team_publishes_only_from_its_own_repos(url, code, tmp_path) -> None:
    """The spelling of a URL does not matter."""
    team = Team.model_validate(
        {
            "owners": ["a"],
            "quota": {"cpu": 1, "memory": 1, "pods": 1},
            "repos": ["https://git.example.com/playback/deploy.git"],
        }
    )
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", url)
    refused = []
    try:
        check_source(tmp_path / "sixfold.yaml", AppKey("playback", "match"), team)
    except DiagnosticError as error:
        refused = [d.code for d in error.diagnostics]
    assert refused == ["SF236"] * code


def test_a_commit_has_the_files_of_the_publication_only(tmp_path) -> None:
    new_repo(tmp_path)
    (tmp_path / "other.txt").write_text("x")
    git(tmp_path, "add", "other.txt")
    publication = Publication(AppKey("shop", "web"), {"apps/shop/web.yaml": b"a: 1\n"}, "Add web")
    first = commit(tmp_path, publication)
    assert git(tmp_path, "show", "--format=%H %s", "--name-only", "HEAD").splitlines() == [
        f"{first} Add web", "", "apps/shop/web.yaml",
    ]  # fmt: skip
    assert git(tmp_path, "status", "--porcelain") == "A  other.txt"
    assert commit(tmp_path, publication) == "", "nothing changes"


def test_a_push_that_conflicts_with_commits_of_others_is_an_error_and_leaves_no_rebase(tmp_path) -> None:
    (tmp_path / "first").mkdir()
    new_repo(tmp_path / "first")
    commit_all(tmp_path / "first", "empty")
    git(tmp_path, "clone", "--quiet", "--bare", "first", "origin.git")
    for name in ("ours", "theirs"):
        git(tmp_path, "clone", "--quiet", "origin.git", name)
        (tmp_path / name / "app.yaml").write_text(f"from: {name}\n")
        commit_all(tmp_path / name, name)
    push(tmp_path / "theirs")
    with pytest.raises(DiagnosticError) as caught:
        push(tmp_path / "ours")
    assert [d.code for d in caught.value.diagnostics] == ["SF237"]
    assert git(tmp_path / "ours", "status", "--porcelain") == ""
    assert git(tmp_path / "ours", "log", "--format=%s").splitlines() == ["ours", "empty"]
    assert git(tmp_path / "origin.git", "log", "--format=%s", "main").splitlines() == ["theirs", "empty"]


def test_a_push_that_never_succeeds_ends_with_git_s_reason(tmp_path) -> None:
    new_repo(tmp_path)
    commit_all(tmp_path, "no remote")
    with pytest.raises(DiagnosticError) as caught:
        push(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["SF237"]
