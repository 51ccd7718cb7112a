"""Files that must lie in a folder: what is read, what is refused, and the words of each refusal."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sixfold_compiler.files.confined import MAX_SOURCE, ConfinementError, read_confined, unreadable

FDS = Path("/proc/self/fd")
OUTSIDE = "it is outside the folder that may be read"


@pytest.fixture
def root(tmp_path):
    """Create a folder with files, links, a pipe and a folder, beside files that are outside of it."""
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "root-evil").mkdir()
    for path in ("root/file", "root/sub/file", "root-evil/file", "file"):
        (tmp_path / path).write_bytes(path.encode())
    (folder / "near").symlink_to("sub/file")
    (folder / "far").symlink_to(tmp_path / "file")
    (folder / "loop").symlink_to("loop")
    (folder / "ghost").symlink_to(tmp_path / "ghost")
    (folder / "dangling").symlink_to("ghosts")
    (folder / "away").symlink_to(tmp_path / "root-evil")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("file", b"root/file"),
        ("sub/file", b"root/sub/file"),
        ("sub/../file", b"root/file"),
        ("../root/file", b"root/file"),
        ("near", b"root/sub/file"),
    ],
)
def test_files_in_the_folder_are_read(root, path, content) -> None:
    assert read_confined(root / path, root) == content


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("far", OUTSIDE),
        ("../file", OUTSIDE),
        ("../root-evil/file", OUTSIDE),
        ("away/file", OUTSIDE),
        ("ghost", OUTSIDE),
        ("dangling", "it does not exist"),
        ("..", OUTSIDE),
        ("pipe", "it is not a regular file"),
        ("sub", "it is not a regular file"),
        ("sub/..", "it is not a regular file"),
        ("a\0b", "its name contains a NUL character"),
        ("none", "it does not exist"),
        ("sub/none", "it does not exist"),
        ("loop", "its symbolic links lead in a circle"),
        ("file/x/y", "a part of its path is not a folder"),
    ],
)
def test_other_paths_are_refused_with_a_reason_that_names_no_path(root, path, why) -> None:
    with pytest.raises((ConfinementError, OSError)) as refused:
        read_confined(root / path, root)
    assert unreadable(refused.value) == why


def test_a_file_may_be_as_large_as_the_limit(root) -> None:
    (root / "file").write_bytes(b"a" * 2048)
    assert read_confined(root / "file", root, 2048) == b"a" * 2048
    with pytest.raises(ConfinementError, match="it is larger than 1 KiB"):
        read_confined(root / "file", root, 2047)
    os.truncate(root / "file", MAX_SOURCE + 1)
    with pytest.raises(ConfinementError, match="it is larger than 4096 KiB"):
        read_confined(root / "file", root)


def test_no_descriptor_stays_open(root) -> None:
    before = os.open(root / "file", os.O_RDONLY)
    os.close(before)
    for path in ("file", "near", "pipe", "sub", "far", "loop"):
        try:
            read_confined(root / path, root, 3)
        except (ConfinementError, OSError):
            continue
    after = os.open(root / "file", os.O_RDONLY)
    os.close(after)
    assert after == before, "the lowest free descriptor is the same as before"


@pytest.mark.skipif(not FDS.is_dir(), reason="needs /proc to see where a descriptor leads")
def test_a_folder_that_becomes_a_link_after_the_check_is_refused(root, monkeypatch) -> None:
    """The folder is replaced between the check of the path and the opening of the file."""
    real = os.path.realpath

    def swapping(path, **options):
        place = real(path, **options)
        if str(path) == str(root / "sub" / "file"):
            (root / "sub").rename(root / "was")
            (root / "sub").symlink_to(root.parent / "root-evil")
        return place

    monkeypatch.setattr(os.path, "realpath", swapping)
    before = sorted(FDS.iterdir())
    with pytest.raises(ConfinementError, match=OUTSIDE):
        read_confined(root / "sub" / "file", root)
    assert sorted(FDS.iterdir()) == before
    assert (root / "sub").is_symlink()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConfinementError("it is a pipe"), "it is a pipe"),
        (OSError(errno.EACCES, "x"), "this user may not read it"),
        (OSError(errno.EPERM, "x"), "this user may not read it"),
        (OSError(errno.EISDIR, "x"), "it is a folder"),
        (OSError(errno.EIO, "x", "/secret"), "input/output error"),
        (OSError(), "it is damaged"),
    ],
)
def test_a_reason_is_in_plain_words(error, why) -> None:
    assert unreadable(error) == why
