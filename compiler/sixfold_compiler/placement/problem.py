"""The placement problem of one data center: its clusters with limits, and its teams with requests.

Amounts are counted in hundredths, so that a weight in percent times an amount is an integer. Clusters are numbered in
the order of their names. Sums of integers do not depend on the order of their parts, so results are reproducible.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand, demand_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.fleet import Cluster, Team
    from sixfold_compiler.model.placement import PlacementException, PlacementRules
    from sixfold_compiler.placement.lock import Lock

__all__ = [
    "NOTHING",
    "Amount",
    "CellProblem",
    "FleetProblems",
    "TeamRequest",
    "capacity_of",
    "nodes_of",
    "refusals",
    "reserved",
    "seed",
]

PODS_OF_A_NODE = 110  # Kubernetes' own default, for clusters that do not say how many nodes they have


class Amount(NamedTuple):
    """An amount of each resource in the solver: millicores, bytes and pods, or hundredths of these units."""

    cpu: int
    memory: int
    pods: int

    @classmethod
    def of(cls, resources: Resources) -> Amount:
        """Convert resources to an amount."""
        cpu, memory, pods = resources.cpu, resources.memory, resources.pods
        return cls(cpu, memory, pods) if cpu or memory or pods else NOTHING  # most teams have no daemons or copies

    def plus(self, other: Amount, factor: int = 1) -> Amount:
        """Return this amount plus `factor` times `other`."""
        return Amount(
            self.cpu + factor * other.cpu,
            self.memory + factor * other.memory,
            self.pods + factor * other.pods,
        )


NOTHING = Amount(0, 0, 0)


class Eligible(NamedTuple):
    """The clusters that satisfy a team's constraints: active ones, standby ones, and those that may keep the team."""

    active: tuple[int, ...]
    standby: tuple[int, ...]
    keepable: frozenset[int]


@dataclass(slots=True)
class TeamRequest:
    """A team to place in a data center, with its load and its constraints.

    Attributes:
        team: The name of the team.
        tier: The index of its tier in `TIERS`.
        stack: The name of its stack. Tiers may limit the number of stacks on each cluster.
        min_hosts: The smallest allowed number of clusters.
        spread: The number of clusters by its tier's rule; 0 places it on every cluster with room.
        divided: The amount that is divided over the hosts by weight.
        per_host: The amount on each host.
        per_node: The amount on each node of a host.
        homes: The apps that run once, each with its amount.
        fixed_pods: Pods of the largest service that is divided and not autoscaled.
        scaled_pods: Pods of the largest service that is divided and autoscaled.
        undivided_pods: Pods of the largest service that is not divided.
        eligible: Active clusters that can take the team.
        standby: Standby clusters that can take the team.
        keepable: Clusters that may keep the team if they host it already.
        pins: Clusters that must host the team.
        total: The amount that it needs on a single host, without DaemonSets.
        weights: The weights of its hosts in the previous lock.
        previous_homes: The homes of its apps in the previous lock.
    """

    team: str
    tier: int
    stack: str
    min_hosts: int
    spread: int
    divided: Amount
    per_host: Amount
    per_node: Amount
    homes: tuple[tuple[str, Amount], ...]
    fixed_pods: int
    scaled_pods: int
    undivided_pods: int
    eligible: tuple[int, ...]
    standby: tuple[int, ...]
    keepable: frozenset[int]
    pins: tuple[int, ...]
    total: Amount
    weights: dict[int, int] = field(default_factory=dict)
    previous_homes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class CellProblem:
    """The clusters of a data center by index, and the rules for placing teams on them.

    `limits` is the capacity without headroom, in hundredths. Teams of the tier `guarded` and above must survive the
    loss of a cluster (-1: no tier must). `dedicated` are the teams, by name, that each cluster is dedicated to.
    """

    cell: Cell
    names: list[str]
    clusters: list[Cluster]
    rules: PlacementRules
    capacity: list[Resources]
    limits: list[Amount]
    cpus: list[int]
    nodes: list[int]
    seeds: list[int]
    guarded: int
    draining: frozenset[int]
    dedicated: frozenset[str]
    index: dict[str, int]

    def room(self, cluster: int) -> Resources:
        """Return the capacity of a cluster without headroom."""
        limit = self.limits[cluster]
        return Resources(limit.cpu // 100, limit.memory // 100, limit.pods // 100)


class FleetProblems:
    """A builder for the placement problems of a fleet, one data center at a time."""

    def __init__(
        self,
        fleet: FleetInput,
        live: Mapping[Target, Resources] | None,
        today: str,
        leave: Collection[Target] = (),
    ) -> None:
        self._fleet, self._live, self._today = fleet, live or {}, today
        self._left = {(target.cell, target.cluster) for target in leave}
        self._teams: dict[Cell, list[str]] = {}
        for name, team in sorted(fleet.model.teams.items()):
            for cell in fleet.team_cells(team):
                self._teams.setdefault(cell, []).append(name)

    def problem(self, cell: Cell) -> CellProblem:
        """Return the placement problem of a data center, without its teams."""
        environment = self._fleet.model.environments[cell.environment]
        clusters = environment.data_centers[cell.data_center].clusters
        names, rules = sorted(clusters), environment.placement
        members = [clusters[name] for name in names]
        capacity = [capacity_of(cell, name, clusters[name], self._live) for name in names]
        guarded = [i for i, tier in enumerate(TIERS) if (rule := rules.tiers.get(tier)) and rule.survives_loss]
        head = rules.headroom
        cpu, memory, pods = (round((1 - part) * 10**6) for part in (head.cpu, head.memory, head.pods))
        return CellProblem(
            cell,
            names,
            members,
            rules,
            capacity,
            [Amount(c.cpu * cpu // 10**4, c.memory * memory // 10**4, c.pods * pods // 10**4) for c in capacity],
            [c.cpu for c in capacity],
            [nodes_of(c) for c in members],
            [seed(name) for name in names],
            max(guarded, default=-1),
            frozenset(i for i, c in enumerate(members) if c.state == "draining"),
            frozenset(team for c in members if c.dedicated for team in c.dedicated.teams),
            {name: i for i, name in enumerate(names)},
        )

    def requests(
        self, problem: CellProblem, demands: Mapping[str, Demand], previous: Lock, among: Collection[str] | None = None
    ) -> list[TeamRequest]:
        """Return a request for each team (of `among`) that may run in a data center, sorted by name."""
        fleet, rows = self._fleet.model, previous.hosts.get(problem.cell, {})
        homes: dict[str, dict[str, int]] = {}
        for key, cluster in previous.homes.get(problem.cell, {}).items():
            team, _, app = key.partition("/")
            if cluster in problem.index:
                homes.setdefault(team, {})[app] = problem.index[cluster]
        cache: dict[tuple[object, ...], Eligible] = {}
        requests = []
        for name in self._teams.get(problem.cell, []):
            if among is not None and name not in among:
                continue
            request = self._request(problem, name, fleet.teams[name], demand_of(demands, name), cache)
            request.weights = {
                problem.index[h.cluster]: h.weight for h in rows.get(name, ()) if h.cluster in problem.index
            }
            request.previous_homes = homes.get(name, {})
            if len(request.weights) == 1:  # an app without a home in the lock is where its team is
                (only,) = request.weights
                request.previous_homes = {app: only for app, _ in request.homes} | request.previous_homes
            requests.append(request)
        return requests

    def _request(
        self, problem: CellProblem, name: str, team: Team, demand: Demand, cache: dict[tuple[object, ...], Eligible]
    ) -> TeamRequest:
        level = TIERS.index(demand.tier)
        pins = self._current(problem, team.pins)
        eligible = self._eligible(problem, name, team, demand, cache)
        rule = problem.rules.tiers.get(TIERS[level])
        min_hosts = (rule.spread if rule else None) or 1
        if level <= problem.guarded:
            min_hosts = max(min_hosts, 2)  # what is on one cluster does not survive its loss
        shared = reserved(team, problem.cell.environment, demand, problem.rules.reserve)
        divided = [a for a in demand.apps if a.spread == "share"]
        return TeamRequest(
            name,
            level,
            team.stack or name,
            min_hosts,
            rule.spread if rule and rule.spread else 0,
            Amount.of(shared),
            Amount.of(demand.sums.every),
            Amount.of(demand.sums.node),
            tuple((a.app, Amount.of(a.total)) for a in demand.apps if a.spread == "home"),
            max((a.pods for a in divided if not a.scaled), default=0),
            max((a.pods for a in divided if a.scaled), default=0),
            max((a.pods for a in demand.apps if a.spread in ("home", "every")), default=0),
            eligible.active,
            eligible.standby,
            eligible.keepable,
            tuple(sorted(pins)),
            Amount.of(shared + demand.sums.every + demand.sums.home),
        )

    def _eligible(
        self, problem: CellProblem, name: str, team: Team, demand: Demand, cache: dict[tuple[object, ...], Eligible]
    ) -> Eligible:
        """Return the clusters that satisfy a team's constraints. Teams with equal constraints share a cache entry."""
        tier, apis = demand.tier, demand.apis
        bans = self._current(problem, team.bans)
        labels, tolerated = tuple(sorted(team.cluster_labels.items())), tuple(sorted(set(team.tolerates)))
        key = (name if name in problem.dedicated else "", tier, apis, labels, tolerated, bans)
        if key not in cache:
            fit = [
                i
                for i, c in enumerate(problem.clusters)
                if i not in bans
                and (problem.cell, problem.names[i]) not in self._left
                and not any(refusals(name, team, tier, apis, c))
                and c.state != "retired"
            ]
            cache[key] = Eligible(
                tuple(i for i in fit if problem.clusters[i].state == "active"),
                tuple(i for i in fit if problem.clusters[i].state == "standby"),
                frozenset(fit),
            )
        return cache[key]

    def _current(self, problem: CellProblem, exceptions: Sequence[PlacementException]) -> frozenset[int]:
        """Return the clusters of the data center in the given pins or bans, without those that have expired."""
        if not exceptions:
            return frozenset()
        return frozenset(
            problem.index[e.cluster]
            for e in exceptions
            if e.environment == problem.cell.environment and e.until >= self._today and e.cluster in problem.index
        )


def refusals(name: str, team: Team, tier: str, apis: frozenset[str], cluster: Cluster) -> Iterable[tuple[str, str]]:
    """Yield the constraints that keep a team off a cluster regardless of load, each as (name, figures)."""
    if (kept := cluster.dedicated) and name not in kept.teams and tier not in kept.tiers:
        yield "dedicated", f"it is reserved for {', '.join([*kept.teams, *kept.tiers]) or 'no team'}"
    if missing := {k: v for k, v in team.cluster_labels.items() if cluster.labels.get(k) != v}:
        yield "labels", "it lacks " + ", ".join(f"{k}={v}" for k, v in sorted(missing.items()))
    if taints := sorted(set(cluster.taints) - set(team.tolerates)):
        yield "taints", f"it has {', '.join(taints)}, which the team does not tolerate"
    if unserved := sorted(apis - set(cluster.apis)):
        yield "apis", f"it does not serve {', '.join(unserved)}"


def reserved(team: Team, environment: str, demand: Demand, part: float) -> Resources:
    """Return the amount of a team that is divided by weight, topped up so that its demand is `part` of its quota."""
    shared = demand.sums.share
    if not part:
        return shared
    kept = team.quota_in(environment).resources.times(round(part * 1000), 1000)
    lack = kept - shared - demand.sums.home - demand.sums.every
    return shared + Resources(max(lack.cpu, 0), max(lack.memory, 0), max(lack.pods, 0))


def capacity_of(cell: Cell, name: str, cluster: Cluster, live: Mapping[Target, Resources]) -> Resources:
    """Return the capacity of a cluster: as read from the live cluster if it was read, else as stated in the fleet."""
    measured = live.get(Target(cell.environment, cell.data_center, name))
    return measured or cluster.capacity.resources


def nodes_of(cluster: Cluster) -> int:
    """Return the number of nodes of a cluster, each of which runs one pod of a DaemonSet."""
    return cluster.capacity.nodes or -(-cluster.capacity.pods // PODS_OF_A_NODE)


def seed(*names: str | Cell) -> int:
    """Return a 64-bit hash of names that is the same in every process."""
    return int.from_bytes(hashlib.blake2b("\0".join(map(str, names)).encode(), digest_size=8).digest(), "big")
