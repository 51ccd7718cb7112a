"""Retirements are written completely or not at all."""

from __future__ import annotations

import pytest

from sixfold_compiler.operations.retire import Retirement, apply


@pytest.fixture
def repo(tmp_path):
    for path in ("apps/ads/banner.yaml", "apps/ads/banner/notes.txt", "environments/tombstones.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path


def files(repo):
    return {p.relative_to(repo).as_posix(): p.read_text() for p in sorted(repo.rglob("*")) if p.is_file()}


REMOVED = ("apps/ads/banner.yaml", "apps/ads/banner/notes.txt")


def test_files_are_written_and_deleted_with_the_folders_that_become_empty(repo) -> None:
    apply(repo, Retirement("app ads/banner", {"environments/tombstones.yaml": b"new"}, REMOVED))
    assert files(repo) == {"environments/tombstones.yaml": "new"}
    assert not (repo / "apps/ads").exists()
    assert (repo / "apps").is_dir()


def test_a_file_that_cannot_be_deleted_leaves_everything_as_it_was(repo) -> None:
    before = files(repo)
    new = {"environments/tombstones.yaml": b"new", "releases/dev/shop.yaml": b"new"}
    with pytest.raises(OSError, match="missing"):
        apply(repo, Retirement("app ads/banner", new, (*REMOVED, "apps/ads/missing.yaml")))
    assert files(repo) == before
