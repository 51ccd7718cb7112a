"""Moving namespaces make-before-break: draining a cluster, evacuating a data center.

A walk is a row of locks, each to be reviewed, committed, compiled and found healthy before the next. All that is known
of it stands in the lock and in the fleet: `next_step` is a pure function of them, so a walk goes on where the lock
stands, whoever runs it, and a step is taken back by git.
"""

from __future__ import annotations

from compiler.moving.choices import Choices
from compiler.moving.drain import next_step
from compiler.moving.evacuate import next_evacuation
from compiler.moving.step import Step
from compiler.moving.walk import Walk, walk

__all__ = ["Choices", "Step", "Walk", "next_evacuation", "next_step", "walk"]
