"""How the service is, by what it serves and how the last adoption went: for probes, metrics and people. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sixfold_generator.live.report import reasons as live_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_generator.live.record import Live
    from sixfold_generator.plugin.catalog import Catalog
    from sixfold_generator.state.attempt import Attempt, Problem
    from sixfold_generator.state.snapshot import Hold

__all__ = ["Health", "Seen", "health_of"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the service found. Ages are in seconds, and None where nobody knows them.

    `catalog` is what is answered from, None when there is nothing; `damage` what is wrong with the state; `attempt` how
    the last adoption went, `persisted` how the last look at the ConfigMaps went, where the state is kept in those;
    `problems` what the worker's own watch ran into; `age` is that of what is adopted, `looked` that of the last look at
    the tree.
    """

    catalog: Catalog | None = None
    damage: str = ""
    attempt: Attempt | None = None
    persisted: Attempt | None = None
    problems: tuple[Problem, ...] = ()
    age: float | None = None
    looked: float | None = None
    live: Live | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is ready, degraded (answers go on, people should look) or unready (nothing to answer from).

    `spent` counts, by team, what budgets let go lately.
    """

    status: str
    reasons: tuple[str, ...]
    revision: str
    sequence: int
    fleet: str
    age: float | None
    looked: float | None
    held: Mapping[str, Hold]
    spent: Mapping[str, int]
    pinned: tuple[str, ...]
    sets: Mapping[str, int]
    retired: tuple[str, ...]
    refused: bool
    persisted: bool | None = None  # whether the ConfigMaps were reached last; None when the state is a folder
    live: Live | None = None
    clusters: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON data, ages in whole seconds."""
        return {
            "status": self.status,
            "reasons": self.reasons,
            "fleet": self.fleet,
            "revision": self.revision,
            "sequence": self.sequence,
            "ageSeconds": None if self.age is None else int(self.age),
            "lookedSecondsAgo": None if self.looked is None else int(self.looked),
            "held": {team: list(hold.reasons) for team, hold in self.held.items()},
            "heldBudgets": [row for hold in self.held.values() for row in hold.rows],
            "spentDrops": dict(self.spent),
            "pinnedClusters": self.pinned,
            "parameterSets": self.sets,
            "retiredTeams": self.retired,
        }


def health_of(seen: Seen, stale_seconds: float) -> Health:
    """The health that follows from one look. A tree that was not looked at for `stale_seconds` is degraded."""
    attempt, last = seen.attempt, seen.persisted
    reasons = [seen.damage] if seen.damage else []
    for record in (attempt, last):
        reasons += _told(record.problems) if record is not None else []
    reasons += [text for text in _told(seen.problems) if text not in reasons]
    if seen.looked is not None and seen.looked > stale_seconds:
        reasons.append("the tree was not looked at for too long")
    reasons += live_reasons(seen.live)
    refused = attempt is not None and attempt.outcome in {"refused", "failed"}
    persisted = last.outcome == "persisted" if last is not None else None
    if seen.catalog is None:
        return Health(
            "unready",
            tuple(reasons) or ("nothing is adopted yet",),
            revision="",
            sequence=0,
            fleet="",
            age=None,
            looked=seen.looked,
            held={},
            spent={},
            pinned=(),
            sets={},
            retired=(),
            refused=refused,
            persisted=persisted,
        )
    snapshot = seen.catalog.snapshot
    return Health(
        status="degraded" if reasons else "ready",
        reasons=tuple(reasons),
        revision=seen.catalog.revision,
        sequence=snapshot.sequence,
        fleet=snapshot.fleet,
        age=seen.age,
        looked=seen.looked,
        held=snapshot.held,
        spent=Counter(one.drop.team for one in snapshot.spent),
        pinned=snapshot.pinned,
        sets=seen.catalog.sizes,
        retired=tuple(sorted(snapshot.retired)),
        refused=refused,
        persisted=persisted,
        live=seen.live,
        clusters=tuple(snapshot.clusters),
    )


def _told(problems: Sequence[Problem]) -> list[str]:
    return [f"{one.code}: {one.message}" for one in problems]
