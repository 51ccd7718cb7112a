"""Publishing: the repo that a manifest comes from, and the commit."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.fleet import Team
from sixfold_compiler.operations.publish import Publication, check_asked, check_source, commit, push
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
            "quota": {"cpu": 1, "memory": "1Gi", "pods": 1},
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


def team(**fields) -> Team:
    return Team.model_validate({"owners": ["a"], "quota": {"cpu": 1, "memory": "1Gi", "pods": 1}, **fields})


PLAYBACK = {"repos": ["https://git.example.com/playback/deploy.git"], "publishers": ["Playback-CI", "ada"]}


@pytest.mark.parametrize(
    ("logins", "fields", "origin", "code"),
    [
        (["playback-ci"], {}, "https://git.example.com/playback/deploy", ""),
        (["Playback-CI", "ADA"], {}, "git@git.example.com:playback/deploy.git", ""),
        (["ada", "ads-ci"], {}, "https://git.example.com/playback/deploy", "SF240"),
        (["ads-ci", "ada"], {}, "https://git.example.com/playback/deploy", "SF240"),
        ([""], {}, "https://git.example.com/playback/deploy", "SF240"),
        (["playback"], {}, "https://git.example.com/playback/deploy", "SF240"),
        (["ada"], {"publishers": []}, "https://git.example.com/playback/deploy", "SF240"),
        (["ada"], {}, "https://git.example.com/ads/deploy", "SF236"),
        (["ada"], {}, "", "SF236"),
        (["ada"], {"repos": []}, "https://git.example.com/playback/deploy", "SF236"),
        (["ada"], {"repos": []}, "", "SF236"),
    ],
)
def test_everybody_who_asked_is_a_publisher_and_the_checkout_one_of_the_team(
    logins, fields, origin, code, tmp_path
) -> None:
    git(tmp_path, "init", "--quiet")
    if origin:
        git(tmp_path, "remote", "add", "origin", origin)
    refused = ""
    try:
        check_asked(tmp_path / "sixfold.yaml", AppKey("playback", "match"), team(**PLAYBACK | fields), logins)
    except DiagnosticError as error:
        (finding,) = error.diagnostics
        refused = finding.code
        assert finding.span is not None
        assert (finding.span.file, finding.app) == ("sixfold.yaml", "playback/match")
    assert refused == code


def test_nobody_may_ask_for_a_team_that_is_not_in_the_fleet(tmp_path) -> None:
    with pytest.raises(DiagnosticError) as refused:
        check_asked(tmp_path / "sixfold.yaml", AppKey("playback", "match"), None, ["ada"])
    assert [d.code for d in refused.value.diagnostics] == ["SF240"]


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


def test_a_push_that_is_refused_although_nobody_pushed_leaves_the_commit(tmp_path) -> None:
    """A hook of the origin refuses it."""
    (tmp_path / "first").mkdir()
    new_repo(tmp_path / "first")
    commit_all(tmp_path / "first", "empty")
    git(tmp_path, "clone", "--quiet", "--bare", "first", "origin.git")
    hook = tmp_path / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    git(tmp_path, "clone", "--quiet", "origin.git", "ours")
    (tmp_path / "ours" / "app.yaml").write_text("app\n")
    commit_all(tmp_path / "ours", "ours")
    own = git(tmp_path / "ours", "rev-parse", "HEAD")
    with pytest.raises(DiagnosticError, match="failed to push"):
        push(tmp_path / "ours", own)
    assert git(tmp_path / "ours", "rev-parse", "HEAD") == own
    assert (tmp_path / "ours" / "app.yaml").read_text() == "app\n"


def test_a_push_that_never_succeeds_ends_with_git_s_reason(tmp_path) -> None:
    new_repo(tmp_path)
    commit_all(tmp_path, "no remote")
    with pytest.raises(DiagnosticError) as caught:
        push(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["SF237"]
