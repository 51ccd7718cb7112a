"""The table of rules, and the rules that are no data because they see more than one object."""

from __future__ import annotations

from dataclasses import dataclass

from sixfold_compiler.checks.policy.rows.controllers import CONTROLLERS
from sixfold_compiler.checks.policy.rows.monitors import MONITORS
from sixfold_compiler.checks.policy.rows.neighbors import NEIGHBORS
from sixfold_compiler.checks.policy.rows.storage import STORAGE
from sixfold_compiler.checks.policy.rows.words import WORDS
from sixfold_compiler.checks.policy.rows.workloads import WORKLOADS

__all__ = ["PROGRAMMED", "TABLE", "Programmed"]

# In this order a place is judged, and its first finding is shown.
TABLE = (*WORDS, *WORKLOADS, *NEIGHBORS, *CONTROLLERS, *STORAGE, *MONITORS)


@dataclass(frozen=True, slots=True)
class Programmed:
    """A rule that is written in Python: its code, what it protects, and the reason."""

    code: str
    protects: str
    reason: str


PROGRAMMED = (
    Programmed("SF413", "the platform's load balancers", "counts those of all apps of a team in a data center"),
    Programmed("SF610", "objects, which have one owner each", "compares all objects of an app"),
    Programmed("SF613", "Sixfold's and Argo CD's own labels and annotations", "compares some with the name of the app"),
    Programmed("SF645", "the rights of other service accounts", "compares a pod with the accounts of its app"),
)
