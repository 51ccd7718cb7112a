"""Read manifests: the bytes of a file, the app that the file belongs to, and its YAML documents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.inputs.sources import MAX_FILE
from sixfold_compiler.model.validation import diagnose, is_omission
from sixfold_compiler.yaml.loader import Document, load_documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from sixfold_compiler.diagnostics import ValuePath
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.model.addresses import AppKey
    from sixfold_compiler.model.app import Metadata

__all__ = ["ManifestText", "load_app", "read_manifest"]


@dataclass(frozen=True, slots=True)
class ManifestText:
    """A manifest file and its bytes. `file.key` is None if neither its path nor its content names an app."""

    file: ManifestFile
    data: bytes

    @property
    def label(self) -> str:
        """The app if it is known, else the name of the file, for diagnostics."""
        return str(self.file.key or self.file.name)


def read_manifest(file: ManifestFile) -> ManifestText:
    """Read a manifest file. For a file outside of `apps/`, the app is taken from its metadata.

    Raises:
        DiagnosticError: SF111, the file cannot be read.
    """
    try:
        data = read_confined(file.path, file.path.parent, MAX_FILE)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the manifest: {unreadable(error)}"
        hint = f"make it a readable file of at most {MAX_FILE // 1024} KiB; large text belongs in files of spec.config"
        label = str(file.key or file.name)
        raise DiagnosticError(Diagnostic("SF111", text, Span(file.name), hint, app=label)) from None
    return ManifestText(file if file.key else replace(file, key=_stated_key(data, file.name)), data)


def load_app(
    data: bytes, file: str, key: AppKey | None = None, teams: Collection[str] = ()
) -> tuple[Metadata, tuple[Document, ...]]:
    """Validate a manifest; return its metadata and all documents of its file. The first document is the manifest.

    Overrides are partial specs, so missing fields in them are checked only after merging.

    Args:
        data: The bytes of the file.
        file: The name of the file in diagnostics.
        key: The app that the path of the file names; None if it names none.
        teams: The teams of the fleet. If empty, the team is not checked.

    Raises:
        DiagnosticError: SF1xx (YAML), SF204 (not a valid manifest), SF205 (an unknown team), SF207 (the manifest of
            another app than `key`).
    """
    from sixfold_compiler.model.app import App, Metadata  # noqa: PLC0415 - takes 20 ms; most compiles load no app

    documents = load_documents(data, file)
    if not documents or not isinstance(documents[0].value, dict):
        raise DiagnosticError(
            Diagnostic(
                "SF204",
                "the file contains no manifest",
                Span(file, 1, 1),
                "begin the file with apiVersion: sixfold.dev/v1 and kind: App, or create one with `sixfold init app`",
            )
        )
    head = documents[0]
    label = str(key or "")
    try:
        App.model_validate(head.value)
    except ValidationError as error:
        problems = diagnose(error, App, head.value, head.span, code="SF204", app=label, ignore=_partial,
                            value_span=head.value_span)  # fmt: skip
        if problems:
            raise DiagnosticError(problems) from None
    metadata = Metadata.model_validate(head.record["metadata"])
    own = metadata.key
    if teams and metadata.team not in teams:  # before its place is judged: the file may be in the right one
        place, close = head.value_span(("metadata", "team")), suggest(metadata.team, teams)
        text = f"the team {metadata.team!r} is not in the fleet"
        raise DiagnosticError(Diagnostic("SF205", text, place, close, app=label or str(own)))
    if key and own != key:
        raise DiagnosticError(
            Diagnostic(
                "SF207",
                f"the manifest of {own} is in the file of another app, apps/{key}.yaml",
                head.span(("metadata",)),
                f"move it to apps/{own}.yaml, or correct metadata.team and metadata.name",
                app=label,
            )
        )
    return metadata, documents


def _stated_key(data: bytes, name: str) -> AppKey | None:
    """Return the app that a manifest's metadata names; None if the manifest is not valid."""
    try:
        metadata, _ = load_app(data, name)
    except DiagnosticError:
        return None
    return metadata.key


def _partial(kind: str, path: ValuePath) -> bool:
    return is_omission(kind, path) and path[:2] == ("spec", "overrides") and path[3:4] == ("spec",)
