"""Loading a manifest file: its documents, and the team and app that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.model.app import App, Metadata
from sixfold_compiler.model.validation import diagnose, is_omission
from sixfold_compiler.yaml.loader import Document, load_documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["load_app", "peek_key"]


def load_app(
    data: bytes, file: str, key: str = "", teams: Collection[str] = ()
) -> tuple[Metadata, tuple[Document, ...]]:
    """Who the manifest is about, and all documents of its file (the first is the manifest).

    An override is a part of a spec, so what it leaves out is judged after merging, not here. `teams` are the fleet's,
    where its metadata is to be held against them.

    Raises:
        DiagnosticError: SF1xx (YAML), SF204 (not a valid manifest), SF205 (an unknown team), SF207 (it stands
            under another name).
    """
    documents = load_documents(data, file)
    if not documents or not isinstance(documents[0].value, dict):
        raise DiagnosticError(
            Diagnostic(
                "SF204",
                "no manifest in the file",
                Span(file, 1, 1),
                "begin with apiVersion: sixfold.dev/v1 and kind: App, or try `sixfold init app`",
            )
        )
    head = documents[0]
    try:
        App.model_validate(head.value)
    except ValidationError as error:
        found = diagnose(error, App, head.value, head.span, code="SF204", app=key, ignore=_partial,
                         value_span=head.value_span)  # fmt: skip
        if found:
            raise DiagnosticError(found) from None
    metadata = Metadata.model_validate(head.record["metadata"])
    own = f"{metadata.team}/{metadata.name}"
    if teams and metadata.team not in teams:  # before its place is judged: the file may stand just where it should
        place, close = head.value_span(("metadata", "team")), suggest(metadata.team, teams)
        text = f"the team {metadata.team!r} is not in the fleet"
        raise DiagnosticError(Diagnostic("SF205", text, place, close, app=key or own))
    if key and own != key:
        raise DiagnosticError(
            Diagnostic(
                "SF207",
                f"the manifest of {own} stands at apps/{key}.yaml",
                head.span(("metadata",)),
                f"move it to apps/{own}.yaml, or correct metadata.team and metadata.name",
                app=key,
            )
        )
    return metadata, documents


def peek_key(data: bytes, name: str) -> str:
    """The `team/app` that a manifest outside apps/ says it is; empty when it cannot be told."""
    try:
        metadata, _ = load_app(data, name)
    except DiagnosticError:
        return ""
    return f"{metadata.team}/{metadata.name}"


def _partial(kind: str, path: ValuePath) -> bool:
    return is_omission(kind, path) and path[:2] == ("spec", "overrides") and path[3:4] == ("spec",)
