"""The states of an app during a compile, and the collection of all apps.

Every app begins as a `TreeApp`, its record in the previous tree. It then takes exactly one state: `UnchangedApp` if no
part of it needs to be evaluated, `FailedApp` if it has an error or its team is held, `PreparedApp` if it must be
rendered, and `RenderedApp` once it is rendered. The first two keep the files and facts of the previous tree. All
records are frozen: each step returns new ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sixfold_compiler.ownership.names import Names

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
    """An app as the previous tree records it: records and facts by cell, overlays by path. A new app has none."""

    key: AppKey
    records: Mapping[Cell, AppRecord] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    facts: Mapping[Cell, Facts] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", {cell: record.facts for cell, record in self.records.items()})


@dataclass(frozen=True, slots=True)
class _Kept:
    """An app that keeps its files and facts. `manifest` is None if this compile did not read its manifest."""

    tree: TreeApp
    manifest: ManifestFile | None = None

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return self.tree.key

    @property
    def facts(self) -> Mapping[Cell, Facts]:
        """The recorded facts of the app by cell."""
        return self.tree.facts

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The app's overlays in the previous tree by path."""
        return self.tree.files


@dataclass(frozen=True, slots=True)
class UnchangedApp(_Kept):
    """An app that need not be rendered: it is not selected, or its inputs equal the recorded ones."""


@dataclass(frozen=True, slots=True)
class FailedApp(_Kept):
    """An app that keeps its previous overlays because it has an error or its team is held."""


@dataclass(frozen=True, slots=True)
class PreparedApp:
    """An app that must be rendered, with its merged specs and the facts that it will publish, by cell.

    `source` is the digest of all inputs of its overlays except the facts of its callees. In the cells `kept` it keeps
    its overlays, facts and objects of the previous tree, because its release entry is wrong there.
    """

    tree: TreeApp
    manifest: ManifestFile
    source: str
    prepared: Prepared
    facts: Mapping[Cell, Facts]

    @property
    def kept(self) -> frozenset[Cell]:
        """The recorded cells in which the app keeps what the previous tree has of it."""
        return self.prepared.kept & self.tree.records.keys()

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return self.tree.key

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The app's overlays in the previous tree by path, which stay current until the app is rendered."""
        return self.tree.files


@dataclass(frozen=True, slots=True)
class RenderedApp(PreparedApp):
    """A rendered app with its new overlays by path, and the identities of its objects by cell.

    `deps` is the digest of the callees' facts that the app was rendered with.
    """

    deps: str
    overlays: Mapping[str, FileEntry]
    objects: Mapping[Cell, frozenset[str]]

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """The new overlays by path, together with the previous overlays on clusters that are not selected."""
        return self.overlays

    @staticmethod
    def of(
        app: PreparedApp, deps: str, overlays: Mapping[str, FileEntry], objects: Mapping[Cell, frozenset[str]]
    ) -> RenderedApp:
        """Return the rendered form of a prepared app."""
        return RenderedApp(app.tree, app.manifest, app.source, app.prepared, app.facts, deps, overlays, objects)


AppState = UnchangedApp | FailedApp | PreparedApp


@dataclass(frozen=True)
class Apps:
    """All apps of a compile by key, and the problems so far, without duplicates and in order of discovery.

    `names` are the owners of service names, without those that this compile takes.
    """

    states: Mapping[AppKey, AppState]
    diagnostics: tuple[Diagnostic, ...] = ()
    names: Names = field(default_factory=Names)

    @cached_property
    def facts(self) -> Mapping[Cell, Mapping[str, Facts]]:
        """The facts of all apps by cell, then by app name."""
        table: dict[Cell, dict[str, Facts]] = {}
        for app in self.states.values():
            for cell, facts in app.facts.items():
                table.setdefault(cell, {})[facts.name] = facts
        return table

    @cached_property
    def prepared(self) -> bool:
        """True if at least one app must be rendered."""
        return any(isinstance(app, PreparedApp) for app in self.states.values())

    @cached_property
    def failed(self) -> frozenset[AppKey]:
        """The keys of the apps that have failed."""
        return frozenset(key for key, app in self.states.items() if isinstance(app, FailedApp))

    def facts_in(self, cell: Cell) -> Mapping[str, Facts]:
        """Return the facts of all apps in a cell, by app name."""
        return self.facts.get(cell, {})

    def noting(self, problems: Iterable[Diagnostic]) -> Apps:
        """Return a copy with these problems added."""
        return replace(self, diagnostics=_once(self.diagnostics, problems))

    def updated(self, apps: Iterable[AppState], problems: Iterable[Diagnostic]) -> Apps:
        """Return a copy in which these apps replace those with the same keys, with these problems added."""
        states = {**self.states, **{app.key: app for app in apps}}
        return Apps(states, _once(self.diagnostics, problems), self.names)

    def failing(self, problems: Mapping[AppKey, Iterable[Diagnostic]]) -> Apps:
        """Return a copy in which these apps have failed with these problems. They keep their files in the tree."""
        if not problems:
            return self
        failed = [FailedApp(self.states[key].tree, self.states[key].manifest) for key in problems]
        return self.updated(failed, (problem for several in problems.values() for problem in several))


def _once(before: tuple[Diagnostic, ...], added: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys((*before, *added)))
