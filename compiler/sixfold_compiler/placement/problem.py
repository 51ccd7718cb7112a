"""One data center as the placement sees it: its clusters with their limits, and its teams with what they need.

Everything is counted in hundredths (so that a weight in percent times an amount is a whole number), with clusters by
index in the order of their names. Sums of whole numbers do not depend on the order in which they are made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.fleet import Cluster, Team
    from sixfold_compiler.model.placement import PlacementException, PlacementRules, TierRules
    from sixfold_compiler.placement.lock import Lock

__all__ = ["TIERS", "Item", "Site", "Sites", "Vector", "capacity_of", "nodes_of", "refusals", "reserved", "seed"]

TIERS = ("P0", "P1", "P2")
PODS_OF_A_NODE = 110  # Kubernetes' own default, for clusters that do not say how many nodes they have

Vector = tuple[int, int, int]  # millicores, bytes, pods


@dataclass(slots=True)
class Item:
    """A team in a data center.

    Amounts: `shared` is divided by weight, `each` is on every host, `node` on every node of a host, `homes` have the
    apps that run once. `fixed`, `scaled` and `whole` are the pods of the largest service that is divided, that is
    divided and autoscaled, and that is not divided. `may` are the clusters that can take the team, `keeps` those that
    may go on hosting it; `pins` must. `row` and `at` are its hosts (with weights) and homes in the previous lock.
    """

    team: str
    tier: int
    stack: str
    least: int
    wanted: int
    shared: Vector
    each: Vector
    node: Vector
    homes: tuple[tuple[str, Vector], ...]
    fixed: int
    scaled: int
    whole: int
    may: tuple[int, ...]
    spare: tuple[int, ...]
    keeps: frozenset[int]
    pins: tuple[int, ...]
    size: Vector  # what it needs in all, on a single host, nodes left out
    row: dict[int, int] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Site:
    """A data center: what its clusters are, by index."""

    cell: Cell
    names: list[str]
    clusters: list[Cluster]
    rules: PlacementRules
    capacity: list[Resources]
    limits: list[Vector]  # hundredths of what may be used, headroom taken off
    cpus: list[int]
    nodes: list[int]
    seeds: list[int]
    guarded: int  # teams up to this tier survive the loss of a cluster; -1: none
    draining: frozenset[int]
    index: dict[str, int]

    def room(self, cluster: int) -> Resources:
        """What may be used of a cluster."""
        cpu, memory, pods = self.limits[cluster]
        return Resources(cpu // 100, memory // 100, pods // 100)


class Sites:
    """Every data center of a fleet, made one at a time."""

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

    def site(self, cell: Cell) -> Site:
        """The clusters of a data center."""
        environment = self._fleet.model.environments[cell.environment]
        clusters = environment.data_centers[cell.data_center].clusters
        names, rules = sorted(clusters), environment.placement
        members = [clusters[name] for name in names]
        capacity = [capacity_of(cell, name, clusters[name], self._live) for name in names]
        guarded = [i for i, tier in enumerate(TIERS) if (rule := _rule(rules, tier)) and rule.survives_loss]
        head = rules.headroom
        cpu, memory, pods = (round((1 - part) * 10**6) for part in (head.cpu, head.memory, head.pods))
        return Site(
            cell,
            names,
            members,
            rules,
            capacity,
            [(c.cpu * cpu // 10**4, c.memory * memory // 10**4, c.pods * pods // 10**4) for c in capacity],
            [c.cpu for c in capacity],
            [nodes_of(c) for c in members],
            [seed(name) for name in names],
            max(guarded, default=-1),
            frozenset(i for i, c in enumerate(members) if c.state == "draining"),
            {name: i for i, name in enumerate(names)},
        )

    def items(self, site: Site, demands: Mapping[str, Demand], previous: Lock) -> list[Item]:
        """The teams that belong into a data center, sorted by name."""
        fleet, rows = self._fleet.model, previous.hosts.get(site.cell, {})
        homes: dict[str, dict[str, int]] = {}
        for key, cluster in previous.homes.get(site.cell, {}).items():
            team, _, app = key.partition("/")
            if cluster in site.index:
                homes.setdefault(team, {})[app] = site.index[cluster]
        sets: dict[tuple[object, ...], tuple[tuple[int, ...], tuple[int, ...], frozenset[int]]] = {}
        items = []
        for name in self._teams.get(site.cell, []):
            item = self._item(site, name, fleet.teams[name], demands.get(name) or Demand(name), sets)
            item.row = {site.index[h.cluster]: h.weight for h in rows.get(name, ()) if h.cluster in site.index}
            item.at = homes.get(name, {})
            if len(item.row) == 1:  # an app without a home in the lock is where its team is
                (only,) = item.row
                item.at = {app: only for app, _ in item.homes} | item.at
            items.append(item)
        return items

    def _item(
        self,
        site: Site,
        name: str,
        team: Team,
        demand: Demand,
        sets: dict[tuple[object, ...], tuple[tuple[int, ...], tuple[int, ...], frozenset[int]]],
    ) -> Item:
        tier, apis = demand.tier, demand.apis
        named = any(c.dedicated and name in c.dedicated.teams for c in site.clusters)
        pins, bans = self._held(site, team.pins), self._held(site, team.bans)
        labels, tolerated = tuple(sorted(team.cluster_labels.items())), tuple(sorted(set(team.tolerates)))
        kind = (name if named else "", tier, apis, labels, tolerated, bans)
        if kind not in sets:
            fit = [
                i
                for i, c in enumerate(site.clusters)
                if i not in bans
                and (site.cell, site.names[i]) not in self._left
                and not any(refusals(name, team, tier, apis, c))
                and c.state != "retired"
            ]
            sets[kind] = (
                tuple(i for i in fit if site.clusters[i].state == "active"),
                tuple(i for i in fit if site.clusters[i].state == "standby"),
                frozenset(fit),
            )
        may, spare, keeps = sets[kind]
        rule = _rule(site.rules, tier)
        least = (rule.spread if rule else None) or 1
        level = TIERS.index(tier)
        if level <= site.guarded:
            least = max(least, 2)  # what is on one cluster does not survive its loss
        shared = reserved(team, site.cell.environment, demand, site.rules.reserve)
        divided = [a for a in demand.apps if a.spread == "share"]
        return Item(
            name,
            level,
            team.stack or name,
            least,
            rule.spread if rule and rule.spread else 0,
            _vector(shared),
            _vector(demand.sums.every),
            _vector(demand.sums.node),
            tuple((a.app, _vector(a.total)) for a in demand.apps if a.spread == "home"),
            max((a.pods for a in divided if not a.scaled), default=0),
            max((a.pods for a in divided if a.scaled), default=0),
            max((a.pods for a in demand.apps if a.spread in ("home", "every")), default=0),
            may,
            spare,
            keeps,
            tuple(sorted(pins)),
            _vector(shared + demand.sums.every + demand.sums.home),
        )

    def _held(self, site: Site, exceptions: Iterable[PlacementException]) -> frozenset[int]:
        """The clusters here that exceptions name which hold today."""
        return frozenset(
            site.index[e.cluster]
            for e in exceptions
            if e.environment == site.cell.environment and e.until >= self._today and e.cluster in site.index
        )


def refusals(name: str, team: Team, tier: str, apis: frozenset[str], cluster: Cluster) -> Iterable[tuple[str, str]]:
    """Why a cluster cannot host a team, whatever its load: (constraint, figures) for each reason."""
    if (kept := cluster.dedicated) and name not in kept.teams and tier not in kept.tiers:
        yield "dedicated", f"kept for {', '.join([*kept.teams, *kept.tiers]) or 'nobody'}"
    if missing := {k: v for k, v in team.cluster_labels.items() if cluster.labels.get(k) != v}:
        yield "labels", "lacks " + ", ".join(f"{k}={v}" for k, v in sorted(missing.items()))
    if taints := sorted(set(cluster.taints) - set(team.tolerates)):
        yield "taints", f"has {', '.join(taints)}, which the team does not tolerate"
    if unserved := sorted(apis - set(cluster.apis)):
        yield "apis", f"does not serve {', '.join(unserved)}"


def reserved(team: Team, environment: str, demand: Demand, part: float) -> Resources:
    """What is divided by weight for a team: its demand, and what is lacking to `part` of its quota."""
    shared = demand.sums.share
    if not part:
        return shared
    quota = (team.quotas or {}).get(environment, team.quota)
    kept = Resources.of(quota.cpu, quota.memory, quota.pods).times(round(part * 1000), 1000)
    lack = kept - shared - demand.sums.home - demand.sums.every
    return shared + Resources(max(lack.cpu, 0), max(lack.memory, 0), max(lack.pods, 0))


def capacity_of(cell: Cell, name: str, cluster: Cluster, live: Mapping[Target, Resources]) -> Resources:
    """What a cluster has: as it was read live, else as the fleet says."""
    found = live.get(Target(cell.environment, cell.data_center, name))
    return found or Resources.of(cluster.capacity.cpu, cluster.capacity.memory, cluster.capacity.pods)


def nodes_of(cluster: Cluster) -> int:
    """How many nodes a cluster has, for DaemonSets."""
    return cluster.capacity.nodes or -(-cluster.capacity.pods // PODS_OF_A_NODE)


def seed(*names: object) -> int:
    """64 bits that stand for a name, the same in every process."""
    return int.from_bytes(hashlib.blake2b("\0".join(map(str, names)).encode(), digest_size=8).digest(), "big")


def _rule(rules: PlacementRules, tier: str) -> TierRules | None:
    return next((rule for name, rule in rules.tiers.items() if name == tier), None)


def _vector(amount: Resources) -> Vector:
    return amount.cpu, amount.memory, amount.pods
