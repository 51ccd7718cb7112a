"""`tombstones.yaml` beside the fleet: read strictly, and written back as a careful person would write it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.model.tombstone import TOO_WIDE, Tombstones
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sixfold_compiler.model.tombstone import Tombstone

__all__ = [
    "FILE",
    "Approval",
    "TombstoneFile",
    "TombstoneScope",
    "approve",
    "load_tombstones",
    "parse_tombstones",
    "with_tombstones",
]

FILE = "tombstones.yaml"
MAX_FILE = 1024 * 1024  # bytes
WIDE = 10_000  # characters; a line is never broken
HEAD = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones: []\n"


@dataclass(frozen=True, slots=True)
class TombstoneFile:
    """Every tombstone, in the order of the file, and where each is written."""

    entries: tuple[Tombstone, ...] = ()
    spans: tuple[Span, ...] = ()

    def span(self, stone: Tombstone) -> Span | None:
        """Where that tombstone is."""
        return next((s for one, s in zip(self.entries, self.spans, strict=True) if one is stone or one == stone), None)


def load_tombstones(folder: Path, name: str) -> TombstoneFile:
    """The tombstones in the fleet's `folder`, which is called `name` in diagnostics; none where there is no file.

    Raises:
        DiagnosticError: SF1xx (it cannot be loaded), SF310 (an entry that would approve too much), SF311 (a wrong
            field).
    """
    path, shown = folder / FILE, f"{name}/{FILE}"
    if not path.exists() and not path.is_symlink():
        return TombstoneFile()
    try:
        data = read_confined(path, folder, MAX_FILE)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the tombstones: {unreadable(error)}"
        raise DiagnosticError(Diagnostic("SF111", text, Span(shown))) from None
    return parse_tombstones(data, shown)


def parse_tombstones(data: bytes, shown: str) -> TombstoneFile:
    """The tombstones in the file's bytes, which is called `shown` in diagnostics.

    Raises:
        DiagnosticError: As `load_tombstones`.
    """
    documents = load_documents(data, shown)
    if len(documents) != 1:
        text = "the file holds exactly one document" if documents else "the file is empty"
        hint = "begin it with apiVersion: sixfold.dev/v1 and kind: Tombstones, or delete it"
        raise DiagnosticError(Diagnostic("SF311", text, Span(shown, 1, 1), hint))
    document = documents[0]
    try:
        value = Tombstones.model_validate(document.value)
    except ValidationError as error:
        found = diagnose(error, Tombstones, document.value, document.span, code="SF311")
        raise DiagnosticError(_wide(d) if TOO_WIDE in d.message else d for d in found) from None
    spans = tuple(document.span(("tombstones", index)) for index in range(len(value.tombstones)))
    return TombstoneFile(tuple(value.tombstones), spans)


def _wide(found: Diagnostic) -> Diagnostic:
    return Diagnostic("SF310", found.message, found.span, "say which team, cluster or Argo CD instance may lose it")


def with_tombstones(data: bytes | None, stones: Iterable[Mapping[str, str]]) -> bytes:
    """The file with more tombstones at its end; comments, order and quotes of the others stay.

    The file, where there is one (`data`), must be valid.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a command that writes needs it
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = (data or HEAD.encode()).decode("utf-8-sig")
    yaml.explicit_start = text.startswith("---")
    document: Any = yaml.load(text)
    entries = document.get("tombstones")
    if not entries:
        # An empty list is written in the style of flow, `[]`; what is put into it is not.
        entries = document["tombstones"] = CommentedSeq()
    for stone in stones:
        entries.append(CommentedMap((k, v if _plain(v) else DoubleQuotedScalarString(v)) for k, v in stone.items()))
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue().encode()


def _plain(value: str) -> bool:
    """Whether the text, unquoted, is read as the same text."""
    try:
        documents = load_documents(f"v: {value}\n".encode(), FILE)
    except DiagnosticError:
        return False
    return "\n" not in value and [d.value for d in documents] == [{"v": value}]


@dataclass(frozen=True, slots=True)
class TombstoneScope:
    """The objects that a tombstone covers; an empty name covers all."""

    environment: str = ""
    data_center: str = ""
    cluster: str = ""
    team: str = ""
    app: str = ""

    @classmethod
    def of(cls, tombstone: Tombstone) -> TombstoneScope | None:
        """Return the scope of a tombstone, or None if the tombstone covers single objects or Argo CD's."""
        if tombstone.instance or tombstone.kind or tombstone.name:
            return None
        names = (tombstone.environment, tombstone.data_center, tombstone.cluster, tombstone.team, tombstone.app)
        return cls(*(name or "" for name in names))

    def to_record(self) -> dict[str, str]:
        """Return the names that are not empty, with the keys of the file."""
        names = {"environment": self.environment, "dataCenter": self.data_center, "cluster": self.cluster}
        return {key: name for key, name in {**names, "team": self.team, "app": self.app}.items() if name}


@dataclass(frozen=True, slots=True)
class Approval:
    """The person who approves a deletion, the reason, and the last day (ISO) of the approval."""

    approved_by: str
    reason: str
    until: str


def approve(
    file: TombstoneFile, data: bytes | None, scopes: Iterable[TombstoneScope], approval: Approval
) -> bytes | None:
    """Return the tombstones' file with an approval of each scope, or None if all are approved for as long.

    Args:
        file: The tombstones of the fleet.
        data: The bytes of their file; None without a file.
        scopes: The deletions to approve. A tombstone of the same scope that ends earlier does not count.
        approval: The signature of the new tombstones.
    """
    approved = {(TombstoneScope.of(entry), entry.until) for entry in file.entries}
    new = [s for s in scopes if not any(scope == s and until >= approval.until for scope, until in approved)]
    if not new:
        return None
    signature = {"approvedBy": approval.approved_by, "reason": approval.reason, "until": approval.until}
    return with_tombstones(data, [scope.to_record() | signature for scope in new])
