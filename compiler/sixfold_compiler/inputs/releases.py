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
    from sixfold_compiler.inputs.release_files import ReleaseFile
    from sixfold_compiler.inputs.sources import ManifestFile, Sources
    from sixfold_compiler.yaml.loader import Document

__all__ = [
    "Version",
    "new_release",
    "refused_in",
    "release_of",
    "split_by_team",
    "unknown_releases",
    "versions_of",
    "with_versions",
    "without_versions",
]

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


def with_versions(data: bytes, versions: Mapping[str, str], back: Mapping[str, str] | None = None) -> bytes:
    """Return a release file with the versions of some apps set. The rest of the text does not change.

    A new app is inserted before the first app that sorts after it.

    Args:
        data: The bytes of a valid release file.
        versions: The new image versions by `team/app`.
        back: The versions that apps leave for an older one. The file allows it for these apps, and for no other of
            `versions` any more.
    """
    document = _document(data)
    apps, allowed = (_section(document, part) for part in ("apps", "back"))
    if any(apps.get(k) != v for k, v in versions.items()):
        data = _changed(data, "apps", {**apps, **versions})
    wanted = {key: version for key, version in allowed.items() if key not in versions} | dict(back or {})
    return data if wanted == allowed else _changed(data, "back", wanted)


def without_versions(data: bytes, keys: Collection[str]) -> bytes:
    """Return a release file without the entries of some apps (`team/app`). The rest of the text does not change."""
    for part in ("apps", "back"):
        entries = _section(_document(data), part)
        left = {key: version for key, version in entries.items() if key not in keys}
        data = _changed(data, part, left) if len(left) < len(entries) else data
    return data


def split_by_team(data: bytes) -> dict[str, bytes]:
    """Return a release file of each team with versions in a file of several teams.

    The lines above an entry stay with it, and the head of the file is in each. A file that does not have each entry on
    a line of its own is rewritten, and then keeps comments where possible.
    """
    document = _document(data)
    apps, back = (_section(document, part) for part in ("apps", "back"))
    files = {}
    for team in sorted({key.partition("/")[0] for key in (*apps, *back)}):
        own = {key: version for key, version in apps.items() if key.partition("/")[0] == team}
        if not back and _means(part := _lines_of(data, document, own), document, "apps", own):
            files[team] = part
        else:
            others = [key for key in (*apps, *back) if key.partition("/")[0] != team]
            files[team] = without_versions(data, others)
    return files


def _lines_of(data: bytes, document: Document, own: Collection[str]) -> bytes:
    """Return the head of the file, and the lines of some apps with the lines above them.

    Comments after the last app stay with it.
    """
    lines = _LINE.findall(data.decode("utf-8-sig"))
    kept = lines[: document.span(("apps",)).line]
    start, key = len(kept), ""
    for key in _section(document, "apps"):
        end = document.value_span(("apps", key)).line
        kept += lines[start:end] if key in own else ()
        start = end
    tail = lines[start:]
    if key in own or any(line.strip() and not line.lstrip().startswith("#") for line in tail):
        kept += tail
    return "".join(kept).encode()


def _document(data: bytes) -> Document:
    (document,) = load_documents(data, "release")
    return document


def _section(document: Document, part: str) -> dict[str, str]:
    return dict(document.record.get(part, {}))


def _changed(data: bytes, part: str, wanted: Mapping[str, str]) -> bytes:
    """Return the file with exactly the wanted entries: edited line by line if that proves correct, else rewritten."""
    edited = _edited(data, part, wanted)
    return edited if _means(edited, _document(data), part, wanted) else _rewritten(data, part, wanted)


def _means(data: bytes, document: Document, part: str, wanted: Mapping[str, str]) -> bool:
    """Return whether the bytes are one document with the data of another one, but for the entries of one part."""
    meant = {**document.record, part: wanted}
    if part == "back" and not wanted:
        del meant[part]
    try:
        return [document.value for document in load_documents(data, "release")] == [meant]
    except DiagnosticError:
        return False


def _edited(data: bytes, part: str, wanted: Mapping[str, str]) -> bytes:
    """Edit the lines of the file, assuming that each entry is on its own line. The caller must check the result."""
    document, text = _document(data), data.decode("utf-8-sig")
    entries, lines = _section(document, part), _LINE.findall(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    order = list(entries)
    places = [document.value_span((part, key)) for key in order]
    new = sorted(wanted.keys() - entries.keys()) if order else []
    if (new or not order) and lines and not text.endswith(("\r", "\n")):
        lines[-1] += ending
    for key, place in zip(order, places, strict=True):
        line, start, end = lines[place.line - 1], place.column - 1, place.column - 1 + place.length
        if key not in wanted:
            lines[place.line - 1] = ""
        elif wanted[key] != entries[key]:
            lines[place.line - 1] = line[:start] + _written(wanted[key], line[start:end]) + line[end:]
    head = document.span((part,))
    if order and not wanted:
        line, key_end = lines[head.line - 1], head.column - 1 + len(f"{part}:")
        lines[head.line - 1] = "" if part == "back" else line[:key_end] + " {}" + line[key_end:]
    if part == "back" and part not in document.record:
        added = (f"  {key}: {_written(wanted[key])}{ending}" for key in sorted(wanted))
        lines.append(f"{part}:{ending}{''.join(added)}")
    above = [head.line - 1, *(place.line - 1 for place in places)]
    for key in new:
        number = next((i for i, other in enumerate(order) if other > key), len(order))
        indent = " " * (document.span((part, order[0])).column - 1)
        lines[above[number]] += f"{indent}{key}: {_written(wanted[key])}{ending}"
    return (_BOM if data.startswith(_BOM) else b"") + "".join(lines).encode()


def _rewritten(data: bytes, part: str, wanted: Mapping[str, str]) -> bytes:
    """Rewrite the file with the wanted entries, keeping comments and quotes where possible."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a command that writes needs it
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = sys.maxsize  # a line is never broken
    yaml.explicit_start = data.startswith((b"---", _BOM + b"---"))
    document = yaml.load(data.decode("utf-8-sig"))
    apps = document.get(part)
    if not apps or not wanted:
        # A comment between the key and an empty map would make it null.
        document.ca.items.pop(part, None)
        apps = document[part] = CommentedMap()
        if part == "back" and not wanted:
            del document[part]
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


def release_of(sources: Sources, manifest: ManifestFile, environment: str) -> ReleaseFile | None:
    """Return the release file of a manifest's team in an environment; None if there is none."""
    if manifest.key is None:
        return None
    return sources.releases.get(manifest.root, {}).get(environment, {}).get(manifest.key.team)


def versions_of(sources: Sources, manifest: ManifestFile) -> dict[str, Version]:
    """Return the image versions of a manifest's app, by environment."""
    key, versions = str(manifest.key), {}
    for environment in sources.releases.get(manifest.root, {}):
        release = release_of(sources, manifest, environment)
        if release is not None and key in release.versions:
            versions[environment] = Version(release.versions[key], release.spans[key])
    return versions


def refused_in(sources: Sources, manifest: ManifestFile) -> frozenset[str]:
    """Return the environments in which the release entry of a manifest's app is wrong, so that no version is known."""
    key, environments = str(manifest.key), sources.releases.get(manifest.root, {})
    files = ((environment, release_of(sources, manifest, environment)) for environment in environments)
    return frozenset(environment for environment, file in files if file is not None and file.refuses(key))


def unknown_releases(fleet: FleetInput, sources: Sources) -> Iterator[Diagnostic]:
    """Warn about release files of environments and teams that the fleet does not have (SF202)."""
    environments, teams = fleet.model.environments, fleet.model.teams
    for releases in sources.releases.values():
        for environment, files in releases.items():
            for team, release in files.items():
                if environment not in environments:
                    text, hint = f"the environment {environment!r}", suggest(environment, environments)
                elif team not in teams:
                    text, hint = f"the team {team!r}", suggest(team, teams)
                else:
                    continue
                text = f"the release file {release.name} is of {text}, which is not in the fleet"
                yield Diagnostic("SF202", text, Span(release.name, 1, 1), hint, severity="warning")
