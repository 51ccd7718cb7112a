"""Changing release files as a careful person would: comments, order and quotes stay."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

from compiler.diagnostics import DiagnosticError
from compiler.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["new_release", "with_versions", "without_versions"]

WIDE = 10_000  # characters; a line is never broken


def new_release(environment: str) -> bytes:
    """An empty release file."""
    return f"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {environment}\napps: {{}}\n".encode()


def with_versions(data: bytes, versions: Mapping[str, str]) -> bytes:
    """A release file with `versions` (`team/app`: version) in it; everything else stays as it is written.

    A new app goes before the first one that sorts after it. The file must be a valid release file.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.explicit_start = data.startswith((b"---", b"\xef\xbb\xbf---"))
    document = yaml.load(data.decode("utf-8-sig"))
    apps = document.get("apps")
    if not apps:
        apps = document["apps"] = CommentedMap()
    for key, version in versions.items():
        if key in apps:
            if str(apps[key]) != version:
                apps[key] = _like(apps[key], version)
        else:
            place = next((i for i, other in enumerate(apps) if other > key), len(apps))
            apps.insert(place, key, _like("", version))
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue().encode()


def without_versions(data: bytes, keys: Collection[str]) -> bytes:
    """A release file without the versions of some apps (`team/app`); everything else stays as it is written."""
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.explicit_start = data.startswith((b"---", b"\xef\xbb\xbf---"))
    document = yaml.load(data.decode("utf-8-sig"))
    apps = document.get("apps") or {}
    gone = [key for key in apps if key in keys]
    if not gone:
        return data
    for key in gone:
        del apps[key]
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue().encode()


def _like(old: Any, version: str) -> str:
    """`version` in the quotes of the value it replaces, or in double quotes where plain text would be misread."""
    if isinstance(old, ScalarString):
        quoted: str = type(old)(version)
        return quoted
    return version if _is_text(version) else DoubleQuotedScalarString(version)


def _is_text(version: str) -> bool:
    """Whether `version`, unquoted, is read as the same text (`1.10` is a number, `1e3` too, `1.10.0` is not)."""
    try:
        documents = load_documents(f"v: {version}\n".encode(), "version")
    except DiagnosticError:
        return False
    return [d.value for d in documents] == [{"v": version}]
