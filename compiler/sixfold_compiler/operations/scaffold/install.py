"""The installation of Sixfold in the CI of a new repo: a wheel by its hash, or an image by its digest.

Nothing is installed by its name alone: whoever owns the name at some index would run code in every CI.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from email.parser import HeaderParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LOCK", "Install", "image", "wheel"]

LOCK = "sixfold_compiler/_lock/requirements.txt"  # in a wheel: what the wheel needs, with versions and hashes
REQUIREMENTS = ".sixfold/requirements.txt"
ACTION = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
PYTHON = "python:3.13"
PIP = "python3 -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=':all:'"
IMAGE = re.compile(r"[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[A-Za-z0-9_][A-Za-z0-9._-]*)?@sha256:[0-9a-f]{64}")
MAX_WHEEL = 50 << 20  # bytes
MAX_TEXT = 4 << 20  # bytes of a text in a wheel, when it is unpacked
_ENCRYPTED = 1  # the bit of a zip entry's flags
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
HEAD = """\
# What CI installs, every file by its hash. Change it with `sixfold init ci`, never by hand.
"""


@dataclass(frozen=True, slots=True)
class Install:
    """The source of the command `sixfold` in CI: files of the repo that `pip` installs, or the image of the jobs."""

    image: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)

    def github(self, folder: str) -> str:
        """Return the steps of a GitHub job that install it, with the deploy repo in a folder of the workspace."""
        if self.image:
            return ""
        where = f"\n  working-directory: {folder}" if folder else ""
        return f'- uses: {ACTION}\n  with:\n    python-version: "3.13"\n- run: {PIP} -r {REQUIREMENTS}{where}'

    def container(self) -> str:
        """Return the line of a GitHub job that names its image."""
        return f"container: {self.image}" if self.image else ""

    def gitlab(self, folder: str) -> str:
        """Return the line of a GitLab script that installs it, with the deploy repo in a folder."""
        if self.image:
            return ""
        return f"- (cd {folder} && {PIP} -r {REQUIREMENTS})" if folder else f"- {PIP} -r {REQUIREMENTS}"

    def shell(self) -> str:
        """Return the command with which a person gets it, in the deploy repo."""
        if self.image:
            return f'alias sixfold="docker run --rm -it -v $PWD:/work -w /work {self.image} sixfold"'
        return f"pip install --require-hashes -r {REQUIREMENTS}" if self.files else "# install Sixfold, then:"


def image(reference: str) -> Install:
    """Return the installation from an image.

    Raises:
        DiagnosticError: SF242, the reference has no digest.
    """
    if not IMAGE.fullmatch(reference):
        raise _refused(f"the image {reference!r} is not named by its digest", "write REGISTRY/NAME@sha256:DIGEST")
    return Install(image=reference)


def wheel(file: Path, index: str | None = None) -> Install:
    """Return the installation from a wheel of Sixfold, with the dependencies that the wheel was locked with.

    Args:
        file: The wheel, from which the hash is taken.
        index: The URL of the index where CI finds this wheel and its dependencies; None: the repo gets the wheel.

    Raises:
        DiagnosticError: SF242, the file is no wheel of Sixfold with a lock, or the URL is not one.
    """
    if index is not None and not _plain_url(index):
        raise _refused("the index is not named by an https URL", "write it without a user, a password and blanks")
    if not file.is_file() or file.stat().st_size > MAX_WHEEL:
        raise _refused(f"there is no wheel {file.name}", "name the wheel of a release, or build one")
    data = file.read_bytes()
    version, lock = _content(file)
    name = f"sixfold-{version}-py3-none-any.whl"
    digest = hashlib.sha256(data).hexdigest()
    if index is None:
        head, files = f"./.sixfold/{name}", {f".sixfold/{name}": data}
    else:
        head, files = f"--index-url {index}\nsixfold=={version}", {}
    text = f"{HEAD}{head} --hash=sha256:{digest}\n{lock}"
    return Install(files={**files, REQUIREMENTS: text.encode()})


def _content(file: Path) -> tuple[str, str]:
    """Return the version and the lock of a wheel of Sixfold."""
    try:
        with zipfile.ZipFile(file) as archive:
            (path,) = [n for n in archive.namelist() if re.fullmatch(r"sixfold-[^/]+\.dist-info/METADATA", n)]
            metadata = HeaderParser().parsestr(_text(archive, path))
            lock = _text(archive, LOCK)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        raise _refused(f"{file.name} is no wheel of Sixfold with a lock", "name the wheel of a release") from None
    version = metadata["Version"] or ""
    if metadata["Name"] != "sixfold" or not re.fullmatch(r"[0-9][0-9a-z.+]*", version):
        raise _refused(f"{file.name} is a wheel of something else", "name a wheel of sixfold")
    return version, lock


def _text(archive: zipfile.ZipFile, path: str) -> str:
    """Return a text of a wheel.

    Raises:
        ValueError: The text is encrypted, too large, not UTF-8, or compressed in another way than wheels are.
    """
    entry = archive.getinfo(path)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _COMPRESSIONS or entry.file_size > MAX_TEXT:
        raise ValueError(path)
    return archive.read(entry).decode("utf-8")


def _plain_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and re.fullmatch(r"[!-?A-~]+", url) is not None


def _refused(message: str, hint: str) -> DiagnosticError:
    return DiagnosticError(Diagnostic("SF242", message, None, hint))
