"""Migration of namespaces between clusters: draining a cluster, and evacuating a data center.

A migration is a series of steps. Each step is a new lock that is reviewed, committed, compiled and healthy before the
next step begins. Every new cluster runs a namespace before the old cluster deletes it. The lock and the fleet are the
complete state of a migration, and the next step is a pure function of both: anybody can continue a migration, and git
reverts a step.
"""

from __future__ import annotations

from sixfold_compiler.migration.choices import Choices
from sixfold_compiler.migration.drain import next_step
from sixfold_compiler.migration.evacuate import next_evacuation
from sixfold_compiler.migration.plan import MigrationPlan, plan_drain, plan_evacuation
from sixfold_compiler.migration.schedule import MoveSchedule, compute_schedule
from sixfold_compiler.migration.step import Step

__all__ = [
    "Choices",
    "MigrationPlan",
    "MoveSchedule",
    "Step",
    "compute_schedule",
    "next_evacuation",
    "next_step",
    "plan_drain",
    "plan_evacuation",
]
