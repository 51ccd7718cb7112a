"""The forms that an app takes during a compile, and the record of all apps.

Every app begins as `TreeApp`: what the previous tree has of it. It then takes exactly one form: `UnchangedApp` if
nothing of it needs to be evaluated, `FailedApp` if something is wrong or its team is held, `PreparedApp` if it must be
rendered, and `RenderedApp` after that. The first two keep the files and facts of the tree. All records are frozen: a
step returns new ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.facts import AppRecord, Facts
    from sixfold_compiler.model.inventory import FileEntry

__all__ = ["AppState", "Apps", "FailedApp", "PreparedApp", "RenderedApp", "TreeApp", "UnchangedApp"]


@dataclass(frozen=True, slots=True)
class TreeApp:
    """An app as the previous tree has it: its records and facts by cell, its overlays by path. Newcomers have none."""

    key: AppKey
    records: Mapping[Cell, AppRecord] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    facts: Mapping[Cell, Facts] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", {cell: record.facts for cell, record in self.records.items()})


@dataclass(frozen=True, slots=True)
class _Kept:
    """An app that stays as the tree has it. `manifest` is None if this compile did not read one."""

    tree: TreeApp
    manifest: ManifestFile | None = None

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return self.tree.key

    @property
    def facts(self) -> Mapping[Cell, Facts]:
        """The recorded facts by cell."""
        return self.tree.facts

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The overlays of the tree by path."""
        return self.tree.files


@dataclass(frozen=True, slots=True)
class UnchangedApp(_Kept):
    """An app that was not selected, or whose inputs are the recorded ones."""


@dataclass(frozen=True, slots=True)
class FailedApp(_Kept):
    """An app that cannot change: something is wrong with it, or its team is held back."""


@dataclass(frozen=True, slots=True)
class PreparedApp:
    """An app with changed inputs: its merged specs, and the facts that it will publish, by cell.

    `source` is the digest of everything that its overlays depend on, apart from the facts of the apps that it calls.
    """

    tree: TreeApp
    manifest: ManifestFile
    source: str
    prepared: Prepared
    facts: Mapping[Cell, Facts]

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return self.tree.key

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The overlays by path: those of the tree, until the app is rendered."""
        return self.tree.files


@dataclass(frozen=True, slots=True)
class RenderedApp(PreparedApp):
    """A prepared app with its new overlays by path, and the identities of its objects by cell.

    `deps` is the digest of the facts of the apps that it calls, as it was rendered with them.
    """

    deps: str
    overlays: Mapping[str, FileEntry]
    objects: Mapping[Cell, frozenset[str]]

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The new overlays by path, with those of the tree on clusters that this compile does not touch."""
        return self.overlays

    @staticmethod
    def of(
        app: PreparedApp, deps: str, overlays: Mapping[str, FileEntry], objects: Mapping[Cell, frozenset[str]]
    ) -> RenderedApp:
        """Return the rendered form of an app."""
        return RenderedApp(app.tree, app.manifest, app.source, app.prepared, app.facts, deps, overlays, objects)


AppState = UnchangedApp | FailedApp | PreparedApp


@dataclass(frozen=True)
class Apps:
    """All apps of a compile by key, and the problems so far, each once and in order of discovery."""

    states: Mapping[AppKey, AppState]
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def facts(self) -> Mapping[Cell, Mapping[str, Facts]]:
        """The facts of all apps by cell and app name."""
        table: dict[Cell, dict[str, Facts]] = {}
        for app in self.states.values():
            for cell, facts in app.facts.items():
                table.setdefault(cell, {})[facts.name] = facts
        return table

    @cached_property
    def prepared(self) -> bool:
        """Some app must be rendered."""
        return any(isinstance(app, PreparedApp) for app in self.states.values())

    @cached_property
    def failed(self) -> frozenset[AppKey]:
        """The apps that cannot change."""
        return frozenset(key for key, app in self.states.items() if isinstance(app, FailedApp))

    def facts_in(self, cell: Cell) -> Mapping[str, Facts]:
        """Return the facts of the apps of a cell by app name."""
        return self.facts.get(cell, {})

    def noting(self, problems: Iterable[Diagnostic]) -> Apps:
        """Return the apps with more problems."""
        return replace(self, diagnostics=_once(self.diagnostics, problems))

    def updated(self, apps: Iterable[AppState], problems: Iterable[Diagnostic] = ()) -> Apps:
        """Return the apps with new forms of some of them, and more problems."""
        states = {**self.states, **{app.key: app for app in apps}}
        return Apps(states, _once(self.diagnostics, problems))

    def failing(self, problems: Mapping[AppKey, Iterable[Diagnostic]]) -> Apps:
        """Return the apps with some of them failed, each for its problems. The tree keeps its files and facts."""
        if not problems:
            return self
        failed = [FailedApp(self.states[key].tree, self.states[key].manifest) for key in problems]
        return self.updated(failed, (problem for several in problems.values() for problem in several))


def _once(before: tuple[Diagnostic, ...], added: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys((*before, *added)))
