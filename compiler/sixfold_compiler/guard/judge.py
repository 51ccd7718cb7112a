"""Judge what a new tree would delete: what is approved, what fits into a budget, and which teams are held back.

Argo CD deletes what an answer no longer names, and prunes what a commit no longer holds. A drop therefore needs a
tombstone that covers it, or room in the budget of its team and environment. Budgets add up over some days: a drop that
a budget let through is remembered (`Spent`) for that long, or until the thing is back. Nothing in here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.guard.drops import Drop, drops_between
from sixfold_compiler.guard.tombstones import covered, covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["KINDS", "BudgetUse", "Held", "Spent", "Verdict", "judge", "uncovered"]

KINDS = ("applications", "overlays", "objects")


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """A drop that a budget let through on a day (ISO, UTC)."""

    day: str
    drop: Drop


@dataclass(frozen=True, slots=True, order=True)
class BudgetUse:
    """One budget of a team in an environment, in numbers of one kind of thing.

    `removed` would be deleted now without a tombstone, `earlier` were deleted within the days of the budget, and
    `approved` would be deleted with tombstones, which the budget does not count. `had` includes the earlier ones.
    """

    team: str
    environment: str
    kind: str
    removed: int
    earlier: int
    had: int
    budget: int
    approved: int

    @property
    def exceeded(self) -> bool:
        """True when more would be deleted than the budget allows."""
        return self.removed > 0 and self.removed + self.earlier > self.budget

    def __str__(self) -> str:
        earlier = f" after {self.earlier} earlier" if self.earlier else ""
        deleted = f"{self.removed} of {self.had} {self.kind} would be deleted{earlier}"
        return f"{self.environment}: {deleted}, and the budget is {self.budget}"


@dataclass(frozen=True, slots=True)
class Held:
    """A team that is held back: its drops that nobody approved, and the reasons why they are too much."""

    drops: tuple[Drop, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a new tree.

    `drops` are all drops, `approved` those that tombstones cover. `platform` are drops that reject the complete tree: a
    cluster and what would follow from its end, without approval. The teams in `held` are held back, each alone.
    `budgets` are the budgets in numbers. `spent` is the history for the next judgement. `expired` are tombstones that
    would have covered a drop that is refused.
    """

    drops: tuple[Drop, ...] = ()
    platform: tuple[Drop, ...] = ()
    teams: Mapping[str, Held] | None = None
    budgets: tuple[BudgetUse, ...] = ()
    spent: tuple[Spent, ...] = ()
    expired: tuple[Tombstone, ...] = ()
    approved: frozenset[Drop] = frozenset()

    @property
    def held(self) -> Mapping[str, Held]:
        """The teams that are held back."""
        return self.teams or {}

    @property
    def passes(self) -> bool:
        """True when nothing is refused."""
        return not self.platform and not self.held


class _Counts(NamedTuple):
    """Numbers of Applications, overlays and objects, in the order of `KINDS`."""

    applications: int = 0
    overlays: int = 0
    objects: int = 0

    def plus(self, applications: int, overlays: int, objects: int) -> _Counts:
        """Return the sums."""
        return _Counts(self.applications + applications, self.overlays + overlays, self.objects + objects)


_Account = dict[tuple[str, str], _Counts]  # by team and environment


def judge(
    before: Holdings,
    after: Holdings,
    tombstones: Iterable[Tombstone],
    budgets: Deletions,
    today: date,
    spent: Sequence[Spent] = (),
) -> Verdict:
    """Judge what of `before` is missing in `after`.

    Args:
        before: The holdings of the adopted tree.
        after: The holdings of the new tree.
        tombstones: Every approval, expired ones included.
        budgets: What may be deleted without an approval.
        today: The day in UTC.
        spent: The drops that budgets have let through before.
    """
    tombstones = tuple(tombstones)
    valid = [tombstone for tombstone in tombstones if tombstone.covers_on(today)]
    drops = tuple(sorted(drops_between(before, after)))
    earlier = _still_counted(spent, after, valid, budgets, today)
    if not drops:
        return Verdict(spent=earlier)
    approved = _approved(before, after, drops, valid)
    stranded = _stranded(before, drops, approved, valid)
    approved -= stranded
    unapproved = [drop for drop in drops if drop not in approved]
    teams: dict[str, list[Drop]] = {}
    for drop in unapproved:
        if drop.team and drop.kind != "road" and drop not in stranded:
            teams.setdefault(drop.team, []).append(drop)
    uses = _budget_uses(before, drops, approved, [s for s in earlier if s.drop.team in teams], budgets)
    held = _held(after, teams, uses)
    platform = tuple(drop for drop in unapproved if not drop.team or drop in stranded)
    refused = (*platform, *(drop for team in held.values() for drop in team.drops))
    return Verdict(
        drops=drops,
        platform=platform,
        teams=held,
        budgets=uses,
        spent=_history(spent, earlier, held, teams, today),
        expired=tuple(t for t in tombstones if t not in valid and any(covers(t, drop) for drop in refused)),
        approved=frozenset(approved),
    )


def uncovered(drop: Drop) -> str:
    """Return the reason against a drop that no budget covers."""
    return f"{drop}, which no budget covers"


def _still_counted(
    spent: Sequence[Spent], after: Holdings, valid: Sequence[Tombstone], budgets: Deletions, today: date
) -> tuple[Spent, ...]:
    """Return the earlier drops within the days of the budget, without those that are approved now or back."""
    return tuple(
        item
        for item in spent
        if (today - date.fromisoformat(item.day)).days < budgets.days
        and not covered(item.drop, valid)
        and not _is_back(item.drop, after)
    )


def _is_back(drop: Drop, after: Holdings) -> bool:
    """Return whether the thing that was dropped exists again."""
    cluster = after.clusters.get(drop.cluster_key)
    namespace = cluster.namespaces.get(drop.namespace) if cluster is not None else None
    if namespace is None or namespace.team != drop.team:
        return False
    overlay = namespace.apps.get(drop.app)
    match drop.kind:
        case "overlay":
            return overlay is not None
        case "object":
            names = {drop.object, drop.object.removesuffix(f"/{drop.app}")}
            return overlay is not None and not names.isdisjoint(overlay.holds.split())
        case _:  # an Application: budgets count nothing else
            return drop.name in {namespace.application, *(entry.application for entry in namespace.apps.values())}


def _approved(
    before: Holdings, after: Holdings, drops: Sequence[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """Return the drops that tombstones cover, and those that follow from them."""
    approved = {drop for drop in drops if covered(drop, valid)}
    overlays = {(drop.place, drop.app) for drop in approved if drop.kind == "overlay"}
    # An approval for every app of a namespace includes the namespace's Application and tenancy.
    emptied = {
        (cluster.key, name)
        for cluster in before.clusters.values()
        for name, namespace in cluster.namespaces.items()
        if overlays and all(((cluster.key, name), app) in overlays for app in namespace.apps)
    }
    approved |= {drop for drop in drops if drop.team and not drop.app and drop.place in emptied}
    blocked = {drop.team for drop in drops if drop not in approved and drop.kind not in {"argocd", "road"}}
    for drop in drops:
        # A team that leaves an instance with approval for everything needs no project and no set there.
        if drop.kind == "argocd" and drop.team and drop.team not in blocked and drop not in approved:
            was, now = (_is_on(holdings, drop.team, drop.instance) for holdings in (before, after))
            if was and not now:
                approved.add(drop)
    return approved


def _stranded(
    before: Holdings, drops: Iterable[Drop], approved: AbstractSet[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """Return the projects and sets of teams whose approval would follow from an unapproved end of a cluster."""
    kinds = ("cluster", "application")
    ends = {drop.cluster_key for drop in drops if drop.kind in kinds and not drop.team and drop not in approved}
    teams = {
        (namespace.team, cluster.instance)
        for key, cluster in before.clusters.items()
        if key in ends
        for namespace in cluster.namespaces.values()
    }
    return {
        drop
        for drop in approved
        if drop.kind == "argocd" and (drop.team, drop.instance) in teams and not covered(drop, valid)
    }


def _is_on(holdings: Holdings, team: str, instance: str) -> bool:
    return any(
        namespace.team == team
        for cluster in holdings.clusters.values()
        if cluster.instance == instance
        for namespace in cluster.namespaces.values()
    )


def _held(after: Holdings, teams: Mapping[str, Sequence[Drop]], uses: Iterable[BudgetUse]) -> dict[str, Held]:
    """Return the teams whose unapproved drops are too much, with the reasons."""
    exceeded = [use for use in uses if use.exceeded]
    held = {}
    for team, drops in sorted(teams.items()):
        reasons = [*_absolute(after, team, drops), *(str(use) for use in exceeded if use.team == team)]
        if reasons:
            held[team] = Held(tuple(drops), tuple(dict.fromkeys(reasons)))
    return held


def _absolute(after: Holdings, team: str, drops: Sequence[Drop]) -> list[str]:
    """Return the reasons against drops of a team that need a tombstone whatever the budget is."""
    reasons = []
    cells = {drop.cell for drop in drops if drop.environment}
    remaining = _cells_of(after, team)
    left = sorted(cells - remaining)
    if left and not remaining:
        # A team that stays in the fleet can still get apps; only what ran would be deleted.
        what = "every app of the team" if team in after.units else "the whole team"
        reasons.append(f"{what} would be deleted from {', '.join(left)}")
    else:
        reasons += [f"its namespace would be deleted from all of {cell}" for cell in left]
    reasons += [uncovered(drop) for drop in drops if drop.always and drop.cell not in left]
    return reasons


def _cells_of(holdings: Holdings, team: str) -> set[str]:
    return {
        cluster.cell
        for cluster in holdings.clusters.values()
        if any(namespace.team == team for namespace in cluster.namespaces.values())
    }


def _budget_uses(
    before: Holdings,
    drops: Iterable[Drop],
    approved: AbstractSet[Drop],
    earlier: Iterable[Spent],
    budgets: Deletions,
) -> tuple[BudgetUse, ...]:
    """Return the budgets of every team and environment with drops. `earlier` are those of teams with drops now."""
    counted = [drop for drop in drops if drop.team and drop.environment and drop.kind != "road"]
    removed = _account(drop for drop in counted if drop not in approved)
    by_tombstone = _account(drop for drop in counted if drop in approved)
    spent = _account(item.drop for item in earlier)
    places = sorted(removed.keys() | by_tombstone.keys())
    had = _held_now(before, {team for team, _ in places})
    none = _Counts()
    uses = []
    for team, environment in places:
        place = (team, environment)
        columns = (account.get(place, none) for account in (removed, spent, had, by_tombstone))
        for kind, now, past, present, with_approval in zip(KINDS, *columns, strict=True):
            total = present + past
            uses.append(
                BudgetUse(
                    team=team,
                    environment=environment,
                    kind=kind,
                    removed=now,
                    earlier=past,
                    had=total,
                    budget=budgets.allowed(kind, total),
                    approved=with_approval,
                )
            )
    return tuple(uses)


def _account(drops: Iterable[Drop]) -> _Account:
    """Count drops by team and environment."""
    account: _Account = {}
    for drop in drops:
        place = (drop.team, drop.environment)
        account[place] = account.get(place, _Counts()).plus(drop.applications, drop.overlays, drop.objects)
    return account


def _held_now(holdings: Holdings, teams: AbstractSet[str]) -> _Account:
    """Count what teams have by team and environment."""
    account: _Account = {}
    for cluster in holdings.clusters.values():
        for namespace in cluster.namespaces.values():
            if namespace.team in teams:
                place = (namespace.team, cluster.environment)
                unit = holdings.units.get(namespace.team, "namespace")
                account[place] = account.get(place, _Counts()).plus(
                    len(namespace.apps) if unit == "app" else 1,
                    len(namespace.apps),
                    sum(overlay.objects for overlay in namespace.apps.values()),
                )
    return account


def _history(
    spent: Iterable[Spent],
    earlier: Iterable[Spent],
    held: Mapping[str, Held],
    teams: Mapping[str, Sequence[Drop]],
    today: date,
) -> tuple[Spent, ...]:
    """Return the drops to carry into the next judgement.

    A held team keeps all of its history, because the tree that would restore its objects is not adopted.
    """
    kept = {item for item in earlier if item.drop.team not in held}
    kept |= {item for item in spent if item.drop.team in held}
    kept |= {
        Spent(today.isoformat(), drop)
        for team, drops in teams.items()
        if team not in held
        for drop in drops
        if drop.applications or drop.overlays or drop.objects
    }
    return tuple(sorted(kept))
