"""Image versions in release files: reading them, and editing them without changing comments, order and quotes.

An edit changes lines of text and then parses the result, which must be the intended data. A file in which several apps
share a line is rewritten completely.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.sources import ManifestFile, Sources
    from sixfold_compiler.yaml.loader import Document

__all__ = ["Version", "new_release", "unknown_releases", "versions_of", "with_versions", "without_versions"]

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class Version:
    """An image version in a release file, with its source position."""

    version: str
    span: Span


def new_release(environment: str) -> bytes:
    """Return the content of an empty release file for an environment."""
    return f"apiVersion: sixfold.dev/v1\nkind: Release\nenvironment: {environment}\napps: {{}}\n".encode()


def with_versions(data: bytes, versions: Mapping[str, str]) -> bytes:
    """Return a release file with the versions of some apps set. The rest of the text does not change.

    A new app is inserted before the first app that sorts after it.

    Args:
        data: The bytes of a valid release file.
        versions: The new image versions by `team/app`.
    """
    apps = _apps(_document(data))
    return _changed(data, {**apps, **versions}) if any(apps.get(k) != v for k, v in versions.items()) else data


def without_versions(data: bytes, keys: Collection[str]) -> bytes:
    """Return a release file without the versions of some apps (`team/app`). The rest of the text does not change."""
    apps = _apps(_document(data))
    left = {key: version for key, version in apps.items() if key not in keys}
    return _changed(data, left) if len(left) < len(apps) else data


def _document(data: bytes) -> Document:
    (document,) = load_documents(data, "release")
    return document


def _apps(document: Document) -> dict[str, str]:
    return dict(document.record.get("apps", {}))


def _changed(data: bytes, wanted: Mapping[str, str]) -> bytes:
    """Return the file with exactly the wanted versions: edited line by line if that proves correct, else rewritten."""
    edited, meant = _edited(data, wanted), {**_document(data).record, "apps": wanted}
    try:
        proven = [document.value for document in load_documents(edited, "release")] == [meant]
    except DiagnosticError:
        proven = False
    return edited if proven else _rewritten(data, wanted)


def _edited(data: bytes, wanted: Mapping[str, str]) -> bytes:
    """Edit the lines of the file, assuming that each app is on its own line. The caller must check the result."""
    document, text = _document(data), data.decode("utf-8-sig")
    apps, lines = _apps(document), _LINE.findall(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    head, order = document.span(("apps",)), list(apps)
    places = [document.value_span(("apps", key)) for key in order]
    new = sorted(wanted.keys() - apps.keys()) if order else []
    if new and not text.endswith(("\r", "\n")):
        lines[-1] += ending
    for key, place in zip(order, places, strict=True):
        line, start, end = lines[place.line - 1], place.column - 1, place.column - 1 + place.length
        if key not in wanted:
            lines[place.line - 1] = ""
        elif wanted[key] != apps[key]:
            lines[place.line - 1] = line[:start] + _written(wanted[key], line[start:end]) + line[end:]
    if order and not wanted:
        key_end = head.column - 1 + len("apps:")
        lines[head.line - 1] = lines[head.line - 1][:key_end] + " {}" + lines[head.line - 1][key_end:]
    above = [head.line - 1, *(place.line - 1 for place in places)]
    for key in new:
        number = next((i for i, other in enumerate(order) if other > key), len(order))
        indent = " " * (document.span(("apps", order[0])).column - 1)
        lines[above[number]] += f"{indent}{key}: {_written(wanted[key])}{ending}"
    return (_BOM if data.startswith(_BOM) else b"") + "".join(lines).encode()


def _rewritten(data: bytes, wanted: Mapping[str, str]) -> bytes:
    """Rewrite the file with the wanted versions, keeping comments and quotes where possible."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a command that writes needs it
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = sys.maxsize  # a line is never broken
    yaml.explicit_start = data.startswith((b"---", _BOM + b"---"))
    document = yaml.load(data.decode("utf-8-sig"))
    apps = document.get("apps")
    if not apps or not wanted:
        # A comment between the key and an empty map would make it null.
        document.ca.items.pop("apps", None)
        apps = document["apps"] = CommentedMap()
    for key in [key for key in apps if key not in wanted]:
        del apps[key]
    for key, version in wanted.items():
        if key not in apps:
            place = next((i for i, other in enumerate(apps) if other > key), len(apps))
            apps.insert(place, key, _scalar("", version))
        elif str(apps[key]) != version:
            apps[key] = _scalar(apps[key], version)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue().encode()


def _scalar(old: Any, version: str) -> str:
    """Return `version` in the quotes of the replaced value, or in double quotes if YAML would misread it."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString  # noqa: PLC0415 - as above

    if isinstance(old, ScalarString):
        quoted: str = type(old)(version)
        return quoted
    return version if _is_text(version) else DoubleQuotedScalarString(version)


def _written(version: str, old: str = "") -> str:
    """Return `version` as YAML text, in the quotes of the replaced text, or in double quotes if it needs them."""
    quote = old[0] if old[:1] in ("'", '"') else "" if _is_text(version) else '"'
    return f"{quote}{version}{quote}"


def _is_text(version: str) -> bool:
    """Return whether YAML reads an unquoted version as text. `1.10` and `1e3` are numbers; `1.10.0` is text."""
    try:
        documents = load_documents(f"v: {version}\n".encode(), "version")
    except DiagnosticError:
        return False
    return [d.value for d in documents] == [{"v": version}]


def versions_of(sources: Sources, manifest: ManifestFile) -> dict[str, Version]:
    """Return the image versions of a manifest's app, by environment."""
    key, versions = str(manifest.key), {}
    for environment, release in sources.releases.get(manifest.root, {}).items():
        if key in release.versions:
            versions[environment] = Version(release.versions[key], release.spans[key])
    return versions


def unknown_releases(fleet: FleetInput, sources: Sources) -> Iterator[Diagnostic]:
    """Warn about release files of environments that the fleet does not have (SF202)."""
    known = fleet.model.environments
    for releases in sources.releases.values():
        for name, release in releases.items():
            if name not in known:
                text = f"the release file {name}.yaml belongs to no environment of the fleet"
                yield Diagnostic("SF202", text, Span(release.name, 1, 1), suggest(name, known), severity="warning")
