"""Wheels from which a new repo's CI installs: what is no wheel of Sixfold is refused, whatever is wrong with it."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.operations.scaffold.install import LOCK, MAX_TEXT, REQUIREMENTS, image, wheel

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "sixfold-1.0.dist-info/METADATA"
CONTENT = {METADATA: b"Name: sixfold\nVersion: 1.0\n", LOCK: b"click==8 --hash=sha256:0\n"}


def written(file: Path, content: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file


def damaged(file: Path, old: bytes, new: bytes) -> Path:
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))
    return file


def test_a_wheel_is_installed_by_its_hash_with_its_own_lock(tmp_path) -> None:
    file = written(tmp_path / "a.whl", CONTENT)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    text = wheel(file).files[REQUIREMENTS].decode()
    assert f"./.sixfold/sixfold-1.0-py3-none-any.whl --hash=sha256:{digest}\nclick==8 --hash=sha256:0\n" in text
    files = wheel(file, "https://pypi.example.com/simple").files
    assert list(files) == [REQUIREMENTS]
    assert (
        f"--index-url https://pypi.example.com/simple\nsixfold==1.0 --hash=sha256:{digest}"
        in files[REQUIREMENTS].decode()
    )


def test_a_text_of_the_largest_size_is_read(tmp_path) -> None:
    wheel(written(tmp_path / "a.whl", CONTENT | {LOCK: b"#" * MAX_TEXT}))


BROKEN = {
    "no archive": lambda file: file.write_bytes(b"PK"),
    "an empty file": lambda file: file.write_bytes(b""),
    "a folder": lambda file: file.mkdir(),
    "no metadata": lambda file: written(file, {LOCK: b""}),
    "no lock": lambda file: written(file, {METADATA: CONTENT[METADATA]}),
    "two packages": lambda file: written(file, CONTENT | {"sixfold-2.0.dist-info/METADATA": b""}),
    "another name": lambda file: written(file, CONTENT | {METADATA: b"Name: sixfolds\nVersion: 1.0\n"}),
    "no version": lambda file: written(file, CONTENT | {METADATA: b"Name: sixfold\n"}),
    "a version with a path": lambda file: written(file, CONTENT | {METADATA: b"Name: sixfold\nVersion: 1/..\n"}),
    "no text": lambda file: written(file, CONTENT | {LOCK: b"\xff"}),
    "a text too large": lambda file: written(file, CONTENT | {LOCK: b"#" * (MAX_TEXT + 1)}),
    "another compression": lambda file: written(file, CONTENT, zipfile.ZIP_BZIP2),
    "an encrypted text": lambda file: damaged(written(file, CONTENT), b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
    "damaged compressed data": lambda file: damaged(written(file, CONTENT | {LOCK: b"#" * 9999}), b"\xed\xc1", b"\xff\xff"),
    "a wrong checksum": lambda file: damaged(written(file, CONTENT, zipfile.ZIP_STORED), b"click==8", b"click==9"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_another_file_is_refused(how, tmp_path) -> None:
    BROKEN[how](tmp_path / "a.whl")
    with pytest.raises(DiagnosticError) as error:
        wheel(tmp_path / "a.whl")
    (problem,) = error.value.diagnostics
    assert problem.code == "SF242"
    assert "a.whl" in problem.message
    assert problem.help


@pytest.mark.parametrize(
    "index", ["http://h/", "https://", "https://u@h/", "https://h /", "https://h:x/", "h", "--pre"]
)
def test_an_index_is_an_https_url_without_a_user(index, tmp_path) -> None:
    with pytest.raises(DiagnosticError, match="index"):
        wheel(written(tmp_path / "a.whl", CONTENT), index)


@pytest.mark.parametrize(
    "reference", ["a", "a:1", "a@sha256:0", "A@sha256:" + "0" * 64, "-a@sha256:" + "0" * 64, "a b@sha256:" + "0" * 64]
)
def test_an_image_is_named_by_its_digest(reference) -> None:
    with pytest.raises(DiagnosticError, match="digest"):
        image(reference)


def test_an_image_with_a_digest_is_accepted() -> None:
    digest = "sha256:" + "0" * 64
    assert [image(f"{name}@{digest}").image for name in ("h:5000/a/b", "h/a:1.0")] == [
        f"h:5000/a/b@{digest}",
        f"h/a:1.0@{digest}",
    ]
