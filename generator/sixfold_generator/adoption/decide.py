"""Decide the next adopted snapshot from the adopted one and a complete new tree, without files and without a clock.

The steps: judge what would be deleted, reject the tree or hold teams back, restore held teams as they were, and carry
revisions over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.guard import drops_between, judge, replayed
from sixfold_generator.adoption.holdings import holdings
from sixfold_generator.adoption.settle import settle, waiting_units
from sixfold_generator.state.snapshot import Cluster, Hold, Instance, Namespace, Overlay, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date

    from sixfold_compiler.guard import Drop, Held, Past, Verdict
    from sixfold_compiler.model.inventory import FileEntry, TeamEntry
    from sixfold_compiler.model.tombstone import Deletions, Tombstone
    from sixfold_generator.adoption.settle import Settlement

__all__ = ["Adoption", "adopt"]

SHOWN = 10  # drops that a message lists

Revised = Cluster | Instance | Namespace | Overlay


@dataclass(frozen=True, slots=True)
class Adoption:
    """The next snapshot, with one diagnostic (SF811) for each team that is held back."""

    snapshot: Snapshot
    diagnostics: tuple[Diagnostic, ...]


def adopt(
    adopted: Snapshot | None,
    tree: Snapshot,
    tombstones: Sequence[Tombstone],
    budgets: Deletions,
    today: date,
    skipped: Sequence[Past] = (),
) -> Adoption:
    """Return the adoption of a new tree.

    Args:
        adopted: The adopted snapshot; None before the first adoption.
        tree: The new tree, without revisions.
        tombstones: The tombstones of the new tree.
        budgets: The budgets of the new tree.
        today: The day in UTC.
        skipped: The trees between the two, the oldest first.

    Raises:
        DiagnosticError: SF810, the tree is rejected.
    """
    if adopted is None:
        adopted, skipped = replace(tree, clusters={}, teams={}, argocd={}, commit=""), ()
    served, after = holdings(adopted), holdings(tree)
    before, spent = replayed(served, adopted.spent, skipped)
    verdict = judge(before, after, tombstones, budgets, today, spent)
    drops = tuple(sorted(drops_between(served, after))) if skipped else verdict.drops
    if verdict.platform:
        raise DiagnosticError(_refusal(verdict))
    guarded = {team: _hold(adopted, tree, team, refused, verdict) for team, refused in verdict.held.items()}
    settled = settle(adopted, tree, guarded, drops)
    snapshot = _merged(adopted, tree, verdict, settled, drops)
    snapshot = replace(snapshot, retired=_retired(adopted, snapshot.teams, tombstones, today))
    return Adoption(snapshot, tuple(_warning(name, hold) for name, hold in sorted(snapshot.held.items())))


def _merged(
    adopted: Snapshot, tree: Snapshot, verdict: Verdict, settled: Settlement, drops: Sequence[Drop]
) -> Snapshot:
    """Return the new tree, in which what waits is as it was adopted.

    Raises:
        DiagnosticError: SF810, something waits, and the new tree is in another repository.
    """
    held, pinned = settled.held, settled.pinned
    if (held or pinned) and _repository(adopted) != _repository(tree):
        raise DiagnosticError(
            Diagnostic(
                "SF810",
                "the repository has another address, but these teams are held at commits of the old one: "
                + ", ".join(sorted(held)),
                help="change the repository in a commit that deletes nothing",
            )
        )
    # An approved file is deleted once: a pinned cluster needs no second approval for it.
    deleted = {drop.name for drop in drops if drop.kind in {"tenancy", "platform"} and drop.team not in held}
    clusters = {
        key: _cluster(adopted, tree, key, settled.namespaces[key], deleted if key in pinned else None)
        for key in sorted(tree.clusters)
    }
    teams = {name: team for name, team in tree.teams.items() if name not in held}
    teams |= {name: _recount(adopted.teams[name], name, clusters) for name in held if name in adopted.teams}
    return replace(
        tree,
        clusters=clusters,
        teams=teams,
        argocd=_argocd(adopted, tree, held),
        instances=_instances(adopted, tree, held),
        spent=tuple(
            sorted(
                {item for item in verdict.spent if item.drop.team not in held}
                | {item for item in adopted.spent if item.drop.team in held}
            )
        ),
        held={name: held[name] for name in sorted(held)},
        pinned=tuple(pinned),
        waiting=waiting_units(tree, clusters, settled),
        sequence=adopted.sequence + 1,
    )


def _hold(adopted: Snapshot, tree: Snapshot, team: str, refused: Held, verdict: Verdict) -> Hold:
    old, new = adopted.teams.get(team), tree.teams.get(team)
    return Hold(
        reasons=(*refused.reasons[:SHOWN], f"this would be deleted: {_listed(refused.drops)}"),
        unit=new.unit if old and new and new.unit != old.unit else "",
        drops=len(refused.drops),
        rows=tuple(use for use in verdict.budgets if use.team == team and use.exceeded),
    )


def _argocd(adopted: Snapshot, tree: Snapshot, held: Mapping[str, Hold]) -> dict[str, Mapping[str, FileEntry]]:
    """Merge the files for Argo CD: the new tree's, except that held teams keep their adopted ones."""
    kept = {f"team-{team}.yaml" for team in held}
    return {
        instance: {
            **{name: file for name, file in adopted.argocd.get(instance, {}).items() if name in kept},
            **tree.argocd.get(instance, {}),
        }
        for instance in sorted(adopted.argocd.keys() | tree.argocd.keys())
        if instance in tree.argocd or kept & adopted.argocd[instance].keys()
    }


def _instances(adopted: Snapshot, tree: Snapshot, held: Mapping[str, Hold]) -> dict[str, Instance]:
    """Return the folders for Argo CD at their revisions; one that has left the tree stays for held teams."""
    return {
        name: replace(new, revision=_revision(adopted, tree, adopted.instances.get(name), new))
        if (new := tree.instances.get(name)) is not None
        else adopted.instances[name]
        for name in _argocd(adopted, tree, held)
        if name in tree.instances or name in adopted.instances
    }


def _cluster(
    adopted: Snapshot, tree: Snapshot, key: str, namespaces: Mapping[str, Namespace], deleted: AbstractSet[str] | None
) -> Cluster:
    """Return the next record of a cluster. With `deleted` it is pinned: all of its old files stay, except these."""
    new, old = tree.clusters[key], adopted.clusters.get(key)
    result = replace(
        new,
        revision=_revision(adopted, tree, old, new),
        namespaces={
            name: _with_revisions(adopted, tree, old.namespaces.get(name) if old else None, namespaces[name])
            for name in sorted(namespaces)
        },
    )
    if deleted is not None and old is not None:
        # The folder of the old commit still holds the tenancy of a team that is held back.
        files = {path: file for path, file in old.files.items() if f"{key}/{path}" not in deleted}
        return replace(result, files=files, digest=old.digest, revision=old.revision)
    return result


def _with_revisions(adopted: Snapshot, tree: Snapshot, old: Namespace | None, now: Namespace) -> Namespace:
    if now.revision:  # restored as it was adopted
        return now
    return replace(
        now,
        revision=_revision(adopted, tree, old, now),
        apps={
            app: replace(overlay, revision=_revision(adopted, tree, old.apps.get(app) if old else None, overlay))
            for app, overlay in now.apps.items()
        },
    )


def _revision(adopted: Snapshot, tree: Snapshot, old: Revised | None, now: Revised) -> str:
    """Return the adopted commit in which this content last changed; outside git, the branch."""
    if not tree.commit:
        return tree.repository.branch
    if old is None or old.digest != now.digest or not adopted.commit or _repository(adopted) != _repository(tree):
        return tree.commit
    return old.revision


def _repository(snapshot: Snapshot) -> tuple[str, str]:
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
    """Return the cells that teams left with approval, by team, for as long as the team stays away from them."""
    cells: dict[str, set[str]] = {
        tombstone.team: set()
        for tombstone in tombstones
        if tombstone.team
        and not (tombstone.app or tombstone.kind or tombstone.name)
        and tombstone.covers_on(today)
        and tombstone.team not in teams
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
    what = "move" if all(drop.leaves for drop in verdict.platform) else "deletion"
    return Diagnostic(
        "SF810",
        f"the commit is not adopted: nobody approved the {what} of {_listed(verdict.platform)}",
        help=f"restore it, or approve the {what} with a tombstone" + _expired(verdict),
    )


def _warning(team: str, hold: Hold) -> Diagnostic:
    return Diagnostic(
        "SF811",
        f"team {team} is held at its adopted state: {'; '.join(hold.reasons)}",
        help=f"restore it, or approve the deletion with a tombstone for team {team}",
        severity="warning",
    )


def _listed(drops: Sequence[Drop]) -> str:
    others = f" and {len(drops) - SHOWN} more" if len(drops) > SHOWN else ""
    return ", ".join(str(drop) for drop in drops[:SHOWN]) + others


def _expired(verdict: Verdict) -> str:
    return "".join(f"; the one for {tombstone} has expired" for tombstone in verdict.expired[:SHOWN])
