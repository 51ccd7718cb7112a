"""What the steps of one compile share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.tree.reader import trusted
from sixfold_compiler.yaml.emitter import Emitter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sixfold_compiler.engine import EngineName, Pool
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.placement import Placement
    from sixfold_compiler.tree.reader import Previous
    from sixfold_compiler.tree.staging import Staging

__all__ = ["Run", "Workspace"]


@dataclass(frozen=True)
class Run:
    """One compile: the fleet and where teams are placed, the tree as it was, workers, and what was asked for.

    `only` is None when every target is selected. `verify` means that no file of the tree is trusted by size and time.
    Apps of `held` teams stay as the tree has them.
    `progress` is told (step, done, total).
    """

    workspace: Workspace
    placement: Placement
    previous: Previous
    out: Path
    pool: Pool
    progress: Callable[[str, int, int], None]
    only: frozenset[Target] | None = None
    verify: bool = False
    held: frozenset[str] = frozenset()

    def trusts(self, path: str, entry: FileEntry) -> bool:
        """Whether the tree's file at `path` still has the content that the previous inventory names."""
        return trusted(self.out, path, entry, 0 if self.verify else self.previous.written)

    def holds(self, key: str) -> bool:
        """Whether the app (`team/app`) stays as it is, whatever its manifest says."""
        return key.partition("/")[0] in self.held

    def selects(self, target: Target) -> bool:
        """Whether this run may change the target."""
        return self.only is None or target in self.only


@dataclass(frozen=True)
class Workspace:
    """What every worker inherits: the fleet, where finished files are staged, and which engine evaluates."""

    fleet: FleetInput
    staging: Staging
    engine: EngineName = "auto"
    emitter: Emitter = field(default_factory=Emitter)
