"""Staged files: what is new waits in the folder, what the tree has already does not."""

from __future__ import annotations

import os

import pytest

from sixfold_compiler.model.inventory import FileEntry, digest_of
from sixfold_compiler.tree.staging import StagedFile, Staging


def test_new_content_is_staged_under_a_name_of_its_own(tmp_path) -> None:
    staging = Staging(tmp_path)
    first = staging.put("a/b.yaml", b"one", 2, holds="Service/web")
    second = staging.put("a/b.yaml", b"two!", 1, known=digest_of(b"one"))
    assert (first.digest, first.size, first.objects, first.holds) == (digest_of(b"one"), 3, 2, "Service/web")
    assert isinstance(first, StagedFile)
    assert isinstance(second, StagedFile)
    assert (tmp_path / first.name).read_bytes() == b"one"
    assert (tmp_path / second.name).read_bytes() == b"two!"
    assert sorted(os.listdir(tmp_path)) == sorted([first.name, second.name])  # noqa: PTH208 - the names


def test_files_of_the_tree_are_readable_by_everybody_and_writable_by_their_owner(tmp_path) -> None:
    before = os.umask(0)
    try:
        name = Staging(tmp_path).put("a", b"one", 1).name
    finally:
        os.umask(before)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o644


def test_content_that_the_tree_has_is_not_staged(tmp_path) -> None:
    entry = Staging(tmp_path).put("a/b.yaml", b"one", 2, digest_of(b"one"), "Service/web")
    assert entry == FileEntry(digest_of(b"one"), 3, 2, holds="Service/web")
    assert not isinstance(entry, StagedFile)
    assert list(tmp_path.iterdir()) == []


def test_the_points_of_staging_are_passed_in_order(tmp_path) -> None:
    points = []
    Staging(tmp_path, points.append).put("a", b"one", 1)
    assert points == ["staged: before open", "staged: opened", "staged: written"]


def test_a_file_that_is_not_written_completely_is_an_error(tmp_path, monkeypatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:-1]))
    with pytest.raises(OSError, match="short write for a/b") as failed:
        Staging(tmp_path).put("a/b", b"one", 1)
    assert failed.value.errno == 28


def test_staging_leaves_no_descriptor_open_and_overwrites_nothing(tmp_path) -> None:
    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    Staging(tmp_path).put("a", b"one", 1)
    with pytest.raises(FileExistsError):
        Staging(tmp_path).put("a", b"two", 1)  # of the same process, with a counter of its own
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before
