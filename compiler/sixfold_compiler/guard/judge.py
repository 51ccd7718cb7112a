"""The deletion guard: what would vanish, what of it is approved, and whom the rest holds back. Pure.

Argo CD deletes what an answer no longer names, and prunes what a commit no longer holds. So whatever vanishes needs a
tombstone that covers it, or room in the budget of its team and environment. Budgets add up over some days: what they
let go is remembered (`Spent`) until then, or until it is back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sixfold_compiler.guard.drops import Drop, drops
from sixfold_compiler.guard.tombstones import covered, covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["KINDS", "Held", "Row", "Spent", "Verdict", "judge", "uncovered"]

KINDS = ("applications", "overlays", "objects")


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """A drop that a budget let through on that day (ISO, UTC)."""

    day: str
    drop: Drop


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One budget in numbers: `removed` now without a tombstone, `earlier` within the days, of `had` altogether."""

    team: str
    environment: str
    kind: str
    removed: int
    earlier: int
    had: int
    budget: int
    approved: int  # by tombstones, beside the budget

    @property
    def exceeded(self) -> bool:
        """Whether more goes than may."""
        return self.removed > 0 and self.removed + self.earlier > self.budget

    def __str__(self) -> str:
        more = f" after {self.earlier} earlier" if self.earlier else ""
        return f"{self.environment}: {self.removed} of {self.had} {self.kind} go{more}, and the budget is {self.budget}"


@dataclass(frozen=True, slots=True)
class Held:
    """A team that stays as it was: everything of it that would vanish unapproved, and why that is too much."""

    drops: tuple[Drop, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that vanishes, and what is refused of it.

    `platform` is what no team may lose alone, a cluster and what goes along with it, without approval: nothing of the
    tree may be taken over. `teams` are held back, each alone.
    `spent` is what later judgements must be given.
    `approved` drops are those of tombstones. `expired` tombstones would have covered something of what is held.
    """

    found: tuple[Drop, ...] = ()
    platform: tuple[Drop, ...] = ()
    teams: Mapping[str, Held] | None = None
    rows: tuple[Row, ...] = ()
    spent: tuple[Spent, ...] = ()
    expired: tuple[Tombstone, ...] = ()
    approved: frozenset[Drop] = frozenset()

    @property
    def held(self) -> Mapping[str, Held]:
        """The teams that are held back."""
        return self.teams or {}

    @property
    def passes(self) -> bool:
        """Whether everything may go."""
        return not self.platform and not self.held


def judge(
    before: Holdings,
    after: Holdings,
    tombstones: Iterable[Tombstone],
    budgets: Deletions,
    today: date,
    spent: Sequence[Spent] = (),
) -> Verdict:
    """What of `before` may be missing in `after`, on the day `today` (UTC).

    Args:
        before: What is adopted.
        after: What would be.
        tombstones: Every approval, expired ones included.
        budgets: What may go without one.
        today: The day.
        spent: What budgets have let through before.
    """
    stones = tuple(tombstones)
    valid = [stone for stone in stones if stone.covers_on(today)]
    found = tuple(sorted(drops(before, after)))
    earlier = _remembered(spent, after, valid, budgets, today)
    if not found:
        return Verdict(spent=earlier)
    approved = _approved(before, after, found, valid)
    stranded = _stranded(before, found, approved, valid)
    approved -= stranded
    open_ = [drop for drop in found if drop not in approved]
    teams: dict[str, list[Drop]] = {}
    for drop in open_:
        if drop.team and drop.kind != "road" and drop not in stranded:
            teams.setdefault(drop.team, []).append(drop)
    rows = _rows(before, found, approved, teams, earlier, budgets)
    held: dict[str, Held] = {}
    for team, theirs in sorted(teams.items()):
        reasons = [*_absolute(after, team, theirs), *(str(r) for r in rows if r.team == team and r.exceeded)]
        if reasons:
            held[team] = Held(tuple(theirs), tuple(dict.fromkeys(reasons)))
    let_go = [
        Spent(today.isoformat(), drop)
        for team, theirs in teams.items()
        if team not in held
        for drop in theirs
        if drop.applications or drop.overlays or drop.objects
    ]
    platform = tuple(drop for drop in open_ if not drop.team or drop in stranded)
    refused = (*platform, *(drop for one in held.values() for drop in one.drops))
    return Verdict(
        found=found,
        platform=platform,
        teams=held,
        rows=rows,
        spent=tuple(sorted({*_after(spent, earlier, held), *let_go})),
        expired=tuple(s for s in stones if s not in valid and any(covers(s, drop) for drop in refused)),
        approved=frozenset(approved),
    )


def _approved(
    before: Holdings, after: Holdings, found: Sequence[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """The drops that tombstones cover, and those that follow from them."""
    approved = {drop for drop in found if covered(drop, valid)}
    overlays = {(drop.place, drop.app) for drop in approved if drop.kind == "overlay"}
    # Whoever approved the removal of every app of a namespace approved that its Application and tenancy end.
    emptied = {
        (cluster.key, name)
        for cluster in before.clusters.values()
        for name, namespace in cluster.namespaces.items()
        if overlays and all(((cluster.key, name), app) in overlays for app in namespace.apps)
    }
    approved |= {drop for drop in found if drop.team and not drop.app and drop.place in emptied}
    blocked = {drop.team for drop in found if drop not in approved and drop.kind not in {"argocd", "road"}}
    for drop in found:
        # Nothing is left there of a team whose every removal was approved: so its project and set are not needed.
        if drop.kind == "argocd" and drop.team and drop.team not in blocked and drop not in approved:
            was, now = (_is_on(holdings, drop.team, drop.instance) for holdings in (before, after))
            if was and not now:
                approved.add(drop)
    return approved


def _stranded(
    before: Holdings, found: Iterable[Drop], approved: AbstractSet[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """What would follow from the end of a cluster that nobody approved: projects and sets of the teams that it had."""
    kinds = ("cluster", "application")
    ends = {d.cluster_key for d in found if d.kind in kinds and not d.team and d not in approved}
    teams = {
        (namespace.team, cluster.instance)
        for key, cluster in before.clusters.items()
        if key in ends
        for namespace in cluster.namespaces.values()
    }
    return {d for d in approved if d.kind == "argocd" and (d.team, d.instance) in teams and not covered(d, valid)}


def _is_on(holdings: Holdings, team: str, instance: str) -> bool:
    return any(
        namespace.team == team
        for cluster in holdings.clusters.values()
        if cluster.instance == instance
        for namespace in cluster.namespaces.values()
    )


def _remembered(
    spent: Sequence[Spent], after: Holdings, valid: Sequence[Tombstone], budgets: Deletions, today: date
) -> tuple[Spent, ...]:
    """What still counts of what went before: not long ago, not back, and not approved meanwhile."""
    young = [
        one
        for one in spent
        if (today - date.fromisoformat(one.day)).days < budgets.days and not covered(one.drop, valid)
    ]
    if not young:
        return ()
    return tuple(one for one in young if not _is_back(one.drop, after))


def _after(spent: Sequence[Spent], earlier: Sequence[Spent], held: Mapping[str, Held]) -> list[Spent]:
    """What is remembered further on: of a held team all of it, since what came back with this tree is not taken."""
    return [one for one in earlier if one.drop.team not in held] + [one for one in spent if one.drop.team in held]


def _is_back(drop: Drop, after: Holdings) -> bool:
    cluster = after.clusters.get(drop.cluster_key)
    namespace = cluster.namespaces.get(drop.namespace) if cluster is not None else None
    if namespace is None or namespace.team != drop.team:
        return False
    overlay = namespace.apps.get(drop.app)
    match drop.kind:
        case "overlay":
            return overlay is not None
        case "object":
            return overlay is not None and not {drop.object, drop.object.removesuffix(f"/{drop.app}")}.isdisjoint(
                overlay.holds.split()
            )
        case _:  # an Application: nothing else is in a budget
            return drop.name in {namespace.application, *(one.application for one in namespace.apps.values())}


def _rows(
    before: Holdings,
    found: Iterable[Drop],
    approved: AbstractSet[Drop],
    teams: Mapping[str, Sequence[Drop]],
    earlier: Sequence[Spent],
    budgets: Deletions,
) -> tuple[Row, ...]:
    removed: dict[tuple[str, str], list[int]] = {}
    by_stone: dict[tuple[str, str], list[int]] = {}
    for drop in found:
        if drop.team and drop.environment and drop.kind != "road":
            _add(by_stone if drop in approved else removed, drop)
    before_that: dict[tuple[str, str], list[int]] = {}
    for one in earlier:
        if one.drop.team in teams:
            _add(before_that, one.drop)
    had = _counts(before, {team for team, _ in removed.keys() | by_stone.keys()})
    rows = []
    for place in sorted(removed.keys() | by_stone.keys()):
        for index, kind in enumerate(KINDS):
            spent = before_that.get(place, [0, 0, 0])[index]
            total = had.get(place, [0, 0, 0])[index] + spent
            rows.append(
                Row(
                    *place,
                    kind,
                    removed=removed.get(place, [0, 0, 0])[index],
                    earlier=spent,
                    had=total,
                    budget=budgets.allowed(kind, total),
                    approved=by_stone.get(place, [0, 0, 0])[index],
                )
            )
    return tuple(rows)


def _add(counts: dict[tuple[str, str], list[int]], drop: Drop) -> None:
    cell = counts.setdefault((drop.team, drop.environment), [0, 0, 0])
    cell[0] += drop.applications
    cell[1] += drop.overlays
    cell[2] += drop.objects


def _counts(holdings: Holdings, teams: AbstractSet[str]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for cluster in holdings.clusters.values():
        for namespace in cluster.namespaces.values():
            if namespace.team in teams:
                cell = found.setdefault((namespace.team, cluster.environment), [0, 0, 0])
                unit = holdings.units.get(namespace.team, "namespace")
                cell[0] += len(namespace.apps) if unit == "app" else 1
                cell[1] += len(namespace.apps)
                cell[2] += sum(overlay.objects for overlay in namespace.apps.values())
    return found


def _absolute(after: Holdings, team: str, theirs: Sequence[Drop]) -> list[str]:
    """What takes a tombstone whatever the budget is."""
    reasons = []
    cells = {drop.cell for drop in theirs if drop.environment}
    left = sorted(cells - _cells_of(after, team))
    if left and not _cells_of(after, team):
        # A team whose entry stays in the fleet can still be given apps again; only what ran is gone.
        what = "every app of the team goes" if team in after.units else "the whole team goes"
        reasons.append(f"{what}, from {', '.join(left)}")
    else:
        reasons += [f"its namespace leaves {cell} altogether" for cell in left]
    reasons += [uncovered(drop) for drop in theirs if drop.always and drop.cell not in left]
    return reasons


def uncovered(drop: Drop) -> str:
    """The reason that one thing is by itself, whatever else goes."""
    return f"{drop}, which no budget covers"


def _cells_of(holdings: Holdings, team: str) -> set[str]:
    return {
        f"{cluster.environment}/{cluster.data_center}"
        for cluster in holdings.clusters.values()
        if any(namespace.team == team for namespace in cluster.namespaces.values())
    }
