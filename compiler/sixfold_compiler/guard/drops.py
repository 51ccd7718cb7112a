"""Everything that one tree holds and another does not: what would vanish, one record for each thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler.kubernetes.identity import lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding

__all__ = ["Drop", "drops"]


@dataclass(frozen=True, slots=True, order=True)
class Drop:
    """One thing that vanishes. Without `team` it is the platform's; `app` only for what belongs to one app.

    `kind` is cluster, application, overlay, object, tenancy, platform, road (an app's object among the platform's),
    or argocd. `name` tells it from every other thing. `always` marks what no budget covers. The last three are what
    it counts as: an overlay takes its objects along, and its Application where the team's unit is the app.
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
    object: str = ""  # Kind/name, for an object
    always: bool = False
    applications: int = 0
    overlays: int = 0
    objects: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def cluster_key(self) -> str:
        """`environment/dataCenter/cluster`."""
        return f"{self.environment}/{self.data_center}/{self.cluster}"

    @property
    def cell(self) -> str:
        """`environment/dataCenter`."""
        return f"{self.environment}/{self.data_center}"

    @property
    def place(self) -> tuple[str, str]:
        """The cluster's key and the namespace."""
        return (self.cluster_key, self.namespace)

    def document(self) -> dict[str, Any]:
        """As plain data, without what is empty."""
        return {key: value for key, value in asdict(self).items() if value}


def drops(before: Holdings, after: Holdings) -> Iterator[Drop]:
    """Everything that would vanish. A moved, renamed or handed over Application vanishes where it was."""
    owners = {**after.owners(), **before.owners()}
    cells = _apps_of_cells(before)
    for key, old in before.clusters.items():
        new = after.clusters.get(key)
        if new is None:
            yield _drop(old, "cluster", key, always=True)
            continue
        if new == old and before.units == after.units:
            continue
        if (new.application, new.instance) != (old.application, old.instance):
            yield _drop(old, "application", old.application, always=True)
        yield from _file_drops(old, new, owners, cells.get(f"{old.environment}/{old.data_center}", {}))
        for name, namespace in old.namespaces.items():
            yield from _namespace_drops(before, after, old, name, namespace)
    yield from _argocd_drops(before, after)


def _file_drops(
    old: ClusterHolding, new: ClusterHolding, owners: Mapping[str, str], apps: Mapping[str, str]
) -> Iterator[Drop]:
    for path, held in old.files.items():
        folder, _, file = path.partition("/")
        if path not in new.files:
            namespace = file.removesuffix(".yaml")
            team = owners.get(namespace, "") if folder == "_tenancy" else ""
            kind = "tenancy" if team else "platform"
            namespace = namespace if team else ""
            follows = namespace in old.namespaces and namespace not in new.namespaces  # the Application is what counts
            yield _drop(old, kind, f"{old.key}/{path}", team=team, namespace=namespace, always=not follows)
        elif folder == "_platform":
            for item in lost(held, new.files[path]):
                app = item.partition("/")[2]
                if app in apps:  # what the platform made for an app: it goes and stays with the app
                    yield _drop(old, "road", f"{old.key}/{path}: {item}", team=apps[app], app=app, object=item)


def _namespace_drops(
    before: Holdings, after: Holdings, old: ClusterHolding, name: str, was: NamespaceHolding
) -> Iterator[Drop]:
    now = after.clusters[old.key].namespaces.get(name)
    handed = now is not None and now.team != was.team
    if handed:
        now = None
    unit = before.units.get(was.team, "namespace")
    flipped = was.team in after.units and after.units[was.team] != unit
    each = int(unit == "app")
    if now is None or now.application != was.application or flipped:
        count = len(was.apps) if each and flipped else 1 - each
        yield _drop(
            old, "application", was.application, team=was.team, namespace=name,
            always=handed or flipped, applications=count,
        )  # fmt: skip
    for app, overlay in was.apps.items():
        kept = now.apps.get(app) if now is not None else None
        path = f"{old.key}/{name}/{app}.yaml"
        if kept is None:
            yield _drop(
                old, "overlay", path, team=was.team, namespace=name, app=app, always=handed,
                applications=each * (not flipped), overlays=1, objects=overlay.objects,
            )  # fmt: skip
            continue
        if kept.application != overlay.application:
            yield _drop(
                old, "application", overlay.application, team=was.team, namespace=name, app=app, applications=each
            )
        for item in lost(overlay.holds, kept.holds):
            shown = item if "/" in item else f"{item}/{app}"
            yield _drop(
                old, "object", f"{path}: {shown}", team=was.team, namespace=name, app=app, object=shown, objects=1
            )


def _argocd_drops(before: Holdings, after: Holdings) -> Iterator[Drop]:
    """ApplicationSets, AppProjects, cluster Secrets and what else an Argo CD instance is given; each a thing."""
    for instance, files in before.argocd.items():
        new = after.argocd.get(instance, {})
        for file, held in files.items():
            team = file.removeprefix("team-").removesuffix(".yaml")
            team = team if file.startswith("team-") and team in before.units else ""
            items = lost(held, new.get(file, ""))
            for item in items or (() if file in new else ("",)):
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


def _apps_of_cells(holdings: Holdings) -> dict[str, dict[str, str]]:
    """The team of every app, by cell: an app's name is unique there."""
    found: dict[str, dict[str, str]] = {}
    for cluster in holdings.clusters.values():
        cell = found.setdefault(f"{cluster.environment}/{cluster.data_center}", {})
        for namespace in cluster.namespaces.values():
            cell |= dict.fromkeys(namespace.apps, namespace.team)
    return found


def _drop(cluster: ClusterHolding, kind: str, name: str, **more: Any) -> Drop:
    fields = {"team": "", "namespace": "", "app": ""} | more
    return Drop(
        environment=cluster.environment,
        data_center=cluster.data_center,
        cluster=cluster.name,
        kind=kind,
        name=name,
        **fields,
    )
