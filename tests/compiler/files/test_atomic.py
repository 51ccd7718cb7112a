"""Atomic replacement of files: contents, permissions, points, and the state after an error."""

from __future__ import annotations

import os

import pytest

from sixfold_compiler.files.atomic import replace_file, sync

POINTS = ["before open", "opened", "half written", "written", "synced", "renamed", "folder synced"]


def test_a_file_and_its_folders_are_created(tmp_path) -> None:
    replace_file(tmp_path / "a/b/file", b"one")
    replace_file(tmp_path / "a/b/file", b"two")
    assert (tmp_path / "a/b/file").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["file"]


def test_permissions_of_an_existing_file_are_kept(tmp_path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    path.chmod(0o600)
    replace_file(path, b"two")
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, b"two")


@pytest.mark.parametrize(("durable", "points"), [(True, POINTS), (False, [p for p in POINTS if "synced" not in p])])
def test_every_point_is_passed_in_order(tmp_path, durable, points) -> None:
    passed = []
    replace_file(tmp_path / "file", b"one", "pointer", passed.append, durable=durable)
    assert passed == [f"pointer: {point}" for point in points]


def test_the_content_is_written_in_two_halves(tmp_path) -> None:
    contents = {}

    def read(point):
        written = [file.read_bytes() for file in tmp_path.iterdir() if file.name.endswith(".tmp")]
        contents[point.removeprefix("file: ")] = written

    replace_file(tmp_path / "file", b"123456789", checkpoint=read)
    halves = {"opened": [b""], "half written": [b"1234"], "written": [b"123456789"], "synced": [b"123456789"]}
    assert contents == {point: halves.get(point, []) for point in POINTS}
    assert (tmp_path / "file").read_bytes() == b"123456789"


@pytest.mark.parametrize("durable", [True, False])
def test_a_durable_file_and_its_folder_are_synced_to_the_disk(tmp_path, monkeypatch, durable) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    replace_file(tmp_path / "file", b"one", durable=durable)
    both = [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]
    assert synced == (both if durable else [])


def test_syncing_leaves_no_descriptor_open(tmp_path) -> None:
    lowest = [os.open(tmp_path, os.O_RDONLY)]
    os.close(lowest[0])
    for _ in range(2):
        sync(tmp_path)
        lowest.append(os.open(tmp_path, os.O_RDONLY))
        os.close(lowest[-1])
    assert len(set(lowest)) == 1


def test_a_new_file_is_readable_by_everybody_and_writable_by_its_owner(tmp_path) -> None:
    before = os.umask(0)
    try:
        replace_file(tmp_path / "file", b"one")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("point", POINTS)
def test_an_error_at_a_point_leaves_the_old_content_or_the_new_one(tmp_path, point) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(passed):
        if passed == f"file: {point}":
            raise OSError(5, "refused")

    with pytest.raises(OSError, match="refused"):
        replace_file(path, b"new", checkpoint=fail)
    assert path.read_bytes() == (b"new" if point in ("renamed", "folder synced") else b"old")
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "the temporary file is deleted"


def test_a_link_at_the_temporary_path_is_not_followed(tmp_path) -> None:
    path = tmp_path / "file"
    (tmp_path / "other").write_bytes(b"other")
    path.with_name(f".file.{os.getpid()}.tmp").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic links"):
        replace_file(path, b"new")
    assert (tmp_path / "other").read_bytes() == b"other"
