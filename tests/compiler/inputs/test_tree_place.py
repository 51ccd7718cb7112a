"""A tree that is not where `repository.path` says is a finding of the compiler, before the generator refuses it."""

from __future__ import annotations

import pytest

from tests.support.git import new_repo
from tests.support.repos import Repo


@pytest.fixture
def repo(tmp_path):
    repo = Repo(tmp_path / "deploy", ("shop/web",))
    new_repo(repo.folder)
    return repo


def placed(repo, path, **options) -> list[tuple[str, str]]:
    """Set `repository.path`, compile, and return the findings."""
    repo.data["repository"]["path"] = path
    repo.write_fleet()
    return [(d.code, d.severity) for d in repo.compile(**options).diagnostics]


@pytest.mark.parametrize("path", ["", "tree", "deploy/overlays"])
def test_another_path_than_that_of_the_tree_is_an_error_at_its_line(repo, path) -> None:
    assert placed(repo, path) == [("SF807", "error")]
    (finding,) = repo.compile().diagnostics
    assert '"path"' in (repo.folder / "environments/fleet.jsonnet").read_text().splitlines()[finding.span.line - 1]
    assert repo.tree() == {}, "nobody would adopt the tree"
    assert placed(repo, "overlays") == []


def test_a_tree_elsewhere_in_the_work_tree_may_be_a_preview_and_is_a_warning(repo) -> None:
    assert placed(repo, "overlays", out=repo.folder / "preview") == [("SF807", "warning")]
    assert placed(repo, "preview", out=repo.folder / "preview") == []
    assert placed(repo, "", out=repo.folder / "preview", paths=(repo.folder / "apps",)) == []


def test_a_tree_outside_of_the_work_tree_has_no_place_in_it(repo, tmp_path) -> None:
    assert placed(repo, "elsewhere", out=tmp_path / "preview") == []
    (tmp_path / "other").mkdir()
    new_repo(tmp_path / "other")
    assert placed(repo, "elsewhere", out=tmp_path / "other/overlays") == []


def test_a_deploy_repo_in_a_folder_may_name_the_tree_from_there_or_from_the_top(tmp_path) -> None:
    new_repo(tmp_path)
    repo = Repo(tmp_path / "deploy", ("shop/web",))
    assert [placed(repo, path) for path in ("overlays", "deploy/overlays")] == [[], []]
    assert placed(repo, "tree") == [("SF807", "error")]


def test_without_git_nothing_is_compared(tmp_path) -> None:
    assert placed(Repo(tmp_path / "deploy", ("shop/web",)), "elsewhere") == []
