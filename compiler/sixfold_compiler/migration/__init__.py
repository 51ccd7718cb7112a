"""Moving namespaces make-before-break: draining a cluster, evacuating a data center.

A walk is a row of locks, each to be reviewed, committed, compiled and found healthy before the next. All that is known
of it stands in the lock and in the fleet: `next_step` is a pure function of them, so a walk goes on where the lock
stands, whoever runs it, and a step is taken back by git.
"""

from __future__ import annotations

from sixfold_compiler.migration.choices import Choices
from sixfold_compiler.migration.drain import next_step
from sixfold_compiler.migration.evacuate import next_evacuation
from sixfold_compiler.migration.schedule import Walk, walk
from sixfold_compiler.migration.step import Step

__all__ = ["Choices", "Step", "Walk", "next_evacuation", "next_step", "walk"]
