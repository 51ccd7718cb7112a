"""Release files: `releases/<environment>/<team>.yaml`, the image versions of one team's apps in one environment.

A file belongs to its team, so whatever is wrong in it is a problem of that team alone: a wrong entry of its own app, a
file that cannot be read of all its apps, both in that environment only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.model.release import Release
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from sixfold_compiler.yaml.loader import Document

__all__ = [
    "FOLDER",
    "MAX_FILE",
    "ReleaseFile",
    "Releases",
    "astray_releases",
    "load_release",
    "parse_release",
    "read_release",
    "read_releases",
    "release_path",
    "shared_files",
    "without_owner",
]

FOLDER = "releases"
MAX_FILE = 1024 * 1024  # bytes; the loader's own limits are lower, this one only bounds the read
_ENTRIES = ("apps", "back")
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """The release file of a team in an environment.

    `versions` are the valid image versions by `team/app`, and `spans` their places. `back` are the versions that apps
    may leave for an older one or for none. `refused` are the team's apps with a wrong entry; if the file is `unread`,
    none of its entries is known. `problems` are the reasons for both.
    """

    name: str
    environment: str
    team: str
    versions: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    unread: bool = False
    problems: tuple[Diagnostic, ...] = ()

    def refuses(self, key: str) -> bool:
        """Return whether the version of an app (`team/app`) is not known, because the file or its entry is wrong."""
        return self.unread or key in self.refused


Releases = dict[str, dict[str, ReleaseFile]]  # by environment and team


def release_path(environment: str, team: str) -> str:
    """Return the path of a team's release file in an environment, relative to a deploy repo."""
    return f"{FOLDER}/{environment}/{team}.yaml"


def shared_files(root: Path) -> list[Path]:
    """Return the release files without an owner, `releases/<environment>.yaml`, which earlier versions wrote."""
    return sorted(path for path in (root / FOLDER).glob("*.yaml") if path.is_file() or path.is_symlink())


def without_owner(root: Path, shown: Callable[[Path], str]) -> list[Diagnostic]:
    """Return an SF226 for each release file without an owner."""
    return [
        Diagnostic(
            "SF226",
            f"the release file {path.name} has the versions of all teams, so none of them owns it",
            Span(shown(path), 1, 1),
            f"run `sixfold split`: it moves the versions to {FOLDER}/{path.stem}/<team>.yaml and deletes the file",
        )
        for path in shared_files(root)
    ]


def read_releases(root: Path, shown: Callable[[Path], str], teams: Collection[str] | None = None) -> Releases:
    """Read the release files below a root, by environment and team. Wrong ones say in `problems` what is wrong.

    Args:
        root: The folder that contains `releases/`.
        shown: Returns the path of a file in diagnostics.
        teams: The teams whose files are read; None: all.

    Raises:
        DiagnosticError: SF226, a release file has no owner; SF111, a folder cannot be read. Nothing can be compiled
            without these versions.
    """
    if problems := without_owner(root, shown):
        raise DiagnosticError(problems)
    releases: Releases = {}
    top = root / FOLDER
    for folder in sorted(path for path in top.glob("*/")):
        prefix = shown(folder)
        # A file directly in a folder that is no link needs no search for links above it.
        confined = root if folder.is_symlink() or top.is_symlink() else folder
        for name in _names(folder, prefix):
            team, ending = os.path.splitext(name)  # noqa: PTH122 - a name, not a path; there are many
            if ending.lower() in _YAML and (teams is None or team in teams):
                release = read_release(folder / name, confined, f"{prefix}/{name}")
                files = releases.setdefault(release.environment, {})
                other = files.get(team)
                files[team] = release if other is None or release.unread else other
    return releases


def astray_releases(root: Path, shown: Callable[[Path], str]) -> Iterator[Diagnostic]:
    """Warn about YAML files below `releases/` that nobody reads, because they are in no folder of an environment.

    No app fails because of such a file: its path does not say who may write it. Links are not followed.

    Args:
        root: The folder that contains `releases/`.
        shown: Returns the path of a file in diagnostics.
    """
    top = root / FOLDER
    for entry, folders, files in os.walk(top):
        place = Path(entry)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        depth = len(place.relative_to(top).parts)
        for name in sorted(files) if depth != 1 else ():
            team, ending = os.path.splitext(name)  # noqa: PTH122 - as in `read_releases`
            if ending.lower() in _YAML and (depth or ending != ".yaml"):  # SF226 has those without an owner
                environment = place.relative_to(top).parts[0] if depth else "<environment>"
                text = f"the release file {name} is not read: it is not directly in the folder of an environment"
                where = f"move it to {release_path(environment, team if depth else '<team>')}, or delete it"
                yield Diagnostic("SF202", text, Span(shown(place / name), 1, 1), where, severity="warning")


def _names(folder: Path, shown: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths; there are many
    except OSError as error:
        hint = "make the folder readable: versions in it would otherwise count as lost"
        text = f"cannot read the folder: {unreadable(error)}"
        raise DiagnosticError(Diagnostic("SF111", text, Span(shown), hint)) from None


def read_release(file: Path, root: Path, name: str) -> ReleaseFile:
    """Read the release file of a team. `problems` of the result says what is wrong in it.

    Args:
        file: The file, named after its team, in the folder of its environment.
        root: The folder that must contain the file.
        name: The path in diagnostics.
    """
    environment, team = file.parent.name, file.stem
    problems: tuple[Diagnostic, ...]
    try:
        if file.suffix == ".yaml":
            document = parse_release(read_confined(file, root, MAX_FILE), name)
            return _release(document, name, environment, team)
        text = f"the file {file.name} is not read, because the name of a release file ends in .yaml"
        problems = (Diagnostic("SF202", text, Span(name), f"rename it to {team}.yaml"),)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the release file: {unreadable(error)}"
        problems = (Diagnostic("SF111", text, Span(name), "make it a readable file"),)
    except DiagnosticError as error:
        problems = error.diagnostics
    return ReleaseFile(name, environment, team, unread=True, problems=tuple(d.of(f"{team}/*") for d in problems))


def load_release(file: Path, root: Path, name: str) -> ReleaseFile:
    """Read the release file of a team, for a command that changes it.

    Raises:
        DiagnosticError: SF1xx, the file cannot be read or is not YAML; SF202, it or an entry is not valid; SF227, an
            entry belongs to another team.
    """
    release = read_release(file, root, name)
    if release.problems:
        raise DiagnosticError(release.problems)
    return release


def parse_release(data: bytes, name: str) -> Document:
    """Return the only document of a release file, which is not validated yet.

    Raises:
        DiagnosticError: SF1xx, the bytes are not YAML; SF202, they are not one document.
    """
    documents = load_documents(data, name)
    if len(documents) != 1:
        text = f"the release file has {len(documents)} documents instead of one" if documents else "the file is empty"
        hint = "write one document of kind Release; `sixfold schema release` lists its fields"
        raise DiagnosticError(Diagnostic("SF202", text, Span(name, 1, 1), hint))
    return documents[0]


def _release(document: Document, name: str, environment: str, team: str) -> ReleaseFile:
    """Validate a release file and return it without its wrong entries.

    Raises:
        DiagnosticError: SF202, more than single entries is wrong.
    """
    value = document.record
    problems: list[Diagnostic] = []
    refused: set[str] = set()
    try:
        release = Release.model_validate(document.value)
    except ValidationError as error:
        wrong = _wrong_entries(error)
        if wrong is None:
            raise DiagnosticError(diagnose(error, Release, document.value, document.span, code="SF202")) from None
        problems += _of_entries(document, wrong, team)
        refused |= {key for key in wrong if key.startswith(f"{team}/")}
        kept = {part: {k: v for k, v in value.get(part, {}).items() if k not in wrong} for part in _ENTRIES}
        release = Release.model_validate({**value, **kept})
    if release.environment != environment:
        text = f"the file {environment}/{team}.yaml is a release file of environment {release.environment!r}"
        hint = f"move it to {release_path(release.environment, team)}, or correct the environment"
        raise DiagnosticError(Diagnostic("SF202", text, document.span(("environment",)), hint))
    problems += _of_others(document, release, team)
    own = {key: version for key, version in release.apps.items() if key.partition("/")[0] == team}
    spans = {key: document.span(("apps", key)) for key in own}
    return ReleaseFile(name, environment, team, own, spans, release.back, frozenset(refused), problems=tuple(problems))


def _wrong_entries(error: ValidationError) -> frozenset[str] | None:
    """Return the keys of the entries that pydantic rejects; None if it rejects anything else."""
    places = [item["loc"] for item in error.errors(include_url=False, include_context=False)]
    if all(len(place) > 1 and place[0] in _ENTRIES for place in places):
        return frozenset(str(place[1]) for place in places)
    return None


def _of_entries(document: Document, wrong: Collection[str], team: str) -> Iterator[Diagnostic]:
    """Yield the problems of wrong entries, each as a problem of the team's app that it names, or else of the team."""
    value = document.record
    for key in sorted(wrong):
        alone = {part: {key: value[part][key]} for part in _ENTRIES if key in value.get(part, {})}
        try:
            Release.model_validate({**{k: v for k, v in value.items() if k not in _ENTRIES}, **alone})
        except ValidationError as error:
            app = key if key.startswith(f"{team}/") else f"{team}/*"
            yield from diagnose(error, Release, value, document.span, code="SF202", app=app)


def _of_others(document: Document, release: Release, team: str) -> Iterator[Diagnostic]:
    """Yield an SF227 for each entry of another team's app. It has no effect."""
    for part in _ENTRIES:
        for key in getattr(release, part):
            owner = key.partition("/")[0]
            if owner != team:
                text = f"{part}.{key} is in the release file of team {team}, but the app is one of team {owner}"
                hint = (
                    f"remove the line: the versions of team {owner} are in {release_path(release.environment, owner)}"
                )
                yield Diagnostic("SF227", text, document.span((part, key)), hint, app=f"{team}/*")
