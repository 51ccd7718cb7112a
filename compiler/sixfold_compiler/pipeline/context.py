"""State shared by the steps of one compile."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.ownership.names import Names
from sixfold_compiler.tree.reader import trusted
from sixfold_compiler.yaml.emitter import Emitter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sixfold_compiler.engine import EngineName, Pool
    from sixfold_compiler.inputs.day import Day
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import AppKey, Target
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.placement import Placement
    from sixfold_compiler.tree.reader import Previous
    from sixfold_compiler.tree.staging import Staging

__all__ = ["CompileContext", "Workspace"]


@dataclass(frozen=True)
class CompileContext:
    """The context of one compile: fleet, placement, previous tree, workers, and options that several steps need.

    `only` are the selected clusters, or None for all. With `reread`, each file of the tree is read instead of trusting
    its size and time. With `fresh`, nothing counts as unchanged, so that everything is rendered. Apps of teams in
    `held` keep their files of the previous tree. `day` is the day on which deletions and versions are judged; None if
    they are not. `names` are the owners of service names before this compile.
    """

    workspace: Workspace
    placement: Placement
    previous: Previous
    out: Path
    pool: Pool
    progress: Callable[[str, int, int], None]
    only: frozenset[Target] | None
    reread: bool
    fresh: bool
    held: frozenset[str] = frozenset()
    day: Day | None = None
    names: Names = field(default_factory=Names)

    @property
    def fleet(self) -> FleetInput:
        """The fleet that the workers share."""
        return self.workspace.fleet

    def holding(self, teams: frozenset[str]) -> CompileContext:
        """Return a copy of the context in which these teams are held."""
        return replace(self, held=teams)

    def trusts(self, path: str, entry: FileEntry) -> bool:
        """Return whether the file at `path` still has the content that the previous inventory records.

        Files of Argo CD instances are always read: they decide what each team may deploy.
        """
        reread = self.reread or path.startswith("argocd/")
        return trusted(self.out, path, entry, 0 if reread else self.previous.written)

    def holds(self, key: AppKey) -> bool:
        """Return whether the app's team is held, so that the app keeps its files of the previous tree."""
        return key.team in self.held

    def selects(self, target: Target) -> bool:
        """Return whether this compile may change a cluster."""
        return self.only is None or target in self.only


@dataclass(frozen=True)
class Workspace:
    """The data that every worker inherits: fleet, folder of finished files, Jsonnet engine, and YAML emitter."""

    fleet: FleetInput
    staging: Staging
    engine: EngineName
    emitter: Emitter = field(default_factory=Emitter)
