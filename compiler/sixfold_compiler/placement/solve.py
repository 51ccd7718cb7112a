"""Placing the teams of one data center: weighted rendezvous hashing with bounded loads, over what was there before.

Who is well placed stays, whoever else comes or goes; a team that must change keeps as many of its hosts as it can.
New hosts are taken in the order of a hash of team and cluster, weighted by capacity, those first that are not already
fuller than the data center is on the whole (the bound). Only where no host has room, other teams make way, one at a
time, and only after that standby clusters are used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from sixfold_compiler.placement.apportion import divide
from sixfold_compiler.placement.occupancy import Blocked, Board, Row
from sixfold_compiler.placement.problem import seed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sixfold_compiler.placement.problem import Item, Site

__all__ = ["Failure", "Solution", "relocate", "solve"]

BOUND = 1.25  # how much fuller than the whole data center a cluster may get while others are not
TRIES = 16  # teams that are asked to make way on one cluster
_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A team that could not be placed: what was in its way last (a constraint of `Blocked`, `spread` or `pins`)."""

    item: Item
    constraint: str


@dataclass(slots=True)
class Solution:
    """A data center with its teams placed, why rows changed (by team), and who could not be placed.

    `spares` are the standby clusters that came into use, each with the team that needed it.
    """

    board: Board
    reasons: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    spares: dict[int, str] = field(default_factory=dict)


def solve(site: Site, items: Sequence[Item], *, rebalance: bool = False) -> Solution:
    """Place every item. The result does not depend on the order of `items`.

    Args:
        site: The data center.
        items: Its teams, each with the row that it had.
        rebalance: Set the weights of rows that stay by capacity again; otherwise they stay as well.
    """
    return _Solver(site, items).run(rebalance=rebalance)


def relocate(site: Site, items: Sequence[Item], moving: Collection[str], gone: int) -> Solution:
    """Place the teams of `moving` anew, without the cluster `gone`; all others stay just as they are.

    Who replaces `gone` takes its weight where there is room for that, so that no other host changes.
    """
    return _Solver(site, items, gone).run_moving(moving)


class _Solver:
    def __init__(self, site: Site, items: Sequence[Item], gone: int = -1) -> None:
        self._gone = gone
        self._site = site
        self._items = {item.team: item for item in items}
        self._board = Board(site)
        self._solution = Solution(self._board)
        self._soft = self._bound(items)
        self._blocked = Blocked("room", -1)
        # Making way is tried in proportion to the number of teams, so that an overfull fleet does not take for ever.
        self._budget = 64 + 4 * len(items)
        self._weights = cache(lambda hosts: tuple(divide(100, [site.cpus[h] for h in hosts])))

    def run(self, *, rebalance: bool) -> Solution:
        waiting = []
        for item in sorted(self._items.values(), key=lambda i: (i.tier, i.size, i.team)):
            row = self._kept(item, rebalance=rebalance)
            if row is None:
                waiting.append(item)
            else:
                self._board.add(item, row)
        for item in sorted(waiting, key=lambda i: (i.tier, len(i.may), -i.size[0], -i.size[1], -i.size[2], i.team)):
            self._place(item)
        return self._solution

    def run_moving(self, moving: Collection[str]) -> Solution:
        for item in self._items.values():
            if item.team not in moving and item.row:
                self._board.add(item, self._board.locked(item))
        self._budget = 0  # nobody makes way
        for team in sorted(moving, key=lambda t: (self._items[t].tier, len(self._items[t].may), t)):
            self._place(self._items[team])
        return self._solution

    def _kept(self, item: Item, *, rebalance: bool) -> Row | None:
        """The row that the team has, where nothing is wrong with it."""
        hosts = tuple(sorted(item.row))
        if gone := [self._site.names[h] for h in hosts if h not in item.keeps]:
            self._because(item, f"may not stay on {', '.join(gone)}")
            return None
        if len(hosts) < item.least:
            self._because(item, "needs more clusters" if item.row else "is new here")
            return None
        if any(pin not in item.row for pin in item.pins):
            self._because(item, "is pinned")
            return None
        if not item.wanted and not item.row.keys() >= set(item.may):
            self._because(item, "belongs on every active cluster")
            return None
        choices = list(self._choices(item, hosts))
        if rebalance and self._site.draining.isdisjoint(hosts):
            choices.insert(0, self._weights(hosts))
        found = None
        for index, weights in enumerate(choices):
            row = self._row(item, hosts, weights)
            blocked = self._board.fits(item, row)
            if blocked is None:
                if index:
                    self._because(item, "has other weights for room")
                return row
            found = found or blocked
        assert found is not None  # noqa: S101 - there is at least one choice
        self._because(item, _WHY[found.constraint].format(self._site.names[found.cluster]))
        return None

    def _place(self, item: Item) -> None:
        self._blocked = Blocked("spread", -1)
        kept = tuple(h for h in sorted(item.row) if h in item.keeps)
        ranked = self._ranked(item, item.may)
        row = self._attempt(item, ranked, kept) or self._moved(item, ranked, kept)
        blocked = self._blocked
        if row is None and blocked.constraint != "spread":
            row = self._make_way(item, ranked, kept)
        if row is None and item.spare:
            both = ranked + self._ranked(item, item.spare)
            row = self._attempt(item, both, kept) or self._moved(item, both, kept)
            for host in row.hosts if row else ():
                if self._site.clusters[host].state == "standby" and host not in item.row:
                    self._solution.spares.setdefault(host, item.team)
        if row is None:
            self._solution.failures.append(Failure(item, blocked.constraint))
        else:
            self._board.add(item, row)

    def _moved(self, item: Item, ranked: list[int], kept: tuple[int, ...]) -> Row | None:
        """A row without one of the hosts that the team has, then without any of them."""
        for gone in kept:
            rest = tuple(h for h in kept if h != gone)
            if row := self._attempt(item, [h for h in ranked if h != gone], rest):
                return row
        return self._attempt(item, ranked, ()) if len(kept) > 1 else None

    def _attempt(self, item: Item, ranked: Sequence[int], kept: tuple[int, ...]) -> Row | None:
        """The first row that fits: `kept` and pins, then others by rank, more of them where fewer have no room."""
        fixed = tuple(dict.fromkeys((*kept, *item.pins)))
        others = [c for c in ranked if c not in fixed and not self._board.crowded(item, c)]
        if len(others) < len(ranked) - len(fixed) and len(others) + len(fixed) < item.least:
            self._block(Blocked("stacks", -1))
        most = len(fixed) + len(others)
        for size in range(max(item.wanted or most, item.least, len(fixed)), most + 1):
            if row := self._of_size(item, fixed, list(others), size):
                return row
        return None

    def _of_size(self, item: Item, fixed: tuple[int, ...], others: list[int], size: int) -> Row | None:
        """The first row of so many hosts that fits; each one that is in the way makes room for the next by rank."""
        while True:
            hosts = tuple(sorted((*fixed, *others[: size - len(fixed)])))
            if len(hosts) < max(item.least, 1) or (item.wanted and len(hosts) < size):
                return None
            found: Blocked | None = None
            for weights in self._choices(item, hosts):
                row = self._row(item, hosts, weights)
                found = self._board.fits(item, row)
                if found is None:
                    return row
            assert found is not None  # noqa: S101 - there is at least one choice
            self._block(found)
            if found.cluster in fixed:
                return None
            others.remove(found.cluster)

    def _choices(self, item: Item, hosts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Weights to try: as they were, by capacity, by what is free. One that drains gets no more than its own."""
        had = tuple(item.row.get(h, -1) for h in hosts)
        if -1 not in had and sum(had) == 100:
            yield had
        yield from self._inherited(item, hosts)
        drained = {h: item.row[h] for h in hosts if h in self._site.draining and h in item.row}
        if not drained or len(drained) == len(hosts):
            yield self._weights(hosts)
        else:
            others = [h for h in hosts if h not in drained]
            if 100 - sum(drained.values()) < len(others):  # they carry it all: each gives up what is over its part
                parts = dict(zip(hosts, self._weights(hosts), strict=True))
                drained = {h: min(weight, parts[h]) for h, weight in drained.items()}
            shares = divide(100 - sum(drained.values()), [self._site.cpus[h] for h in others])
            found = drained | dict(zip(others, shares, strict=True))
            yield tuple(found[h] for h in hosts)
        if len(hosts) > 1 and not drained:
            yield tuple(divide(100, [self._free(h) for h in hosts]))

    def _inherited(self, item: Item, hosts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The weights where nothing changes but that others take what the cluster that goes had."""
        lost = item.row.get(self._gone, 0)
        takers = [h for h in hosts if h not in item.row] or list(hosts)
        if lost < len(takers):
            return
        more = dict(zip(takers, divide(lost, [self._site.cpus[h] for h in takers]), strict=True))
        weights = tuple(item.row.get(h, 0) + more.get(h, 0) for h in hosts)
        if sum(weights) == 100:
            yield weights

    def _row(self, item: Item, hosts: tuple[int, ...], weights: tuple[int, ...]) -> Row:
        """A row with a home for every app that runs once: the one it has, else by its hash among hosts with room."""
        if not item.homes:
            return Row(hosts, weights, (), ())
        homes, seconds = [], []
        added: dict[int, list[int]] = {}
        for app, amount in item.homes:
            home = item.at.get(app, -1)
            ranked = [h for h, w in zip(hosts, weights, strict=True) if w and h != home] or list(hosts)
            ranked.sort(key=lambda h: (-self._score(seed(self._site.cell, item.team, app), h), h))
            if home not in hosts:
                home = next((h for h in ranked if self._has_room(h, amount, added.get(h, ()))), ranked[0])
            homes.append(home)
            seconds.append(next((h for h in ranked if h != home), -1))
            taken = added.setdefault(home, [0, 0, 0])
            for i in range(3):
                taken[i] += amount[i] * 100
        return Row(hosts, weights, tuple(homes), tuple(seconds))

    def _has_room(self, cluster: int, amount: Sequence[int], added: Sequence[int]) -> bool:
        (u0, u1, u2), (m0, m1, m2) = self._board.used[cluster], self._site.limits[cluster]
        (n0, n1, n2), (a0, a1, a2) = added or (0, 0, 0), amount
        return u0 + 100 * a0 + n0 <= m0 and u1 + 100 * a1 + n1 <= m1 and u2 + 100 * a2 + n2 <= m2

    def _make_way(self, item: Item, ranked: Sequence[int], kept: tuple[int, ...]) -> Row | None:
        """Let another team, of the same tier or a lower one, go elsewhere, so that this one has room."""
        for cluster in (*kept, *ranked):
            self._budget -= 1 + len(self._board.rows) // 64
            if self._budget < 0:
                return None
            here = (self._items[team] for team, row in self._board.rows.items() if cluster in row.hosts)
            there = [other for other in here if other.tier >= item.tier and cluster not in other.pins]
            there.sort(key=lambda i: (-i.tier, -i.size[0], -i.size[1], -i.size[2], i.team))
            for other in there[:TRIES]:
                self._budget -= 1
                if self._budget < 0:
                    return None
                before = self._board.remove(other)
                row = self._attempt(item, ranked, kept)
                if row is not None:
                    self._board.add(item, row)
                    rest = tuple(h for h in before.hosts if h != cluster)
                    away = [h for h in self._ranked(other, other.may) if h != cluster]
                    instead = self._attempt(other, away, rest)
                    self._board.remove(item)
                    if instead is not None:
                        self._board.add(other, instead)
                        self._because(other, f"makes way for {item.team}")
                        return row
                self._board.add(other, before)
        return None

    def _ranked(self, item: Item, clusters: Iterable[int]) -> list[int]:
        """Clusters by the team's hash, weighted by capacity; those that it would fill over the bound come last."""
        mark = seed(self._site.cell, item.team)
        part = max(item.wanted, 1)
        return sorted(clusters, key=lambda c: (not self._under(item, c, part), -self._score(mark, c), c))

    def _score(self, mark: int, cluster: int) -> float:
        """Weighted rendezvous hashing: the cluster with the highest score takes it."""
        mixed = (mark ^ self._site.seeds[cluster]) * 0x9E3779B97F4A7C15 & _MASK
        mixed = (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93 & _MASK
        mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 & _MASK
        uniform = ((mixed ^ mixed >> 32) + 0.5) / 2**64
        return -max(self._site.cpus[cluster], 1) / math.log(uniform) if uniform < 1 else math.inf

    def _bound(self, items: Sequence[Item]) -> list[tuple[float, float, float]]:
        """How full a cluster may get before others are preferred."""
        asked = [0, 0, 0]
        for item in items:
            for i, amount in enumerate(item.size):
                asked[i] += 100 * amount
        open_ = [c for c, cluster in enumerate(self._site.clusters) if cluster.state == "active"]
        whole = [sum(self._site.limits[c][i] for c in open_) or 1 for i in range(3)]
        part = [min(1.0, BOUND * a / w) for a, w in zip(asked, whole, strict=True)]
        return [(cpu * part[0], memory * part[1], pods * part[2]) for cpu, memory, pods in self._site.limits]

    def _under(self, item: Item, cluster: int, parts: int) -> bool:
        (u0, u1, u2), (m0, m1, m2), (s0, s1, s2) = self._board.used[cluster], self._soft[cluster], item.shared
        return u0 + 100 * s0 // parts <= m0 and u1 + 100 * s1 // parts <= m1 and u2 + 100 * s2 // parts <= m2

    def _free(self, cluster: int) -> float:
        """What is free of a cluster, in cores: of its scarcest resource, in proportion."""
        used, limit = self._board.used[cluster], self._site.limits[cluster]
        part = min((1 - u / most if most else 0.0) for u, most in zip(used, limit, strict=True))
        return max(1, round(self._site.cpus[cluster] * part))

    def _block(self, found: Blocked) -> None:
        """Remember what is in a team's way: of several things, the one that is left when the others are solved."""
        if _RANK.index(found.constraint) >= _RANK.index(self._blocked.constraint):
            self._blocked = found

    def _because(self, item: Item, why: str) -> None:
        self._solution.reasons.setdefault(item.team, why)


_RANK = ("spread", "room", "service", "loss", "stacks")
_WHY = {
    "room": "has no room on {}",
    "stacks": "meets another stack of its tier on {}",
    "loss": "would not survive a loss on {}",
    "service": "has too many pods of a service on {}",
}
