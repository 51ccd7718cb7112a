"""Replay: what a generator would hold and remember, had it adopted the commits that it skipped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.guard.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.guard.holdings import ClusterHolding, Holdings
    from sixfold_compiler.guard.memory import Past, Spent

__all__ = ["held_back", "replayed"]


def replayed(before: Holdings, spent: Sequence[Spent], skipped: Iterable[Past]) -> tuple[Holdings, tuple[Spent, ...]]:
    """Return the holdings and the earlier drops after the adoption of some trees, the oldest first.

    A tree that would be rejected changes nothing, and a team that would be held stays as it is.
    """
    spent = tuple(spent)
    for tree in skipped:
        verdict = judge(before, tree.holdings, tree.tombstones, tree.budgets, tree.day, spent)
        if not verdict.platform:
            before, spent = held_back(before, tree.holdings, verdict.held.keys()), verdict.spent
    return before, spent


def held_back(before: Holdings, after: Holdings, teams: AbstractSet[str]) -> Holdings:
    """Return the holdings of `after`, in which these teams have what they had before."""
    if not teams:
        return after
    owners = before.owners()
    kept_files = {f"team-{team}.yaml" for team in teams}
    return replace(
        after,
        clusters={key: _cluster(before.clusters.get(key), new, teams, owners) for key, new in after.clusters.items()},
        units={
            **{team: unit for team, unit in after.units.items() if team not in teams},
            **{team: before.units[team] for team in sorted(teams & before.units.keys())},
        },
        argocd={
            instance: {
                **files,
                **{name: held for name, held in before.argocd.get(instance, {}).items() if name in kept_files},
            }
            for instance, files in after.argocd.items()
        },
    )


def _cluster(
    old: ClusterHolding | None, new: ClusterHolding, teams: AbstractSet[str], owners: dict[str, str]
) -> ClusterHolding:
    """Return a cluster in which teams keep their namespaces, and the files of tenancy of these namespaces."""
    if old is None:
        kept, files = {}, {}
    else:
        kept = {name: row for name, row in old.namespaces.items() if row.team in teams}
        files = {path: held for path, held in old.files.items() if owners.get(_namespace(path)) in teams}
    own = {name: row for name, row in new.namespaces.items() if row.team not in teams}
    return replace(new, files={**new.files, **files}, namespaces={**own, **kept})


def _namespace(path: str) -> str:
    """Return the namespace of a file of tenancy; an empty text for other files."""
    folder, _, file = path.partition("/")
    return file.removesuffix(".yaml") if folder == "_tenancy" else ""
