"""Settle which teams and clusters wait because a team is held, and for whom.

What waits is as small as the tree permits. The folder of a cluster is one Application: if it holds something that a
held team needs, all of it waits. A step of a move needs pods in the folders of teams and weights in those of clusters,
so within a data center it is served completely or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_generator.state.snapshot import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sixfold_compiler.guard import Drop
    from sixfold_generator.state.snapshot import Cluster, Namespace, Snapshot

__all__ = ["Settlement", "settle", "waiting_units"]

Blocked = tuple[str, str, frozenset[str]]  # a team that has to wait, the reason, and the teams for which it waits


@dataclass(frozen=True, slots=True)
class Settlement:
    """The held teams, the namespaces of every cluster, and what waits.

    `causes` maps each held team to the teams for which it waits, which is itself if the guard holds it. `pinned` maps
    each cluster whose folder waits to the teams for which it does.
    """

    held: Mapping[str, Hold]
    namespaces: Mapping[str, Mapping[str, Namespace]]
    causes: Mapping[str, frozenset[str]]
    pinned: Mapping[str, frozenset[str]]


def settle(adopted: Snapshot, tree: Snapshot, guarded: Mapping[str, Hold], drops: Sequence[Drop]) -> Settlement:
    """Return what waits for the teams that the guard holds.

    A team waits as well if it claims a namespace or an Application which a held team keeps, or if it moves within a
    data center where the folder of a cluster waits. This is repeated until nobody else has to.
    """
    held = dict(guarded)
    causes = {team: frozenset({team}) for team in held}
    if not held:
        return Settlement({}, _namespaces(adopted, tree, held), {}, {})
    moves = _Moves(adopted, tree)
    while True:
        namespaces = _namespaces(adopted, tree, held)
        pinned = _pinned(adopted, tree, moves, causes, drops)
        waiting = [*_claimants(adopted, tree, namespaces, causes), *_movers(tree, moves, pinned)]
        waiting = [(team, reason, teams) for team, reason, teams in waiting if team not in held]
        if not waiting:
            return Settlement(held, namespaces, causes, pinned)
        for team, reason, teams in waiting:
            held.setdefault(team, Hold((reason,)))
            causes[team] = causes.get(team, frozenset()) | teams


def waiting_units(tree: Snapshot, served: Mapping[str, Cluster], settled: Settlement) -> dict[str, tuple[str, ...]]:
    """Return the units whose newest content is not served, each with the teams for which it waits."""
    units: dict[str, tuple[str, ...]] = {}
    for key, cluster in tree.clusters.items():
        if key in settled.pinned and served[key].digest != cluster.digest:
            units[f"cluster {key}"] = tuple(sorted(settled.pinned[key]))
        rows = {**served[key].namespaces, **cluster.namespaces}
        for name, row in rows.items():
            if row.team in settled.causes:
                for unit in _differing(tree, f"{key}/{name}", served[key].namespaces.get(name), cluster, name):
                    units[unit] = tuple(sorted(settled.causes[row.team]))
    return dict(sorted(units.items()))


def _differing(tree: Snapshot, path: str, old: Namespace | None, cluster: Cluster, name: str) -> Iterator[str]:
    """Yield the units of a namespace that differ in the new tree: the namespace, or its apps."""
    new = cluster.namespaces.get(name)
    team = tree.teams.get(new.team) if new is not None else None
    if team is None or team.unit == "namespace":
        if old is None or new is None or (old.digest, old.weight, old.team) != (new.digest, new.weight, new.team):
            yield f"namespace {path}"
        return
    before, now = (old.apps if old is not None else {}), (new.apps if new is not None else {})
    for app in before.keys() | now.keys():
        if app not in before or app not in now or before[app].digest != now[app].digest:
            yield f"app {path}/{app}"


def _namespaces(adopted: Snapshot, tree: Snapshot, held: Mapping[str, Hold]) -> dict[str, dict[str, Namespace]]:
    """Return the namespaces of every cluster: held teams keep theirs."""
    namespaces = {}
    for key, new in tree.clusters.items():
        old = adopted.clusters.get(key)
        kept = {name: row for name, row in old.namespaces.items() if row.team in held} if old else {}
        namespaces[key] = {name: row for name, row in new.namespaces.items() if row.team not in held} | kept
    return namespaces


def _claimants(
    adopted: Snapshot,
    tree: Snapshot,
    namespaces: Mapping[str, Mapping[str, Namespace]],
    causes: Mapping[str, frozenset[str]],
) -> Iterator[Blocked]:
    """Yield the teams that claim a namespace or an Application of a held team."""
    owners = {row.application: row.team for rows in namespaces.values() for row in rows.values() if row.team in causes}
    for key, new in tree.clusters.items():
        old = adopted.clusters.get(key)
        for name in sorted(new.namespaces.keys() & (old.namespaces.keys() if old else ())):
            owner = namespaces[key][name].team
            if owner in causes and new.namespaces[name].team not in causes:
                reason = f"the namespace {key}/{name} still belongs to team {owner}"
                yield new.namespaces[name].team, reason, causes[owner]
        for row in new.namespaces.values():
            owner = owners.get(row.application, row.team)
            if owner != row.team and row.team not in causes:
                yield row.team, f"the Application {row.application} still belongs to team {owner}", causes[owner]


class _Moves:
    """The weights of each team in each data center, as adopted and in the new tree."""

    def __init__(self, adopted: Snapshot, tree: Snapshot) -> None:
        self._before, self._now = _weights(adopted), _weights(tree)
        self._shifting: dict[str, list[str]] = {}
        for cell, team in self._before.keys() & self._now.keys():
            if self.shifts(team, cell):
                self._shifting.setdefault(cell, []).append(team)

    def shifts(self, team: str, cell: str) -> bool:
        """Return whether traffic of a team in a data center shifts from some of its clusters to others."""
        before, now = self._before.get((cell, team), {}), self._now.get((cell, team), {})
        return bool(before) and any(before.get(key, 0) != weight for key, weight in now.items())

    def needing(self, cluster: Cluster) -> set[str]:
        """Return the teams whose move needs the new folder of a cluster: for their weights, or to start there."""
        joining = {
            row.team
            for row in cluster.namespaces.values()
            if (before := self._before.get((cluster.cell, row.team))) and cluster.key not in before
        }
        return joining | set(self._shifting.get(cluster.cell, ()))


def _weights(snapshot: Snapshot) -> dict[tuple[str, str], dict[str, int]]:
    """Return the weights by data center and team, and by cluster."""
    weights: dict[tuple[str, str], dict[str, int]] = {}
    for cluster, _, row in snapshot.namespaces():
        weights.setdefault((cluster.cell, row.team), {})[cluster.key] = row.weight
    return weights


def _pinned(
    adopted: Snapshot, tree: Snapshot, moves: _Moves, causes: Mapping[str, frozenset[str]], drops: Iterable[Drop]
) -> dict[str, frozenset[str]]:
    """Return the clusters whose folders wait, with the teams for which they do.

    Such a folder would lose what a held team needs there, or it would get weights for pods that wait.
    """
    pinned: dict[str, frozenset[str]] = {}
    for drop in drops:
        if drop.kind in {"tenancy", "road"} and drop.team in causes and drop.cluster_key in tree.clusters:
            pinned[drop.cluster_key] = pinned.get(drop.cluster_key, frozenset()) | causes[drop.team]
    for key, cluster in adopted.clusters.items():
        if key not in tree.clusters or cluster.digest == tree.clusters[key].digest:
            continue
        for team, teams in causes.items():
            if moves.shifts(team, tree.clusters[key].cell):
                pinned[key] = pinned.get(key, frozenset()) | teams
    return dict(sorted(pinned.items()))


def _movers(tree: Snapshot, moves: _Moves, pinned: Mapping[str, frozenset[str]]) -> Iterator[Blocked]:
    """Yield the teams that move where the folder of a cluster waits."""
    for key, teams in pinned.items():
        cluster = tree.clusters[key]
        for team in sorted(moves.needing(cluster)):
            yield team, f"its move in {cluster.cell} waits, because {key} stays as it is for {_listed(teams)}", teams


def _listed(teams: Iterable[str]) -> str:
    names = sorted(teams)
    return f"team{'s' if len(names) > 1 else ''} {', '.join(names)}"
