"""The health of the service, for probes, metrics and people: a pure function of one observation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations of the document
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field, with_config

from sixfold_compiler.guard import BudgetUse  # noqa: TC001 - pydantic reads the annotations of the document
from sixfold_generator.live.report import reasons as live_reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_generator.live.record import Live
    from sixfold_generator.plugin.catalog import Catalog
    from sixfold_generator.state.attempt import Attempt, Problem
    from sixfold_generator.state.snapshot import Hold

__all__ = ["Health", "HealthDocument", "Observation", "Readiness", "Status", "health_of"]

# Degraded: the service answers, and people should look. Unready: it has nothing to answer from.
Status = Literal["ready", "degraded", "unready"]
Count = Annotated[int, Field(ge=0)]
Notes = Annotated[tuple[str, ...], Field(description="What people should know, although nothing is wrong.")]

OPEN = "no trusted keys are set: whoever may push to the branch of the deploy repository may deploy"
UNSIGNED, REFUSED = "SF813", frozenset({"SF814", "SF815"})
Signing = Literal["not checked", "awaited", "refused", "valid", "unknown"]


@dataclass(frozen=True, slots=True)
class Observation:
    """The state of the service at one moment. Ages are in seconds, None where they are unknown.

    `catalog` is the index of the served snapshot, None without one; `trusted` the fingerprints of the trusted keys;
    `damage` the fault of the state folder; `attempt` the last adoption; `persisted` the last check of the ConfigMaps,
    where these keep the state; `problems` the faults that the worker's own watch met; `age` that of the adoption,
    `looked` that of the last check of the tree.
    """

    catalog: Catalog | None = None
    trusted: tuple[str, ...] = ()
    damage: str = ""
    attempt: Attempt | None = None
    persisted: Attempt | None = None
    problems: tuple[Problem, ...] = ()
    age: float | None = None
    looked: float | None = None
    live: Live | None = None


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness of the service as JSON."""

    status: Status
    reasons: tuple[str, ...]
    notes: Notes


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class HealthDocument:
    """The status page as JSON; ages are in full seconds."""

    status: Status
    reasons: tuple[str, ...]
    notes: Notes
    trustedKeys: Annotated[  # noqa: N815
        tuple[str, ...], Field(description="Fingerprints of the keys of which one must have signed a tree.")
    ]
    signature: Annotated[Signing, Field(description="The signature of the newest tree.")]
    fleet: str
    revision: Annotated[str, Field(description="The adopted commit; a branch, for a tree outside git.")]
    sequence: Annotated[Count, Field(description="Adoptions so far.")]
    ageSeconds: int | None  # noqa: N815 - its name in the document, as below
    lookedSecondsAgo: int | None  # noqa: N815
    held: Annotated[Mapping[str, tuple[str, ...]], Field(description="Teams that stay as they were adopted, and why.")]
    heldBudgets: tuple[BudgetUse, ...]  # noqa: N815
    spentDrops: Annotated[  # noqa: N815
        Mapping[str, Count], Field(description="By team, the recent deletions that budgets allowed.")
    ]
    pinnedClusters: tuple[str, ...]  # noqa: N815
    waiting: Annotated[
        Mapping[str, tuple[str, ...]],
        Field(description="By unit that stays as it was adopted, the teams for which it waits."),
    ]
    parameterSets: Annotated[  # noqa: N815
        Mapping[str, Count], Field(description="By unit, the sets of the fleet.")
    ]
    retiredTeams: tuple[str, ...]  # noqa: N815


@dataclass(frozen=True, slots=True)
class Health:
    """The health of the service.

    `held` and `spent` are by team: the holds, and the number of recent deletions that budgets allowed. `pinned` are the
    clusters that stay at their previous revision, and `waiting` all units that do, with the teams for which they wait.
    `persisted` is whether the last check reached the ConfigMaps, None where the state is a folder. `trusted` are the
    fingerprints of the trusted keys, and `signature` is the state of the newest tree's signature.
    """

    status: Status
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
    persisted: bool | None = None
    live: Live | None = None
    clusters: tuple[str, ...] = ()
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    signature: Signing = "not checked"

    @property
    def notes(self) -> tuple[str, ...]:
        """The facts that people should know, although nothing is wrong."""
        return () if self.trusted else (OPEN,)

    def readiness(self) -> Readiness:
        """Return the part that a readiness probe gets."""
        return Readiness(self.status, self.reasons, self.notes)

    def document(self) -> HealthDocument:
        """Return the status page as a record that serializes to JSON."""
        return HealthDocument(
            status=self.status,
            reasons=self.reasons,
            notes=self.notes,
            trustedKeys=self.trusted,
            signature=self.signature,
            fleet=self.fleet,
            revision=self.revision,
            sequence=self.sequence,
            ageSeconds=None if self.age is None else int(self.age),
            lookedSecondsAgo=None if self.looked is None else int(self.looked),
            held={team: tuple(hold.reasons) for team, hold in self.held.items()},
            heldBudgets=tuple(row for hold in self.held.values() for row in hold.rows),
            spentDrops=dict(self.spent),
            pinnedClusters=self.pinned,
            waiting=dict(self.waiting),
            parameterSets=self.sets,
            retiredTeams=self.retired,
        )


def health_of(seen: Observation, stale_seconds: float) -> Health:
    """Derive the health. A tree whose last check is older than `stale_seconds` is a reason to be degraded."""
    reasons = _reasons(seen, stale_seconds)
    refused = seen.attempt is not None and seen.attempt.outcome in {"refused", "failed"}
    persisted = seen.persisted.outcome == "persisted" if seen.persisted is not None else None
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
            trusted=seen.trusted,
            signature=_signature(seen),
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
        spent=Counter(spent.drop.team for spent in snapshot.spent),
        pinned=snapshot.pinned,
        sets=seen.catalog.sizes,
        retired=tuple(sorted(snapshot.retired)),
        refused=refused,
        persisted=persisted,
        live=seen.live,
        clusters=tuple(snapshot.clusters),
        trusted=seen.trusted,
        signature=_signature(seen),
        waiting=snapshot.waiting,
    )


def _signature(seen: Observation) -> Signing:
    """Return the state of the signature of the newest tree."""
    if not seen.trusted:
        return "not checked"
    if seen.attempt is None:
        return "unknown"
    codes = {problem.code for problem in seen.attempt.problems}
    if UNSIGNED in codes:
        return "awaited"
    if codes & REFUSED:
        return "refused"
    return "valid" if seen.attempt.outcome in {"adopted", "unchanged"} else "unknown"


def _reasons(seen: Observation, stale_seconds: float) -> list[str]:
    """Return the problems that need attention: state folder, adoption, ConfigMaps, watch, tree, live clusters."""
    reasons = [seen.damage] if seen.damage else []
    for record in (seen.attempt, seen.persisted):
        reasons += _lines(record.problems) if record is not None else []
    reasons += [line for line in _lines(seen.problems) if line not in reasons]
    if seen.looked is not None and seen.looked > stale_seconds:
        reasons.append("the tree was not read for too long")
    if seen.catalog is not None:
        reasons += _waiting(seen.catalog.snapshot.waiting)
    return reasons + live_reasons(seen.live)


def _waiting(units: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return one line for each group of teams for which units wait, with all of these units."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for unit, teams in units.items():
        groups.setdefault(teams, []).append(unit)
    return [
        f"waiting for team{'s' if len(teams) > 1 else ''} {', '.join(teams)}: {', '.join(group)}"
        for teams, group in sorted(groups.items())
    ]


def _lines(problems: Sequence[Problem]) -> list[str]:
    return [f"{problem.code}: {problem.message}" for problem in problems]
