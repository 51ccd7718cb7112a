"""Occupancy of a data center during placement: used and free capacity, and the effect of losing a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.apportion import divide
from sixfold_compiler.placement.problem import NOTHING, Amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.placement.problem import CellProblem, TeamRequest

__all__ = ["Assignment", "Blocked", "Occupancy", "TakeOver"]


class Assignment(NamedTuple):
    """The hosts and weights that a team is assigned, and the homes of its apps in the order of `TeamRequest.homes`.

    `fallbacks` are the clusters to which the homes move if their cluster is lost; -1 if there is none.
    """

    hosts: tuple[int, ...]
    weights: tuple[int, ...]
    homes: tuple[int, ...]
    fallbacks: tuple[int, ...]


class Blocked(NamedTuple):
    """The constraint that an assignment violates (`stacks`, `room`, `loss` or `service`), and on which cluster."""

    constraint: str
    cluster: int


class Addition(NamedTuple):
    """The load that an assignment adds to a cluster, in hundredths."""

    cluster: int
    load: Amount


class TakeOver(NamedTuple):
    """The load that the cluster `survivor` takes over if the cluster `lost` is lost, in hundredths."""

    lost: int
    survivor: int
    load: Amount


class Occupancy:
    """The load of every cluster of a data center, in hundredths.

    `used` is the load of all teams. `guarded` is the part of it that must survive the loss of a cluster, and
    `taken_over[lost][survivor]` is the part of the latter that a survivor takes over.
    """

    def __init__(self, problem: CellProblem) -> None:
        count = len(problem.names)
        self.problem = problem
        self.used = [NOTHING] * count
        self.guarded = [NOTHING] * count
        self.taken_over = [[NOTHING] * count for _ in range(count if problem.guarded >= 0 else 0)]
        self.stacks: list[list[dict[str, int]]] = [[{} for _ in range(count)] for _ in TIERS]
        self.max_stacks = [rule.stacks if rule else None for rule in map(problem.rules.tiers.get, TIERS)]
        self.assignments: dict[str, Assignment] = {}
        self._last: tuple[TeamRequest, Assignment, list[Addition]] | None = None

    def fits(self, request: TeamRequest, assignment: Assignment) -> Blocked | None:
        """Return None if the assignment fits beside the placed teams, else the first violated constraint."""
        for host in assignment.hosts:
            if self.crowded(request, host):
                return Blocked("stacks", host)
        additions = self.additions(request, assignment)
        for cluster, load in additions:
            used, limit = self.used[cluster], self.problem.limits[cluster]
            if (
                used.cpu + load.cpu > limit.cpu
                or used.memory + load.memory > limit.memory
                or used.pods + load.pods > limit.pods
            ):
                return Blocked("room", cluster)
        if (busy := self._overcrowded_service(request, assignment)) is not None:
            return Blocked("service", busy)
        return self._survives(request, assignment, additions) if request.tier <= self.problem.guarded else None

    def crowded(self, request: TeamRequest, cluster: int) -> bool:
        """Return whether a cluster already hosts the allowed number of other stacks of the team's tier."""
        limit = self.max_stacks[request.tier]
        stacks = self.stacks[request.tier][cluster]
        return limit is not None and request.stack not in stacks and len(stacks) >= limit

    def add(self, request: TeamRequest, assignment: Assignment) -> None:
        """Record the assignment of a team, and add its load to its clusters."""
        self._apply(request, assignment, 1)
        self.assignments[request.team] = assignment
        for host in assignment.hosts:
            stacks = self.stacks[request.tier][host]
            stacks[request.stack] = stacks.get(request.stack, 0) + 1

    def remove(self, request: TeamRequest) -> Assignment:
        """Remove a team and its load, and return its assignment."""
        assignment = self.assignments.pop(request.team)
        self._apply(request, assignment, -1)
        for host in assignment.hosts:
            stacks = self.stacks[request.tier][host]
            stacks[request.stack] -= 1
            if not stacks[request.stack]:
                del stacks[request.stack]
        return assignment

    def _apply(self, request: TeamRequest, assignment: Assignment, sign: int) -> None:
        additions = self.additions(request, assignment)
        for cluster, load in additions:
            self.used[cluster] = self.used[cluster].plus(load, sign)
        if request.tier > self.problem.guarded:
            return
        for cluster, load in additions:
            self.guarded[cluster] = self.guarded[cluster].plus(load, sign)
        for lost, survivor, load in self._take_overs(request, assignment):
            by_survivor = self.taken_over[lost]
            by_survivor[survivor] = by_survivor[survivor].plus(load, sign)

    def additions(self, request: TeamRequest, assignment: Assignment) -> list[Addition]:
        """Return the load that an assignment adds to each of its hosts."""
        if (last := self._last) and last[0] is request and last[1] is assignment:  # `add` follows `fits` nearly always
            return last[2]
        divided, per_host, per_node = request.divided, request.per_host, request.per_node
        additions = []
        for cluster, weight in zip(assignment.hosts, assignment.weights, strict=True):
            nodes = self.problem.nodes[cluster]
            load = Amount(
                weight * divided.cpu + 100 * (per_host.cpu + per_node.cpu * nodes),
                weight * divided.memory + 100 * (per_host.memory + per_node.memory * nodes),
                weight * divided.pods + 100 * (per_host.pods + per_node.pods * nodes),
            )
            additions.append(Addition(cluster, load))
        for (_, amount), home in zip(request.homes, assignment.homes, strict=True):
            index = assignment.hosts.index(home)
            additions[index] = Addition(home, additions[index].load.plus(amount, 100))
        self._last = request, assignment, additions
        return additions

    def _take_overs(self, request: TeamRequest, assignment: Assignment) -> Iterator[TakeOver]:
        """Yield the load that every other host takes over when one host of an assignment is lost."""
        divided = request.divided
        for lost, weight in zip(assignment.hosts, assignment.weights, strict=True):
            surviving = 100 - weight
            if not weight or not surviving:
                continue
            for survivor, share in zip(assignment.hosts, assignment.weights, strict=True):
                if survivor != lost and share:
                    part = weight * share
                    load = Amount(
                        -(-divided.cpu * part // surviving),
                        -(-divided.memory * part // surviving),
                        -(-divided.pods * part // surviving),
                    )
                    yield TakeOver(lost, survivor, load)
        for (_, amount), home, fallback in zip(request.homes, assignment.homes, assignment.fallbacks, strict=True):
            if fallback >= 0:
                yield TakeOver(home, fallback, NOTHING.plus(amount, 100))

    def _survives(self, request: TeamRequest, assignment: Assignment, additions: list[Addition]) -> Blocked | None:
        """Return None if the guarded load still fits on the team's hosts when any single cluster is lost."""
        own: dict[tuple[int, int], Amount] = {}
        for lost, survivor, load in self._take_overs(request, assignment):
            own[lost, survivor] = own.get((lost, survivor), NOTHING).plus(load)
        for cluster, load in additions:
            guarded, limit = self.guarded[cluster], self.problem.limits[cluster]
            cpu = limit.cpu - guarded.cpu - load.cpu
            memory = limit.memory - guarded.memory - load.memory
            pods = limit.pods - guarded.pods - load.pods
            for lost, by_survivor in enumerate(self.taken_over):
                if lost == cluster:
                    continue
                taken, extra = by_survivor[cluster], own.get((lost, cluster), NOTHING)
                if (
                    taken.cpu + extra.cpu > cpu
                    or taken.memory + extra.memory > memory
                    or taken.pods + extra.pods > pods
                ):
                    return Blocked("loss", cluster)
        return None

    def _overcrowded_service(self, request: TeamRequest, assignment: Assignment) -> int | None:
        """Return the first host with too many pods of one service; None if there is none."""
        limit = self.problem.rules.pods_per_service
        if request.fixed_pods < limit and request.scaled_pods < limit and request.undivided_pods < limit:
            return None
        return next((host for host in assignment.hosts if self.service_pods(request, assignment, host) >= limit), None)

    def service_pods(self, request: TeamRequest, assignment: Assignment, cluster: int) -> int:
        """Return the largest number of pods of one service on a host, once autoscalers have replaced a lost cluster."""
        weight, surviving = assignment.weights[assignment.hosts.index(cluster)], 100 - max(assignment.weights)
        scaled = request.scaled_pods
        if surviving:
            scaled = min(scaled, -(-scaled * weight // surviving))
        return max(request.undivided_pods, -(-request.fixed_pods * weight // 100), scaled)

    def free(self, cluster: int) -> Resources:
        """Return the free capacity of a cluster."""
        pairs = zip(self.problem.limits[cluster], self.used[cluster], strict=True)
        return Resources(*((limit - used) // 100 for limit, used in pairs))

    def own(self, request: TeamRequest, assignment: Assignment, cluster: int) -> Resources:
        """Return the load of a team on one of its hosts."""
        load = next(a.load for a in self.additions(request, assignment) if a.cluster == cluster)
        return Resources(*(-(-amount // 100) for amount in load))

    def locked(self, request: TeamRequest) -> Assignment:
        """Return the team's assignment in the previous lock. Apps without a home in it go to the first host.

        If clusters have left the data center, the weights of the others add up to 100 again.
        """
        hosts = tuple(sorted(request.weights))
        weights = tuple(request.weights[h] for h in hosts)
        homes = tuple(
            home if (home := request.previous_homes.get(app, -1)) in request.weights else hosts[0]
            for app, _ in request.homes
        )
        fallbacks = tuple(next((h for h in hosts if h != home), -1) for home in homes)
        return Assignment(hosts, weights if sum(weights) == 100 else tuple(divide(100, weights)), homes, fallbacks)

    def trial(self, request: TeamRequest, cluster: int) -> Assignment:
        """Return the team's assignment with `cluster` as one more host. A new team gets as many as it needs."""
        if cluster in request.weights:
            return self.locked(request)
        others = sorted(request.weights)
        if not others:
            needed = max(request.min_hosts, request.spread, 1)
            others = [c for c in request.eligible if c != cluster][: needed - 1]
        hosts = tuple(sorted({*others, cluster}))
        homes = tuple(
            home if (home := request.previous_homes.get(app, -1)) in request.weights else cluster
            for app, _ in request.homes
        )
        weights = tuple(divide(100, [self.problem.cpus[h] for h in hosts]))
        return Assignment(hosts, weights, homes, tuple(-1 for _ in homes))

    def worst_loss(self, request: TeamRequest, assignment: Assignment, cluster: int) -> tuple[int, Resources]:
        """Return the cluster whose loss fills `cluster` most, and the guarded load then; -1 without another cluster."""
        own = next(a.load for a in self.additions(request, assignment) if a.cluster == cluster)
        take_overs = [t for t in self._take_overs(request, assignment) if t.survivor == cluster]
        worst, load, fullest = -1, Resources(), -1.0
        for lost, by_survivor in enumerate(self.taken_over):
            if lost == cluster:
                continue
            total = self.guarded[cluster].plus(own).plus(by_survivor[cluster])
            for take_over in take_overs:
                if take_over.lost == lost:
                    total = total.plus(take_over.load)
            limits = self.problem.limits[cluster]
            fullness = max(used / (limit or 1) for used, limit in zip(total, limits, strict=True))
            if fullness > fullest:
                worst, fullest, load = lost, fullness, Resources(*(-(-amount // 100) for amount in total))
        return worst, load
