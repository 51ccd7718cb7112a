"""From what is adopted and a tree that was read whole to what is adopted next. Pure: no file, no clock.

The recipe: judge what would vanish, refuse or hold, put held teams back as they were, carry revisions over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.guard import judge
from sixfold_generator.adoption.holdings import holdings
from sixfold_generator.state.snapshot import Cluster, Hold, Namespace, Overlay, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date

    from sixfold_compiler.guard import Drop, Held, Verdict
    from sixfold_compiler.model.inventory import FileEntry, TeamEntry
    from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["Adoption", "adopt"]

SHOWN = 10  # drops that a message lists

Dated = Cluster | Namespace | Overlay


@dataclass(frozen=True, slots=True)
class Adoption:
    """The next snapshot, and what is to be said about it (one SF811 for each team that is held back)."""

    snapshot: Snapshot
    diagnostics: tuple[Diagnostic, ...] = ()


def adopt(
    adopted: Snapshot | None, tree: Snapshot, tombstones: Sequence[Tombstone], budgets: Deletions, today: date
) -> Adoption:
    """What is served after `tree`. Raises `DiagnosticError` (SF810) when the tree is refused as a whole."""
    if adopted is None:
        adopted = replace(tree, clusters={}, teams={}, argocd={}, commit="")
    verdict = judge(holdings(adopted), holdings(tree), tombstones, budgets, today, adopted.spent)
    if verdict.platform:
        raise DiagnosticError(_refusal(verdict))
    held, namespaces = _settle(adopted, tree, verdict)
    # The folder of a cluster is one Application: what the platform keeps there for a held team keeps all of it.
    pinned = {drop.cluster_key for drop in verdict.drops if drop.kind in {"tenancy", "road"} and drop.team in held}
    if (held or pinned) and _place(adopted) != _place(tree):
        raise DiagnosticError(
            Diagnostic(
                "SF810",
                "the repository moved, and teams are held back at revisions of the old one: " + ", ".join(sorted(held)),
                help="move the repository in a commit that removes nothing",
            )
        )
    # What may go, goes once: a pinned cluster does not ask again for an approval that was given.
    left = {drop.name for drop in verdict.drops if drop.kind in {"tenancy", "platform"} and drop.team not in held}
    clusters = {
        key: _cluster(adopted, tree, key, namespaces[key], left if key in pinned else None)
        for key in sorted(tree.clusters)
    }
    teams = {name: team for name, team in tree.teams.items() if name not in held}
    teams |= {name: _recount(adopted.teams[name], name, clusters) for name in held if name in adopted.teams}
    snapshot = replace(
        tree,
        clusters=clusters,
        teams=teams,
        argocd=_argocd(adopted, tree, held),
        spent=tuple(
            sorted(
                {one for one in verdict.spent if one.drop.team not in held}
                | {one for one in adopted.spent if one.drop.team in held}
            )
        ),
        retired=_retired(adopted, teams, tombstones, today),
        held={name: held[name] for name in sorted(held)},
        pinned=tuple(sorted(pinned)),
        sequence=adopted.sequence + 1,
    )
    return Adoption(snapshot, tuple(_warning(name, hold) for name, hold in sorted(snapshot.held.items())))


def _settle(
    adopted: Snapshot, tree: Snapshot, verdict: Verdict
) -> tuple[dict[str, Hold], dict[str, dict[str, Namespace]]]:
    """Who is held back, and the namespaces of every cluster. What a held team keeps, no newcomer gets: it waits too."""
    held = {team: _hold(adopted, tree, team, one, verdict) for team, one in verdict.held.items()}
    while True:
        namespaces: dict[str, dict[str, Namespace]] = {}
        claims: dict[str, str] = {}
        waiting: dict[str, Hold] = {}
        for key, new in tree.clusters.items():
            old = adopted.clusters.get(key)
            kept = {name: one for name, one in old.namespaces.items() if one.team in held} if old else {}
            moved = {name: one for name, one in new.namespaces.items() if one.team not in held}
            for name in sorted(kept.keys() & moved.keys()):
                waiting[moved[name].team] = Hold((f"namespace {key}/{name} is still team {kept[name].team}'s",))
            claims |= {one.application: one.team for one in kept.values()}
            namespaces[key] = moved | kept
        for key in tree.clusters:
            for one in namespaces[key].values():
                if one.team not in held and claims.get(one.application, one.team) != one.team:
                    waiting[one.team] = Hold(
                        (f"Application {one.application} is still team {claims[one.application]}'s",)
                    )
        if not waiting:
            return held, namespaces
        held |= waiting


def _hold(adopted: Snapshot, tree: Snapshot, team: str, one: Held, verdict: Verdict) -> Hold:
    old, new = adopted.teams.get(team), tree.teams.get(team)
    return Hold(
        reasons=(*one.reasons[:SHOWN], f"these vanish: {_listed(one.drops)}"),
        unit=new.unit if old and new and new.unit != old.unit else "",
        drops=len(one.drops),
        rows=tuple(use for use in verdict.budgets if use.team == team and use.exceeded),
    )


def _argocd(adopted: Snapshot, tree: Snapshot, held: Mapping[str, Hold]) -> dict[str, Mapping[str, FileEntry]]:
    """What Argo CD is given: the tree's, and what it was given of teams that are held back."""
    kept = {f"team-{team}.yaml" for team in held}
    return {
        instance: {
            **{name: file for name, file in adopted.argocd.get(instance, {}).items() if name in kept},
            **tree.argocd.get(instance, {}),
        }
        for instance in sorted(adopted.argocd.keys() | tree.argocd.keys())
        if instance in tree.argocd or kept & adopted.argocd[instance].keys()
    }


def _cluster(
    adopted: Snapshot, tree: Snapshot, key: str, namespaces: Mapping[str, Namespace], left: AbstractSet[str] | None
) -> Cluster:
    """The next record of a cluster. With `left` it is pinned: all of its old files stay, but those."""
    new, old = tree.clusters[key], adopted.clusters.get(key)
    result = replace(
        new,
        revision=_revision(adopted, tree, old, new),
        namespaces={
            name: _dated(adopted, tree, old.namespaces.get(name) if old else None, namespaces[name])
            for name in sorted(namespaces)
        },
    )
    if left is not None and old is not None:
        # The folder of the old commit still holds the tenancy of a team that is held back.
        files = {path: file for path, file in old.files.items() if f"{key}/{path}" not in left}
        return replace(result, files=files, digest=old.digest, revision=old.revision)
    return result


def _dated(adopted: Snapshot, tree: Snapshot, old: Namespace | None, now: Namespace) -> Namespace:
    if now.revision:  # put back as it was adopted
        return now
    return replace(
        now,
        revision=_revision(adopted, tree, old, now),
        apps={
            app: replace(overlay, revision=_revision(adopted, tree, old.apps.get(app) if old else None, overlay))
            for app, overlay in now.apps.items()
        },
    )


def _revision(adopted: Snapshot, tree: Snapshot, old: Dated | None, now: Dated) -> str:
    """The adopted commit in which this content last changed; outside git there is only the branch."""
    if not tree.commit:
        return tree.repository.branch
    if old is None or old.digest != now.digest or not adopted.commit or _place(adopted) != _place(tree):
        return tree.commit
    return old.revision


def _place(snapshot: Snapshot) -> tuple[str, str]:
    return (snapshot.repository.url, snapshot.repository.path)


def _recount(team: TeamEntry, name: str, clusters: Mapping[str, Cluster]) -> TeamEntry:
    counts = dict.fromkeys((cell for cell in team.applications if any(c.cell == cell for c in clusters.values())), 0)
    for cluster in clusters.values():
        for namespace in cluster.namespaces.values():
            if namespace.team == name:
                counts[cluster.cell] = counts.get(cluster.cell, 0) + 1
    return replace(team, applications=counts)


def _retired(
    adopted: Snapshot, teams: Mapping[str, TeamEntry], tombstones: Sequence[Tombstone], today: date
) -> dict[str, tuple[str, ...]]:
    """Teams and cells that were left with approval, remembered for as long as they stay empty."""
    cells: dict[str, set[str]] = {
        stone.team: set()
        for stone in tombstones
        if stone.team
        and not (stone.app or stone.kind or stone.name)
        and stone.covers_on(today)
        and stone.team not in teams
    }
    for name, left in adopted.retired.items():
        cells.setdefault(name, set()).update(left)
    for name, team in adopted.teams.items():
        now = teams[name].applications.keys() if name in teams else set()
        if name not in teams or team.applications.keys() - now:
            cells.setdefault(name, set()).update(team.applications.keys() - now)
    return {
        name: tuple(sorted(left - teams[name].applications.keys() if name in teams else left))
        for name, left in sorted(cells.items())
        if name not in teams or left - teams[name].applications.keys()
    }


def _refusal(verdict: Verdict) -> Diagnostic:
    return Diagnostic(
        "SF810",
        f"the commit is not adopted: nobody approved that these vanish: {_listed(verdict.platform)}",
        help="put them back, or approve their removal with a tombstone" + _expired(verdict),
    )


def _warning(team: str, hold: Hold) -> Diagnostic:
    return Diagnostic(
        "SF811",
        f"team {team} stays as it was adopted: {'; '.join(hold.reasons)}",
        help=f"put them back, or approve their removal with a tombstone for team {team}",
        severity="warning",
    )


def _listed(found: Sequence[Drop]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(str(drop) for drop in found[:SHOWN]) + more


def _expired(verdict: Verdict) -> str:
    return "".join(f"; the one for {stone} has expired" for stone in verdict.expired[:SHOWN])
