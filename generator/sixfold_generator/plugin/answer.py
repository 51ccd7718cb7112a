"""Answer a query: decide which parameter sets Argo CD gets. No other module decides this, and it does no I/O.

Argo CD deletes what a list no longer names, so an empty list is answered only where the inventory approves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class Answer(NamedTuple):
    """A reply with parameter sets: its JSON, and the number of sets in it."""

    body: bytes
    sets: int


def answer(catalog: Catalog, query: Query) -> Answer:
    """Select the parameter sets of `query`, sorted by name. Raises `Refusal` (404, 409)."""
    selection = dict(query.selection)
    if query.unit == "argocd":
        _require_known("instance", selection["instance"], catalog.snapshot.argocd)
        return _answer(catalog.argocd_set(name) for name in selection["instance"])
    clusters = _clusters(catalog, selection)
    if query.unit == "cluster":
        return _answer(catalog.cluster_set(cluster) for cluster in clusters)
    teams = _teams(catalog, query, selection)
    places = list(catalog.places(clusters, selection.get("team")))
    if names := selection.get("namespace"):
        _require_known("namespace", names, (place.name for place in _anywhere(catalog, selection)))
        places = [place for place in places if place.name in names]
    if apps := selection.get("app"):
        known = (app for place in _anywhere(catalog, selection) for app in place.namespace.apps)
        _require_known("app", apps, known)
        places = [place for place in places if not place.namespace.apps.keys().isdisjoint(apps)]
    if not places:
        if "namespace" in selection or "app" in selection or not _approved_empty(catalog, clusters, teams):
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


def _clusters(catalog: Catalog, selection: Mapping[str, Sequence[str]]) -> list[Cluster]:
    """Select clusters by the topology parameters. Each value must match a cluster that the other parameters match."""
    given = {key: frozenset(selection[key]) for key in TOPOLOGY if key in selection}
    for key, values in given.items():
        _require_known(key, sorted(values), {TOPOLOGY[key](cluster) for cluster in catalog.clusters})
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
    """Select teams, all without a parameter. Refuse a query in the new unit of a team that is held in its old unit."""
    teams = selection.get("team")
    if teams is None:
        return sorted(catalog.teams)
    _require_known("team", teams, catalog.teams)
    for team in teams:
        hold = catalog.snapshot.held.get(team)
        if hold is not None and hold.unit == query.unit:
            raise Refusal("held", f"team {team} is held back and does not change to unit {query.unit} yet")
    return teams


def _anywhere(catalog: Catalog, selection: Mapping[str, Sequence[str]]) -> Iterable[Place]:
    """Return the namespaces of the selected teams on all clusters."""
    return catalog.places(catalog.clusters, selection.get("team"))


def _require_known(parameter: str, values: Iterable[str], known: Iterable[str]) -> None:
    """Raise `Refusal` for the first unknown value. The message has only the nearest valid name, not a list of all."""
    valid = set(known)
    for value in values:
        if value not in valid:
            close = nearest(value, valid)
            hint = f"; did you mean {close}?" if close else ""
            raise Refusal("unknown-name", f"unknown {parameter} {shown(value)}{hint}")


def _approved_empty(catalog: Catalog, clusters: Sequence[Cluster], teams: Sequence[str]) -> bool:
    """Return whether the inventory approves an empty list for these teams on these clusters.

    The inventory must count no Application of any of these teams in the cells of the clusters. For at least one team it
    must have such a count, or a retirement.
    """
    cells = {cluster.cell for cluster in clusters}
    approved = False
    for name in teams:
        team = catalog.snapshot.teams.get(name)
        if team is None:  # retired everywhere
            approved = True
            continue
        counts = [team.applications[cell] for cell in cells if cell in team.applications]
        if any(counts):
            return False
        approved = approved or bool(counts) or not cells.isdisjoint(catalog.snapshot.retired.get(name, ()))
    return approved


def _answer(sets: Iterable[tuple[str, bytes]]) -> Answer:
    bodies = [body for _, body in sorted(sets)]
    return Answer(b'{"output":{"parameters":[' + b",".join(bodies) + b"]}}\n", len(bodies))


def _spelled(query: Query) -> str:
    chosen = [f"unit={query.unit}", *(f"{key}={'|'.join(values[:5])}" for key, values in query.selection)]
    return ", ".join(chosen)
