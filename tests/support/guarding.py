"""Worlds for the deletion guard, and an independent count of the deletions that it may allow.

A world is objects by team, cluster and app: `{team: {cluster key: {app: {object}}}}`.
"""

from __future__ import annotations

from datetime import date

from sixfold_compiler.guard import KINDS, ClusterHolding, Holdings, NamespaceHolding, OverlayHolding

__all__ = ["APPS", "CLUSTERS", "OBJECTS", "TEAMS", "TODAY", "approved", "cells", "holdings", "overdrawn", "things"]

TODAY = date(2026, 11, 24)
CLUSTERS = ["prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc2/dc2-a", "dev/dc1/dev-a"]
TEAMS = ["ads", "auth", "play"]
APPS = [f"app-{n}" for n in range(6)]
OBJECTS = ["Deployment", "Service", "ConfigMap/one", "ConfigMap/two", "HorizontalPodAutoscaler"]


def holdings(world, units=()):
    clusters = {}
    for key in CLUSTERS:
        environment, center, name = key.split("/")
        namespaces = {
            team: NamespaceHolding(
                team,
                f"{environment}-{name}-{team}",
                {
                    app: OverlayHolding(f"{environment}-{name}-{team}-{app}", len(objects), " ".join(sorted(objects)))
                    for app, objects in where[key].items()
                },
            )
            for team, where in world.items()
            if key in where
        }
        clusters[key] = ClusterHolding(environment, center, name, "main", f"{environment}-{name}", {}, namespaces)
    return Holdings(clusters, dict.fromkeys(TEAMS, "namespace") | dict.fromkeys(units, "app"))


def things(world, units=()):
    """Return everything that the guard counts, as (kind, team, cluster, app, object)."""
    result = set()
    for team, clusters in world.items():
        for key, apps in clusters.items():
            if team not in units:
                result.add(("applications", team, key, "", ""))
            for app, objects in apps.items():
                if team in units:
                    result.add(("applications", team, key, app, ""))
                result.add(("overlays", team, key, app, ""))
                result |= {("objects", team, key, app, item) for item in objects}
    return result


def approved(thing, before, after, approvals, units):
    """Return whether tombstones cover a deletion: the thing itself, its overlay, or everything in its namespace."""
    kind, team, key, app, item = thing
    environment, _, cluster = key.split("/")
    if kind == "applications" and not app:
        return all(
            approved(("overlays", team, key, item, ""), before, after, approvals, units) for item in before[team][key]
        ) or any(
            not (s.app or s.kind or s.name or s.instance)
            and (s.team or team) == team
            and (s.environment or environment) == environment
            and (s.cluster or cluster) == cluster
            for s in approvals
            if s.until >= "2026-11-24"
        )
    gone = app not in after.get(team, {}).get(key, {})
    for entry in approvals:
        if entry.until < "2026-11-24" or entry.instance:
            continue
        is_covered = (
            (entry.team or team) == team
            and (entry.app or app) == app
            and (entry.environment or environment) == environment
            and (entry.cluster or cluster) == cluster
        )
        if not is_covered:
            continue
        if not (entry.kind or entry.name):
            return True
        if kind == "objects" and not gone:
            what, _, name = item.partition("/")
            if (entry.kind or what) == what and (entry.name or name or app) == (name or app):
                return True
    return False


def cells(world, team):
    return {key.rpartition("/")[0] for key in world.get(team, {})}


def overdrawn(team, before, after, approvals, units, budgets):
    """Return the reasons to hold back a team, and its unapproved deletions.

    The reasons are the budgets that these deletions exceed, and the cells that the team would leave.
    """
    gone = things(before, units) - things(after, units)
    open_ = [t for t in gone if t[1] == team and not approved(t, before, after, approvals, units)]
    excess = []
    for environment in ("prod", "dev"):
        for kind in KINDS:
            had = sum(t[0] == kind and t[1] == team and t[2].startswith(environment) for t in things(before, units))
            removed = sum(t[0] == kind and t[2].startswith(environment) for t in open_)
            if removed > budgets.allowed(kind, had):
                excess.append((environment, kind))
    return excess, {t[2].rpartition("/")[0] for t in open_} - cells(after, team), open_
