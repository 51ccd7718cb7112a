"""The file `tombstones.yaml` beside the fleet: strict parsing, and additions that keep the existing text."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, replace
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
HEAD = "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones: []\n"


@dataclass(frozen=True, slots=True)
class TombstoneFile:
    """All tombstones in the order of the file, with the source position of each."""

    entries: tuple[Tombstone, ...] = ()
    spans: tuple[Span, ...] = ()

    def span(self, tombstone: Tombstone) -> Span | None:
        """Return the source position of a tombstone; None if it is not in the file."""
        return next((s for entry, s in zip(self.entries, self.spans, strict=True) if entry == tombstone), None)


def load_tombstones(folder: Path, name: str) -> TombstoneFile:
    """Read the tombstones of a fleet; return none if there is no file.

    Args:
        folder: The folder of the fleet.
        name: The name of the folder in diagnostics.

    Raises:
        DiagnosticError: SF1xx (the file cannot be read, or is not YAML), SF310 (an entry without a scope, which would
            approve any deletion), SF311 (a wrong field).
    """
    path, shown = folder / FILE, f"{name}/{FILE}"
    if not path.exists() and not path.is_symlink():
        return TombstoneFile()
    try:
        data = read_confined(path, folder, MAX_FILE)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the tombstones: {unreadable(error)}"
        raise DiagnosticError(Diagnostic("SF111", text, Span(shown), "make it a readable file")) from None
    return parse_tombstones(data, shown)


def parse_tombstones(data: bytes, shown: str) -> TombstoneFile:
    """Parse the bytes of a tombstone file; `shown` is its path in diagnostics.

    Raises:
        DiagnosticError: With the codes of `load_tombstones`.
    """
    documents = load_documents(data, shown)
    if len(documents) != 1:
        text = f"the file has {len(documents)} documents instead of one" if documents else "the file is empty"
        hint = (
            "put all tombstones into one document"
            if documents
            else "begin the file with apiVersion: sixfold.dev/v1 and kind: Tombstones, or delete it"
        )
        raise DiagnosticError(Diagnostic("SF311", text, Span(shown, 1, 1), hint))
    document = documents[0]
    try:
        value = Tombstones.model_validate(document.value)
    except ValidationError as error:
        problems = diagnose(error, Tombstones, document.value, document.span, code="SF311")
        problems = [replace(d, code="SF310") if TOO_WIDE in d.message else d for d in problems]
        raise DiagnosticError(problems) from None
    spans = tuple(document.span(("tombstones", index)) for index in range(len(value.tombstones)))
    return TombstoneFile(tuple(value.tombstones), spans)


def with_tombstones(data: bytes | None, entries: Iterable[Mapping[str, str]]) -> bytes:
    """Return the tombstone file with tombstones added at its end. The existing text does not change.

    Args:
        data: The bytes of a valid file; None if there is no file.
        entries: The new tombstones, each as fields with values.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a command that writes needs it
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = sys.maxsize  # a line is never broken
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = (data or HEAD.encode()).decode("utf-8-sig")
    yaml.explicit_start = text.startswith("---")
    document: Any = yaml.load(text)
    written = document.get("tombstones")
    if not written:
        # An empty list has flow style, `[]`, which its new entries would inherit.
        written = document["tombstones"] = CommentedSeq()
    for entry in entries:
        written.append(CommentedMap((k, v if _plain(v) else DoubleQuotedScalarString(v)) for k, v in entry.items()))
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue().encode()


def _plain(value: str) -> bool:
    """Return whether YAML reads the unquoted text as the same string."""
    try:
        documents = load_documents(f"v: {value}\n".encode(), FILE)
    except DiagnosticError:
        return False
    return "\n" not in value and [d.value for d in documents] == [{"v": value}]


@dataclass(frozen=True, slots=True)
class TombstoneScope:
    """The scope of a tombstone: the things that it covers. An empty name matches everything."""

    environment: str = ""
    data_center: str = ""
    cluster: str = ""
    team: str = ""
    app: str = ""

    @classmethod
    def of(cls, tombstone: Tombstone) -> TombstoneScope | None:
        """Return the scope of a tombstone; None if it covers single objects or objects of Argo CD."""
        if tombstone.instance or tombstone.kind or tombstone.name or tombstone.leaves:
            return None
        names = (tombstone.environment, tombstone.data_center, tombstone.cluster, tombstone.team, tombstone.app)
        return cls(*(name or "" for name in names))

    def to_record(self) -> dict[str, str]:
        """Return the names that are not empty, by their keys in the file."""
        names = {"environment": self.environment, "dataCenter": self.data_center, "cluster": self.cluster}
        return {key: name for key, name in {**names, "team": self.team, "app": self.app}.items() if name}


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval of a deletion: the approver, the reason, and the last day (ISO date) on which it applies."""

    approved_by: str
    reason: str
    until: str


def approve(
    file: TombstoneFile, data: bytes | None, scopes: Iterable[TombstoneScope], approval: Approval
) -> bytes | None:
    """Return the tombstone file with an approval of each scope; None if all scopes are approved for as long already.

    Args:
        file: The tombstones of the fleet.
        data: The bytes of the tombstone file; None if there is no file.
        scopes: The deletions to approve. An existing tombstone that ends earlier does not count.
        approval: The approver, reason and last day of the new tombstones.
    """
    approved = {(TombstoneScope.of(entry), entry.until) for entry in file.entries}
    new = [s for s in scopes if not any(scope == s and until >= approval.until for scope, until in approved)]
    if not new:
        return None
    signature = {"approvedBy": approval.approved_by, "reason": approval.reason, "until": approval.until}
    return with_tombstones(data, [scope.to_record() | signature for scope in new])
