"""From a question to its answer: pure, and the only place that decides what Argo CD is told.

Argo CD deletes what a list no longer names, so an empty list is only ever said on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import nearest
from sixfold_generator.plugin.query import Query, Refusal, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sixfold_generator.plugin.catalog import Catalog, Place
    from sixfold_generator.state.snapshot import Cluster

__all__ = ["Answer", "answer"]

TOPOLOGY: Mapping[str, Callable[[Cluster], str]] = {
    "environment": lambda cluster: cluster.environment,
    "dataCenter": lambda cluster: cluster.data_center,
    "cluster": lambda cluster: cluster.name,
    "instance": lambda cluster: cluster.instance,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with parameters: its JSON bytes, and how many sets they hold."""

    body: bytes
    sets: int


def answer(catalog: Catalog, query: Query) -> Answer:
    """The sets that `query` selects, sorted by name. Raises `Refusal` (404, 409)."""
    selection = dict(query.selection)
    clusters = _clusters(catalog, selection)
    if query.unit == "cluster":
        return _answer(catalog.cluster_set(cluster) for cluster in clusters)
    teams = _teams(catalog, query, selection)
    places = list(catalog.places(clusters, selection.get("team")))
    if names := selection.get("namespace"):
        _known("namespace", names, (place.name for place in _theirs(catalog, selection)))
        places = [place for place in places if place.name in names]
    if apps := selection.get("app"):
        _known("app", apps, (app for place in _theirs(catalog, selection) for app in place.namespace.apps))
        places = [place for place in places if not place.namespace.apps.keys().isdisjoint(apps)]
    if not places:
        if "namespace" in selection or "app" in selection or not _empty_on_purpose(catalog, clusters, teams):
            raise Refusal(
                "would-be-empty",
                f"nothing matches {_spelled(query)}, and the inventory does not say that this is on purpose",
            )
        return _answer(())
    if query.unit == "namespace":
        return _answer(catalog.namespace_set(place) for place in places)
    return _answer(
        catalog.app_set(place, app) for place in places for app in place.namespace.apps if not apps or app in apps
    )


def _answer(sets: Iterable[tuple[str, bytes]]) -> Answer:
    ordered = [body for _, body in sorted(sets)]
    return Answer(b'{"output":{"parameters":[' + b",".join(ordered) + b"]}}\n", len(ordered))


def _clusters(catalog: Catalog, selection: Mapping[str, Sequence[str]]) -> list[Cluster]:
    """The clusters that the topology parameters select; each value must select some, together with the others."""
    given = {key: frozenset(selection[key]) for key in TOPOLOGY if key in selection}
    for key, values in given.items():
        _known(key, sorted(values), {TOPOLOGY[key](cluster) for cluster in catalog.clusters})
    chosen = [
        cluster
        for cluster in catalog.clusters
        if all(TOPOLOGY[key](cluster) in values for key, values in given.items())
    ]
    for key, values in given.items():
        if missing := sorted(values - {TOPOLOGY[key](cluster) for cluster in chosen}):
            others = ", ".join(f"{other}={'|'.join(sorted(given[other])[:5])}" for other in given if other != key)
            raise Refusal("unknown-name", f"no cluster has {key}={missing[0]} and {others}")
    return chosen


def _teams(catalog: Catalog, query: Query, selection: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The selected teams. A team that is held back with its old unit is not answered in the new one."""
    teams = selection.get("team")
    if teams is None:
        return sorted(catalog.teams)
    _known("team", teams, catalog.teams)
    for team in teams:
        hold = catalog.snapshot.held.get(team)
        if hold is not None and hold.unit == query.unit:
            raise Refusal("held", f"team {team} is held back and does not change to unit {query.unit} yet")
    return teams


def _theirs(catalog: Catalog, selection: Mapping[str, Sequence[str]]) -> Iterable[Place]:
    """Every namespace of the given teams (of all teams when none is given), wherever it is."""
    return catalog.places(catalog.clusters, selection.get("team"))


def _known(parameter: str, values: Iterable[str], known: Iterable[str]) -> None:
    """Refuses the first unknown value, naming the nearest valid one and no other: a message must not be a directory."""
    valid = set(known)
    for value in values:
        if value not in valid:
            close = nearest(value, valid)
            hint = f"; did you mean {close}?" if close else ""
            raise Refusal("unknown-name", f"unknown {parameter} {shown(value)}{hint}")


def _empty_on_purpose(catalog: Catalog, clusters: Sequence[Cluster], teams: Sequence[str]) -> bool:
    """Whether the inventory says so: a count of 0 for every selected cell of every selected team, or a retired team."""
    cells = {cluster.cell for cluster in clusters}
    said = 0
    for name in teams:
        retired = catalog.snapshot.retired.get(name)
        team = catalog.snapshot.teams.get(name)
        if team is None:  # gone altogether, and approved
            said += 1
            continue
        counts = [team.applications[cell] for cell in cells if cell in team.applications]
        if any(counts):
            return False
        said += len(counts) + len(cells.intersection(retired or ()))
    return said > 0


def _spelled(query: Query) -> str:
    chosen = [f"unit={query.unit}", *(f"{key}={'|'.join(values[:5])}" for key, values in query.selection)]
    return ", ".join(chosen)
