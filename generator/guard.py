"""The deletion guard: what would vanish, and who approved it.

Argo CD deletes what an answer no longer names, and prunes what a commit no longer holds. So nothing that is adopted
may vanish without a tombstone that covers it: no Application, no overlay, no platform or tenancy file. A budget, when
there is one, belongs into `judge`: it turns drops that nobody approved into approved ones, by team and environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generator.inventory import Tombstone
    from generator.snapshot import Cluster, Namespace, Snapshot

__all__ = ["Drop", "Verdict", "drops", "judge"]


@dataclass(frozen=True, slots=True, order=True)
class Drop:
    """One thing that is adopted and not in the tree. Without `team` it is the platform's; `app` only for an overlay."""

    environment: str
    data_center: str
    cluster: str
    team: str
    namespace: str
    app: str
    kind: str  # cluster, application, overlay, tenancy, platform
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def cluster_key(self) -> str:
        """`environment/dataCenter/cluster`."""
        return f"{self.environment}/{self.data_center}/{self.cluster}"

    @property
    def place(self) -> tuple[str, str]:
        """The cluster's key and the namespace."""
        return (self.cluster_key, self.namespace)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that vanishes, and what of it nobody approved.

    Of the platform, that refuses the commit; of a team, the team is held back alone.
    """

    found: tuple[Drop, ...]
    platform: tuple[Drop, ...]
    teams: Mapping[str, tuple[Drop, ...]]


def drops(adopted: Snapshot, tree: Snapshot) -> Iterator[Drop]:
    """Everything that would vanish. A moved, renamed or handed over Application vanishes where it was."""
    owners = {**_owners(tree), **_owners(adopted)}
    for key, old in adopted.clusters.items():
        new = tree.clusters.get(key)
        if new is None:
            yield _drop(old, "cluster", key)
            continue
        if (new.application, new.instance) != (old.application, old.instance):
            yield _drop(old, "application", old.application)
        for path in sorted(old.files.keys() - new.files.keys()):
            folder, _, file = path.partition("/")
            namespace = file.removesuffix(".yaml")
            team = owners.get(namespace, "") if folder == "_tenancy" else ""
            kind = "tenancy" if team else "platform"
            yield _drop(old, kind, f"{key}/{path}", team=team, namespace=namespace if team else "")
        for name, namespace_ in old.namespaces.items():
            yield from _namespace_drops(adopted, tree, old, name, namespace_)


def judge(adopted: Snapshot, tree: Snapshot, tombstones: Iterable[Tombstone], today: date) -> Verdict:
    """The drops that no tombstone covers on the day `today` (UTC)."""
    valid = [stone for stone in tombstones if date.fromisoformat(stone.until) >= today]
    found = tuple(sorted(drops(adopted, tree)))
    overlays = {(drop.place, drop.app) for drop in found if drop.kind == "overlay" and _approved(drop, valid)}
    # Whoever approved the removal of every app of a namespace approved that its Application and tenancy end.
    emptied = {
        place
        for cluster, name, namespace in adopted.namespaces()
        if all(((place := (cluster.key, name)), app) in overlays for app in namespace.apps)
    }
    unapproved = [
        drop
        for drop in found
        if not _approved(drop, valid) and not (drop.team and not drop.app and drop.place in emptied)
    ]
    teams: dict[str, list[Drop]] = {}
    for drop in unapproved:
        if drop.team:
            teams.setdefault(drop.team, []).append(drop)
    return Verdict(
        found=found,
        platform=tuple(drop for drop in unapproved if not drop.team),
        teams={team: tuple(theirs) for team, theirs in sorted(teams.items())},
    )


def _namespace_drops(adopted: Snapshot, tree: Snapshot, old: Cluster, name: str, was: Namespace) -> Iterator[Drop]:
    now = tree.clusters[old.key].namespaces.get(name)
    if now is not None and now.team != was.team:
        now = None
    flipped = was.team in tree.teams and tree.teams[was.team].unit != adopted.teams[was.team].unit
    if now is None or now.application != was.application or flipped:
        yield _drop(old, "application", was.application, team=was.team, namespace=name)
    for app, overlay in was.apps.items():
        kept = now.apps.get(app) if now is not None else None
        if kept is None:
            yield _drop(old, "overlay", f"{old.key}/{name}/{app}.yaml", team=was.team, namespace=name, app=app)
        elif kept.application != overlay.application:
            yield _drop(old, "application", overlay.application, team=was.team, namespace=name, app=app)


def _owners(snapshot: Snapshot) -> dict[str, str]:
    """The team of every namespace name; a team without one yet owns the namespace that is named like it."""
    named = {team: team for team in snapshot.teams}
    return named | {name: namespace.team for _, name, namespace in snapshot.namespaces()}


def _drop(cluster: Cluster, kind: str, name: str, *, team: str = "", namespace: str = "", app: str = "") -> Drop:
    return Drop(
        environment=cluster.environment,
        data_center=cluster.data_center,
        cluster=cluster.name,
        team=team,
        namespace=namespace,
        app=app,
        kind=kind,
        name=name,
    )


def _approved(drop: Drop, tombstones: Iterable[Tombstone]) -> bool:
    return any(
        (stone.environment or drop.environment) == drop.environment
        and (stone.data_center or drop.data_center) == drop.data_center
        and (stone.cluster or drop.cluster) == drop.cluster
        and (stone.team or drop.team) == drop.team
        and (stone.app or drop.app) == drop.app
        for stone in tombstones
    )
