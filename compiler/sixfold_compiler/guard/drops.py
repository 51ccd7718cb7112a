"""Drops: one record for each thing that one tree holds and another does not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.guard.moves import moved
from sixfold_compiler.kubernetes.identity import lost
from sixfold_compiler.model.names import APPLIED_BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding

__all__ = ["Drop", "drops_between", "everything_in", "lost_objects"]


@dataclass(frozen=True, slots=True, order=True)
class Drop:
    """One thing that would be deleted.

    `kind` is cluster, application, overlay, object, tenancy, platform, road (an app's object in a platform file),
    argocd, or identity; `name` is unique among the drops between two trees. `team` is empty for a thing of the
    platform; `app` is set for a thing of one app, and `object` is `Kind/name` for a single object. A drop with `always`
    needs a tombstone: no budget covers it.

    `applications`, `overlays` and `objects` are the numbers that the drop adds to the use of budgets. The drop of an
    overlay includes its objects, and its Application if the team has one Application for each app. `holds` are the
    identities of the objects of a deleted overlay (`sixfold_compiler.kubernetes.identity.holds`). A drop of the kind
    identity is a move (`sixfold_compiler.guard.moves`): the thing `leaves` one identity and `enters` another.
    """

    environment: str
    data_center: str
    cluster: str
    team: str
    namespace: str
    app: str
    kind: str
    name: str
    instance: str = ""
    object: str = ""
    always: bool = False
    applications: int = 0
    overlays: int = 0
    objects: int = 0
    holds: str = ""
    leaves: str = ""
    enters: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def counts(self) -> bool:
        """True if budgets count the drop."""
        return bool(self.applications or self.overlays or self.objects)

    @property
    def cluster_key(self) -> str:
        """The key of the cluster: `environment/dataCenter/cluster`."""
        return f"{self.environment}/{self.data_center}/{self.cluster}"

    @property
    def cell(self) -> str:
        """The cell as text: `environment/dataCenter`."""
        return f"{self.environment}/{self.data_center}"

    @property
    def place(self) -> tuple[str, str]:
        """The cluster's key, and the namespace."""
        return (self.cluster_key, self.namespace)

    def document(self) -> dict[str, str | int]:
        """Return the drop as JSON data for reports, without `holds` and without empty fields."""
        return {key: value for key, value in asdict(self).items() if value and key != "holds"}


def drops_between(before: Holdings, after: Holdings) -> Iterator[Drop]:
    """Yield a drop for everything that `before` holds and `after` does not.

    An Application that changes its cluster, Argo CD instance, name or team is deleted in its old place, so it is a
    drop.
    """
    owners = {**after.owners(), **before.owners()}
    teams = _teams_of_apps(before)
    for key, old in before.clusters.items():
        new = after.clusters.get(key)
        if new is None:
            yield _drop(old, "cluster", key, always=True)
            continue
        if new == old and before.units == after.units:
            continue
        if (new.application, new.instance) != (old.application, old.instance):
            yield _drop(old, "application", old.application, always=True)
        leaves, enters = moved(old.identity, new.identity)
        if leaves:
            drop = _drop(old, "identity", f"{key}: {leaves} -> {enters}", always=True)
            yield replace(drop, leaves=leaves, enters=enters)
        yield from _file_drops(old, new, owners, teams.get(old.cell, {}))
        for name, namespace in old.namespaces.items():
            yield from _namespace_drops(before, after, old, name, namespace)
    yield from _argocd_drops(before, after)


def everything_in(holdings: Holdings) -> Iterator[Drop]:
    """Yield a drop for each thing in a tree, as if all of it were deleted: for approvals that are wider than a drop."""
    teams = _teams_of_apps(holdings)
    blank = {
        key: replace(cluster, application="", files={}, namespaces={}) for key, cluster in holdings.clusters.items()
    }
    for drop in drops_between(holdings, replace(holdings, clusters=blank, argocd={})):
        yield drop
        if drop.kind == "overlay":
            yield from lost_objects(drop, "")
    for key, cluster in holdings.clusters.items():
        yield _drop(cluster, "cluster", key)
        roads = replace(cluster, files=dict.fromkeys(cluster.files, ""))
        yield from _file_drops(cluster, roads, {}, teams.get(cluster.cell, {}))


def _teams_of_apps(holdings: Holdings) -> dict[str, dict[str, str]]:
    """Return the team of each app, by cell and app name. App names are unique in a cell."""
    teams: dict[str, dict[str, str]] = {}
    for cluster in holdings.clusters.values():
        apps = teams.setdefault(cluster.cell, {})
        for namespace in cluster.namespaces.values():
            apps |= dict.fromkeys(namespace.apps, namespace.team)
    return teams


def _file_drops(
    old: ClusterHolding, new: ClusterHolding, owners: Mapping[str, str], teams: Mapping[str, str]
) -> Iterator[Drop]:
    """Yield the deleted files of the platform and of tenancy, and the deleted objects of apps in platform files."""
    for path, held in old.files.items():
        folder, _, file = path.partition("/")
        if path not in new.files:
            namespace = file.removesuffix(".yaml")
            team = owners.get(namespace, "") if folder == "_tenancy" else ""
            kind = "tenancy" if team else "platform"
            namespace = namespace if team else ""
            # Where the namespace is dropped as well, its Application is what counts.
            follows = namespace in old.namespaces and namespace not in new.namespaces
            yield _drop(old, kind, f"{old.key}/{path}", team=team, namespace=namespace, always=not follows)
        elif folder == "_platform":
            for item in lost(held, new.files[path]):
                app = item.partition("/")[2]
                if app in teams:  # the platform renders it for an app, and it is deleted and kept with the app
                    yield _drop(old, "road", f"{old.key}/{path}: {item}", team=teams[app], app=app, item=item)


def _namespace_drops(
    before: Holdings, after: Holdings, old: ClusterHolding, name: str, was: NamespaceHolding
) -> Iterator[Drop]:
    """Yield the deleted Application of a namespace, and its deleted overlays, Applications and objects."""
    now = after.clusters[old.key].namespaces.get(name)
    other_team = now is not None and now.team != was.team
    if other_team:
        now = None
    unit = before.units.get(was.team, "namespace")
    other_unit = was.team in after.units and after.units[was.team] != unit
    each = int(unit == "app")
    if now is None or now.application != was.application or other_unit:
        count = len(was.apps) if each and other_unit else 1 - each
        yield _drop(
            old, "application", was.application, team=was.team, namespace=name,
            always=other_team or other_unit, applications=count,
        )  # fmt: skip
    for app, overlay in was.apps.items():
        kept = now.apps.get(app) if now is not None else None
        path = f"{old.key}/{name}/{app}.yaml"
        if kept is None:
            yield _drop(
                old, "overlay", path, team=was.team, namespace=name, app=app, always=other_team,
                applications=each * (not other_unit), overlays=1, objects=overlay.objects, holds=overlay.holds,
            )  # fmt: skip
            continue
        if kept.application != overlay.application:
            yield _drop(
                old, "application", overlay.application, team=was.team, namespace=name, app=app, applications=each
            )
        previous = _drop(old, "overlay", path, team=was.team, namespace=name, app=app, holds=overlay.holds)
        yield from lost_objects(previous, kept.holds)


def lost_objects(overlay: Drop, holds: str) -> Iterator[Drop]:
    """Yield a drop for each object of a dropped overlay that is not among the objects `holds` of its successor."""
    for item in lost(overlay.holds, holds):
        name = item if "/" in item else f"{item}/{overlay.app}"
        yield replace(
            overlay,
            kind="object",
            name=f"{overlay.name}: {name}",
            object=name,
            applications=0,
            overlays=0,
            objects=1,
            holds="",
        )


def _argocd_drops(before: Holdings, after: Holdings) -> Iterator[Drop]:
    """Yield the deleted objects of Argo CD instances, such as ApplicationSets, AppProjects and cluster Secrets."""
    leaves, enters = moved({"url": before.repository}, {"url": after.repository})
    for instance, files in before.argocd.items():
        new = after.argocd.get(instance, {})
        if leaves and after.repository and instance in after.argocd:
            name = f"argocd/{instance}: {leaves} -> {enters}"
            yield Drop("", "", "", "", "", "", "identity", name, instance, always=True, leaves=leaves, enters=enters)
        for file, held in files.items():
            team = file.removeprefix("team-").removesuffix(".yaml")
            team = team if file.startswith("team-") and team in before.units else ""
            items = [item for item in lost(held, new.get(file, "")) if item not in APPLIED_BY_HAND]
            for item in items or (() if file in new or held else ("",)):
                yield Drop(
                    environment="",
                    data_center="",
                    cluster="",
                    team=team,
                    namespace="",
                    app="",
                    kind="argocd",
                    name=f"argocd/{instance}/{file}" + (f": {item}" if item else ""),
                    instance=instance,
                    object=item,
                    always=True,
                )


def _drop(
    cluster: ClusterHolding,
    kind: str,
    name: str,
    *,
    team: str = "",
    namespace: str = "",
    app: str = "",
    item: str = "",
    always: bool = False,
    applications: int = 0,
    overlays: int = 0,
    objects: int = 0,
    holds: str = "",
) -> Drop:
    return Drop(
        environment=cluster.environment,
        data_center=cluster.data_center,
        cluster=cluster.name,
        team=team,
        namespace=namespace,
        app=app,
        kind=kind,
        name=name,
        object=item,
        always=always,
        applications=applications,
        overlays=overlays,
        objects=objects,
        holds=holds,
    )
