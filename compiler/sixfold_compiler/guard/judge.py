"""Judge the deletions of a new tree: which are approved, which fit into a budget, and which teams must be held.

Argo CD deletes what an answer no longer names, and prunes what a commit no longer contains. So each drop needs a
tombstone that covers it, or room in the deletion budget of its team and environment. A budget applies to the sum over
some days: a drop that it allowed is recorded (`Spent`) for that long, or until the thing exists again. The functions
perform no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.guard.drops import drops_between
from sixfold_compiler.guard.memory import Spent, still_counted
from sixfold_compiler.guard.tombstones import approved_by, covers, stranded_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.guard.drops import Drop
    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["KINDS", "BudgetUse", "Held", "Verdict", "judge", "uncovered"]

KINDS = ("applications", "overlays", "objects")


@dataclass(frozen=True, slots=True, order=True)
class BudgetUse:
    """The use of a team's deletion budget in an environment, for one kind of thing.

    `removed` counts the deletions without a tombstone, `earlier` the deletions within the days of the budget, and
    `approved` those with a tombstone, which the budget does not count. `had` is the number that the team has now, plus
    `earlier`.
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
        """True if more would be deleted than the budget allows."""
        return self.removed > 0 and self.removed + self.earlier > self.budget

    def __str__(self) -> str:
        earlier = f" after {self.earlier} earlier" if self.earlier else ""
        deleted = f"{self.removed} of {self.had} {self.kind} would be deleted{earlier}"
        return f"{self.environment}: {deleted}, and the budget is {self.budget}"


@dataclass(frozen=True, slots=True)
class Held:
    """A held team: its drops without approval, and the reasons to hold it.

    `earlier` are the deletions of the last days that count against the exceeded budgets. `until` is the first day (ISO
    date) on which the same drops fit into the budgets; empty if waiting does not help.
    """

    drops: tuple[Drop, ...]
    reasons: tuple[str, ...]
    earlier: tuple[Spent, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The guard's judgment of a new tree.

    `drops` are all drops, and `approved` those that tombstones cover. `platform` are unapproved drops that reject the
    complete tree: things of the platform, and what the deletion of a cluster implies. The teams in `held` are held one
    by one. `budgets` are the figures of the budgets. `spent` is the history for the next judgment. `expired` are
    expired tombstones that would have covered a rejected drop.
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
        """The held teams by name."""
        return self.teams or {}

    @property
    def passes(self) -> bool:
        """True if no drop is rejected."""
        return not self.platform and not self.held


class _Counts(NamedTuple):
    """Numbers of Applications, overlays and objects, in the order of `KINDS`."""

    applications: int = 0
    overlays: int = 0
    objects: int = 0

    def plus(self, applications: int, overlays: int, objects: int) -> _Counts:
        """Return a copy with these numbers added."""
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
    """Judge the deletions between two trees.

    Args:
        before: The holdings of the adopted tree.
        after: The holdings of the new tree.
        tombstones: All tombstones, including expired ones.
        budgets: The deletions that are allowed without a tombstone.
        today: The current day in UTC.
        spent: The earlier drops that budgets allowed.
    """
    tombstones = tuple(tombstones)
    valid = [tombstone for tombstone in tombstones if tombstone.covers_on(today)]
    drops = tuple(sorted(drops_between(before, after)))
    earlier = still_counted(spent, after, valid, budgets.days, today)
    if not drops:
        return Verdict(spent=earlier)
    approved = approved_by(before, after, drops, valid)
    stranded = stranded_in(before, drops, approved, valid)
    approved -= stranded
    unapproved = [drop for drop in drops if drop not in approved]
    teams: dict[str, list[Drop]] = {}
    for drop in unapproved:
        if drop.team and drop.kind != "road" and drop not in stranded:
            teams.setdefault(drop.team, []).append(drop)
    uses = _budget_uses(before, drops, approved, [s for s in earlier if s.drop.team in teams], budgets)
    held = _held(after, teams, uses, earlier, budgets)
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
    """Return the reason to reject a drop that no budget covers."""
    return f"{drop}, which only a tombstone can approve"


def _held(
    after: Holdings,
    teams: Mapping[str, Sequence[Drop]],
    uses: Iterable[BudgetUse],
    spent: Iterable[Spent],
    budgets: Deletions,
) -> dict[str, Held]:
    """Return the teams that must be held, with the reasons: a drop that needs a tombstone, or an exceeded budget."""
    held = {}
    for team, drops in sorted(teams.items()):
        rows = [use for use in uses if use.team == team]
        exceeded = [use for use in rows if use.exceeded]
        absolute = _absolute(after, team, drops)
        if absolute or exceeded:
            places = {use.environment for use in exceeded}
            past = tuple(item for item in spent if item.drop.team == team and item.drop.environment in places)
            reasons = tuple(dict.fromkeys([*absolute, *map(str, exceeded)]))
            held[team] = Held(tuple(drops), reasons, past, "" if absolute else _opens(rows, past, budgets))
    return held


def _opens(rows: Sequence[BudgetUse], spent: Sequence[Spent], budgets: Deletions) -> str:
    """Return the first day on which a team's deletions fit into its budgets; empty if they never do."""
    days = timedelta(days=budgets.days)
    for last in sorted({date.fromisoformat(item.day) for item in spent}):
        left = _account(item.drop for item in spent if date.fromisoformat(item.day) > last)
        if not any(_with_earlier(row, left, budgets).exceeded for row in rows):
            return (last + days).isoformat()
    return ""


def _with_earlier(use: BudgetUse, spent: _Account, budgets: Deletions) -> BudgetUse:
    """Return the use of a budget after other earlier deletions."""
    past = spent.get((use.team, use.environment), _Counts())[KINDS.index(use.kind)]
    had = use.had - use.earlier + past
    return replace(use, earlier=past, had=had, budget=budgets.allowed(use.kind, had))


def _absolute(after: Holdings, team: str, drops: Sequence[Drop]) -> list[str]:
    """Return the reasons to reject drops of a team that need a tombstone regardless of the budget."""
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
    """Return the use of the budgets of each team and environment with drops, including `earlier` drops."""
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
    """Add up the numbers of drops by team and environment."""
    account: _Account = {}
    for drop in drops:
        place = (drop.team, drop.environment)
        account[place] = account.get(place, _Counts()).plus(drop.applications, drop.overlays, drop.objects)
    return account


def _held_now(holdings: Holdings, teams: AbstractSet[str]) -> _Account:
    """Count the Applications, overlays and objects that these teams have, by team and environment."""
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
    """Return the drops to record for the next judgment.

    A held team keeps all of its history, because the tree that would restore its objects is not adopted.
    """
    kept = {item for item in earlier if item.drop.team not in held}
    kept |= {item for item in spent if item.drop.team in held}
    kept |= {
        Spent(today.isoformat(), drop)
        for team, drops in teams.items()
        if team not in held
        for drop in drops
        if drop.counts
    }
    return tuple(sorted(kept))
