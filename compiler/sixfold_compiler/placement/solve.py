"""Place the teams of one data center: weighted rendezvous hashing with bounded loads, based on the previous lock.

A team whose hosts satisfy all rules stays, regardless of other changes; a team that must change keeps as many hosts as
possible. New hosts are tried in the order of a hash of team and cluster, weighted by capacity; clusters that are fuller
than the bound (`BOUND` times the fullness of the data center) come last. Only if no host has room, other teams are
moved, one at a time. Only after that, standby clusters are used.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from sixfold_compiler.placement.apportion import divide
from sixfold_compiler.placement.occupancy import Assignment, Blocked, Occupancy
from sixfold_compiler.placement.problem import NOTHING, seed
from sixfold_compiler.placement.solution import Failure, Solution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.placement.problem import Amount, CellProblem, TeamRequest

__all__ = ["probe", "relocate", "solve"]

BOUND = 1.25
TRIES = 16  # teams of one cluster that the solver tries to move so that another has room
_MASK = 2**64 - 1


def solve(
    problem: CellProblem,
    requests: Sequence[TeamRequest],
    *,
    rebalance: bool,
    held: AbstractSet[str],
) -> Solution:
    """Place every team of a data center. The result does not depend on the order of `requests`.

    Args:
        problem: The data center.
        requests: Its teams, each with its previous hosts.
        rebalance: Recompute the weights of unchanged hosts from capacity; otherwise the weights stay too.
        held: Teams that stay on their previous hosts; a failure if the apps do not fit there beside those that stay.
    """
    return _Solver(problem, requests, held=held).run(rebalance=rebalance)


def probe(solution: Solution, requests: Sequence[TeamRequest], wanted: TeamRequest) -> tuple[Occupancy, Failure | None]:
    """Try to place a team beside the other teams of a solution, none of which moves.

    Return the occupancy of the others and the failure; without a failure, the occupancy includes the team.
    """
    solver = _Solver(solution.occupancy.problem, [*(r for r in requests if r.team != wanted.team), wanted])
    return solver.run_beside(solution, wanted)


def relocate(problem: CellProblem, requests: Sequence[TeamRequest], moving: Collection[str], leaving: int) -> Solution:
    """Place the teams of `moving` again without the cluster `leaving`. All other teams stay unchanged.

    The host that replaces `leaving` takes its weight if there is room, so that no other host changes.
    """
    return _Solver(problem, requests, leaving).run_moving(moving)


class _Solver:
    def __init__(
        self,
        problem: CellProblem,
        requests: Sequence[TeamRequest],
        leaving: int = -1,
        held: AbstractSet[str] = frozenset(),
    ) -> None:
        self._leaving, self._held = leaving, held
        self._problem = problem
        self._requests = {request.team: request for request in requests}
        self._occupancy = Occupancy(problem)
        self._solution = Solution(self._occupancy)
        self._soft_limits = self._bounded_limits(requests)
        self._blocked = Blocked("room", -1)
        # Attempts to move other teams are limited in proportion to the number of teams: an overfull fleet must end too.
        self._budget = 64 + 4 * len(requests)
        self._weights = cache(lambda hosts: tuple(divide(100, [problem.cpus[h] for h in hosts])))

    def run(self, *, rebalance: bool) -> Solution:
        waiting = []
        free = (r for r in self._requests.values() if r.team not in self._held)
        for request in sorted(free, key=lambda r: (r.tier, r.total, r.team)):
            assignment = self._kept(request, rebalance=rebalance)
            if assignment is None:
                waiting.append(request)
            else:
                self._occupancy.add(request, assignment)
        for team in sorted(self._held & self._requests.keys()):
            self._hold(self._requests[team])
        for request in sorted(waiting, key=lambda r: (r.tier, len(r.eligible), *_largest_first(r))):
            self._place(request)
        return self._solution

    def run_moving(self, moving: Collection[str]) -> Solution:
        for request in self._requests.values():
            if request.team not in moving and request.weights:
                self._occupancy.add(request, self._occupancy.locked(request))
        self._budget = 0  # other teams do not move
        for team in sorted(moving, key=lambda t: (self._requests[t].tier, len(self._requests[t].eligible), t)):
            self._place(self._requests[team])
        return self._solution

    def run_beside(self, solution: Solution, wanted: TeamRequest) -> tuple[Occupancy, Failure | None]:
        for team, assignment in solution.occupancy.assignments.items():
            if team != wanted.team:
                self._occupancy.add(self._requests[team], assignment)
        self._budget = 0  # other teams do not move
        self._place(wanted)
        return self._occupancy, next(iter(self._solution.failures), None)

    def _hold(self, request: TeamRequest) -> None:
        """Add a team to its previous hosts, with a failure if its apps do not fit there."""
        assignment = self._occupancy.locked(request)
        blocked = self._occupancy.fits(request, assignment)
        if len(assignment.hosts) < request.min_hosts:
            blocked = Blocked("spread", -1)
        if blocked:
            self._solution.failures.append(Failure(request, blocked.constraint))
        self._occupancy.add(request, assignment)

    def _kept(self, request: TeamRequest, *, rebalance: bool) -> Assignment | None:
        """Return an assignment to the team's previous hosts; if the team must change, record why and return None."""
        hosts = tuple(sorted(request.weights))
        if forbidden := [self._problem.names[h] for h in hosts if h not in request.keepable]:
            self._record(request, f"may not stay on {', '.join(forbidden)}")
            return None
        if len(hosts) < request.min_hosts:
            self._record(request, "needs more clusters" if request.weights else "is new here")
            return None
        if any(pin not in request.weights for pin in request.pins):
            self._record(request, "is pinned")
            return None
        if not request.spread and not request.weights.keys() >= set(request.eligible):
            self._record(request, "belongs on every active cluster")
            return None
        choices = list(self._choices(request, hosts))
        if rebalance and self._problem.draining.isdisjoint(hosts):
            choices.insert(0, self._weights(hosts))
        first_blocked = None
        for index, weights in enumerate(choices):
            assignment = self._assignment(request, hosts, weights)
            blocked = self._occupancy.fits(request, assignment)
            if blocked is None:
                if index:
                    self._record(request, "has other weights for room")
                return assignment
            first_blocked = first_blocked or blocked
        assert first_blocked is not None  # noqa: S101 - there is at least one choice
        cluster = self._problem.names[first_blocked.cluster]
        self._record(request, _REASONS[first_blocked.constraint].format(cluster))
        return None

    def _place(self, request: TeamRequest) -> None:
        """Place a team: on eligible clusters, else by moving another team, else on standby clusters.

        Record a failure if none of these works.
        """
        self._blocked = Blocked("spread", -1)
        kept = tuple(h for h in sorted(request.weights) if h in request.keepable)
        ranked = self._ranked(request, request.eligible)
        assignment = self._attempt(request, ranked, kept) or self._attempt_without(request, ranked, kept)
        blocked = self._blocked
        if assignment is None and blocked.constraint != "spread":
            assignment = self._displace(request, ranked, kept)
        if assignment is None and request.standby:
            both = ranked + self._ranked(request, request.standby)
            assignment = self._attempt(request, both, kept) or self._attempt_without(request, both, kept)
            for host in assignment.hosts if assignment else ():
                if self._problem.clusters[host].state == "standby" and host not in request.weights:
                    self._solution.standby.setdefault(host, request.team)
        if assignment is None:
            self._solution.failures.append(Failure(request, blocked.constraint))
        else:
            self._occupancy.add(request, assignment)

    def _attempt_without(self, request: TeamRequest, ranked: list[int], kept: tuple[int, ...]) -> Assignment | None:
        """Return an assignment without one of the hosts in `kept`, else without all of them; None if neither fits."""
        for left in kept:
            remaining = tuple(h for h in kept if h != left)
            if assignment := self._attempt(request, [h for h in ranked if h != left], remaining):
                return assignment
        return self._attempt(request, ranked, ()) if len(kept) > 1 else None

    def _attempt(self, request: TeamRequest, ranked: Sequence[int], kept: tuple[int, ...]) -> Assignment | None:
        """Return the first assignment that fits, on as few hosts as possible: kept hosts and pins, then by rank."""
        fixed = tuple(dict.fromkeys((*kept, *request.pins)))
        others = [c for c in ranked if c not in fixed and not self._occupancy.crowded(request, c)]
        if len(others) < len(ranked) - len(fixed) and len(others) + len(fixed) < request.min_hosts:
            self._remember(Blocked("stacks", -1))
        available = len(fixed) + len(others)
        for size in range(max(request.spread or available, request.min_hosts, len(fixed)), available + 1):
            if assignment := self._of_size(request, fixed, list(others), size):
                return assignment
        return None

    def _of_size(self, request: TeamRequest, fixed: tuple[int, ...], others: list[int], size: int) -> Assignment | None:
        """Return the first assignment to `size` hosts that fits. The next cluster by rank replaces a full one."""
        while True:
            hosts = tuple(sorted((*fixed, *others[: size - len(fixed)])))
            if len(hosts) < max(request.min_hosts, 1) or (request.spread and len(hosts) < size):
                return None
            blocked: Blocked | None = None
            for weights in self._choices(request, hosts):
                assignment = self._assignment(request, hosts, weights)
                blocked = self._occupancy.fits(request, assignment)
                if blocked is None:
                    return assignment
            assert blocked is not None  # noqa: S101 - there is at least one choice
            self._remember(blocked)
            if blocked.cluster in fixed:
                return None
            others.remove(blocked.cluster)

    def _choices(self, request: TeamRequest, hosts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield weights to try: previous ones, by capacity, by free capacity. A draining host never gains weight."""
        previous = tuple(request.weights.get(h, -1) for h in hosts)
        if -1 not in previous and sum(previous) == 100:
            yield previous
        yield from self._inherited(request, hosts)
        drained = {h: request.weights[h] for h in hosts if h in self._problem.draining and h in request.weights}
        if not drained or len(drained) == len(hosts):
            yield self._weights(hosts)
        else:
            others = [h for h in hosts if h not in drained]
            if 100 - sum(drained.values()) < len(others):  # each gives up what is over its part by capacity
                parts = dict(zip(hosts, self._weights(hosts), strict=True))
                drained = {h: min(weight, parts[h]) for h, weight in drained.items()}
            shares = divide(100 - sum(drained.values()), [self._problem.cpus[h] for h in others])
            combined = drained | dict(zip(others, shares, strict=True))
            yield tuple(combined[h] for h in hosts)
        if len(hosts) > 1 and not drained:
            yield tuple(divide(100, [self._free_cpu(h) for h in hosts]))

    def _inherited(self, request: TeamRequest, hosts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield the previous weights, with the leaving cluster's weight divided over the new hosts, if this adds up."""
        lost = request.weights.get(self._leaving, 0)
        takers = [h for h in hosts if h not in request.weights] or list(hosts)
        if lost < len(takers):
            return
        extra = dict(zip(takers, divide(lost, [self._problem.cpus[h] for h in takers]), strict=True))
        weights = tuple(request.weights.get(h, 0) + extra.get(h, 0) for h in hosts)
        if sum(weights) == 100:
            yield weights

    def _assignment(self, request: TeamRequest, hosts: tuple[int, ...], weights: tuple[int, ...]) -> Assignment:
        """Return an assignment with a home for each app: the previous home, else a host with room, chosen by hash."""
        if not request.homes:
            return Assignment(hosts, weights, (), ())
        homes, fallbacks = [], []
        added: dict[int, Amount] = {}
        for app, amount in request.homes:
            home = request.previous_homes.get(app, -1)
            ranked = [h for h, w in zip(hosts, weights, strict=True) if w and h != home] or list(hosts)
            mark = seed(self._problem.cell, request.team, app)
            scores = {h: self._rendezvous_score(mark, h) for h in ranked}
            ranked.sort(key=lambda h: (-scores[h], h))
            if home not in hosts:
                home = next((h for h in ranked if self._has_room(h, added.get(h, NOTHING).plus(amount))), ranked[0])
            homes.append(home)
            fallbacks.append(next((h for h in ranked if h != home), -1))
            added[home] = added.get(home, NOTHING).plus(amount)
        return Assignment(hosts, weights, tuple(homes), tuple(fallbacks))

    def _has_room(self, cluster: int, amount: Amount) -> bool:
        """Return whether an amount fits on a cluster in addition to its load."""
        used, limit = self._occupancy.used[cluster], self._problem.limits[cluster]
        return (
            used.cpu + 100 * amount.cpu <= limit.cpu
            and used.memory + 100 * amount.memory <= limit.memory
            and used.pods + 100 * amount.pods <= limit.pods
        )

    def _displace(self, request: TeamRequest, ranked: Sequence[int], kept: tuple[int, ...]) -> Assignment | None:
        """Move one other team of the same or a lower tier, and return an assignment that fits then; else None."""
        for cluster in (*kept, *ranked):
            self._budget -= 1 + len(self._occupancy.assignments) // 64
            if self._budget < 0:
                return None
            hosted = (self._requests[team] for team, a in self._occupancy.assignments.items() if cluster in a.hosts)
            movable = [
                other
                for other in hosted
                if other.tier >= request.tier and cluster not in other.pins and other.team not in self._held
            ]
            movable.sort(key=lambda other: (-other.tier, *_largest_first(other)))
            for other in movable[:TRIES]:
                self._budget -= 1
                if self._budget < 0:
                    return None
                if assignment := self._exchange(request, other, cluster, ranked, kept):
                    return assignment
        return None

    def _exchange(
        self, request: TeamRequest, other: TeamRequest, cluster: int, ranked: Sequence[int], kept: tuple[int, ...]
    ) -> Assignment | None:
        """Return an assignment that fits without `other` on the cluster; else restore `other` and return None."""
        previous = self._occupancy.remove(other)
        assignment = self._attempt(request, ranked, kept)
        if assignment is not None:
            self._occupancy.add(request, assignment)
            remaining = tuple(h for h in previous.hosts if h != cluster)
            elsewhere = [h for h in self._ranked(other, other.eligible) if h != cluster]
            moved = self._attempt(other, elsewhere, remaining)
            self._occupancy.remove(request)
            if moved is not None:
                self._occupancy.add(other, moved)
                self._record(other, f"moves to make room for {request.team}")
                return assignment
        self._occupancy.add(other, previous)
        return None

    def _ranked(self, request: TeamRequest, clusters: Iterable[int]) -> list[int]:
        """Return the clusters by the team's score. Those that the team would fill beyond the bound come last."""
        mark = seed(self._problem.cell, request.team)
        parts = max(request.spread, 1)
        return sorted(
            clusters,
            key=lambda c: (not self._within_bound(request, c, parts), -self._rendezvous_score(mark, c), c),
        )

    def _rendezvous_score(self, mark: int, cluster: int) -> float:
        """Return the score of a cluster in weighted rendezvous hashing. The highest score wins, in proportion to cores.

        See Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA 2005: -weight / ln(uniform hash).
        """
        # The seeds are hashed by a 64-bit finalizer (the golden ratio, and odd multipliers as in SplitMix64).
        mixed = (mark ^ self._problem.seeds[cluster]) * 0x9E3779B97F4A7C15 & _MASK
        mixed = (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93 & _MASK
        mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 & _MASK
        uniform = ((mixed ^ mixed >> 32) + 0.5) / 2**64
        return -max(self._problem.cpus[cluster], 1) / math.log(uniform) if uniform < 1 else math.inf

    def _bounded_limits(self, requests: Sequence[TeamRequest]) -> list[tuple[float, float, float]]:
        """Return, for each cluster, the load in hundredths beyond which other clusters are preferred."""
        active = [c for c, cluster in enumerate(self._problem.clusters) if cluster.state == "active"]

        def bound(resource: str) -> float:
            wanted: int = 100 * sum(getattr(request.total, resource) for request in requests)
            capacity: int = sum(getattr(self._problem.limits[c], resource) for c in active) or 1
            return min(1.0, BOUND * wanted / capacity)

        cpu, memory, pods = bound("cpu"), bound("memory"), bound("pods")
        return [(limit.cpu * cpu, limit.memory * memory, limit.pods * pods) for limit in self._problem.limits]

    def _within_bound(self, request: TeamRequest, cluster: int, parts: int) -> bool:
        used, bound, divided = self._occupancy.used[cluster], self._soft_limits[cluster], request.divided
        return (
            used.cpu + 100 * divided.cpu // parts <= bound[0]
            and used.memory + 100 * divided.memory // parts <= bound[1]
            and used.pods + 100 * divided.pods // parts <= bound[2]
        )

    def _free_cpu(self, cluster: int) -> float:
        """Return the free millicores of a cluster, scaled down to its scarcest resource; at least 1."""
        used, limit = self._occupancy.used[cluster], self._problem.limits[cluster]
        part = min((1 - u / most if most else 0.0) for u, most in zip(used, limit, strict=True))
        return max(1, round(self._problem.cpus[cluster] * part))

    def _remember(self, blocked: Blocked) -> None:
        """Record a violated constraint for the report, unless a recorded one comes later in `_ORDER`."""
        if _ORDER.index(blocked.constraint) >= _ORDER.index(self._blocked.constraint):
            self._blocked = blocked

    def _record(self, request: TeamRequest, reason: str) -> None:
        self._solution.reasons.setdefault(request.team, reason)


def _largest_first(request: TeamRequest) -> tuple[int, int, int, str]:
    """Return a sort key: the largest team first, ties by name."""
    return (-request.total.cpu, -request.total.memory, -request.total.pods, request.team)


_ORDER = ("spread", "room", "service", "loss", "stacks")
_REASONS = {
    "room": "has no room on {}",
    "stacks": "meets another stack of its tier on {}",
    "loss": "would not survive a loss on {}",
    "service": "has too many pods of a service on {}",
}
