"""Records of the apps of one compile, and of what is rendered for the platform."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.inventory import AppRecord, FileEntry
    from sixfold_compiler.ownership.addresses import Facts

__all__ = ["AppSet", "AppState", "Rendered"]


@dataclass(slots=True)
class AppState:
    """An app in this run.

    `records` and `before` are what the tree has of it, `files` what it will have; `prepared` is set when it must be
    rendered. An app without a manifest was not selected, and stays as it is.
    """

    key: str
    manifest: ManifestFile | None = None
    source: str = ""
    records: dict[Cell, AppRecord] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    before: dict[str, FileEntry] = field(default_factory=dict)
    prepared: Prepared | None = None
    facts: dict[Cell, Facts] = field(default_factory=dict)
    objects: dict[Cell, frozenset[str]] = field(default_factory=dict)  # what it was rendered to, by name
    failed: bool = False
    deps: str = ""  # digest of what it was last rendered with of those it calls


@dataclass(slots=True)
class AppSet:
    """Every app by key, the facts by cell and app name, and the problems found so far (a set that keeps its order)."""

    states: dict[str, AppState]
    table: dict[Cell, dict[str, Facts]]
    diagnostics: dict[Diagnostic, None]

    def note(self, problems: Iterable[Diagnostic]) -> None:
        """Add problems; one that is there already is not told twice."""
        self.diagnostics.update(dict.fromkeys(problems))

    def fail(self, state: AppState, *problems: Diagnostic) -> None:
        """Leave an app as the tree has it."""
        self.note(problems)
        state.failed, state.prepared, state.files, state.objects = True, None, state.before, {}
        for cell in list(state.facts):
            name = state.key.partition("/")[2]
            if self.table.get(cell, {}).get(name) is state.facts[cell]:
                del self.table[cell][name]
        state.facts = {cell: record.facts for cell, record in state.records.items()}
        for cell, facts in state.facts.items():
            self.table.setdefault(cell, {}).setdefault(facts["name"], facts)


@dataclass(slots=True)
class Rendered:
    """Platform files by unit (`env/dc/cluster` or `argocd/<instance>`) and file name, with each unit's input digest."""

    files: dict[str, dict[str, FileEntry]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def problem(self, found: Diagnostic, unit: str) -> None:
        """Keep a problem; the same one of several units is told once, with how many more have it."""
        for index, known in enumerate(self.diagnostics):
            if (known.code, known.span, known.detail) == (found.code, found.span, found.detail):
                label = f"{known.help}; also {unit}" if "; also " not in known.help else f"{known.help}, {unit}"
                self.diagnostics[index] = replace(known, help=label)
                return
        self.diagnostics.append(found)
