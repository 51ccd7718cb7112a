"""What apps ask of the clusters: the requests of a pod, and how many pods at most, in one data center."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from sixfold_compiler.model.quantities import Resources, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts

__all__ = ["AppDemand", "Demand", "Demands", "app_demand", "pod_requests"]

# What the LimitRange of a team's namespace gives a container that says nothing (lib/tenancy/quota.libsonnet).
_UNSAID = Resources(100, 128 * 2**20)
_TIERS = ("P0", "P1", "P2")


@dataclass(frozen=True, slots=True)
class AppDemand:
    """One app in one data center, at its largest: replicas, or the most that its autoscaler may make.

    `pod` is what one pod requests. `spread` says on which of the team's clusters the `pods` are: `share` (divided by
    weight), `home` (all on one), `every` (so many on each), `node` (so many on every node: a DaemonSet). `scaled` when
    an autoscaler owns the number: its maxima on the clusters add up to more than `pods`, so that one may be lost;
    `least` is then its minimum, and else `pods`. For moves: its `kind`, whether a pod of it may not run beside another
    (`recreate`), whether it keeps data in volumes of its cluster (`claims`), and whom it calls: app, and data center
    (empty for its own).
    """

    app: str
    tier: str
    spread: str
    pod: Resources
    pods: int
    scaled: bool = False
    apis: frozenset[str] = frozenset()
    least: int = 0
    kind: str = "Deployment"
    recreate: bool = False
    claims: bool = False
    calls: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> Resources:
        """All of its pods."""
        return self.pod.times(self.pods)


class Sums(NamedTuple):
    """A team's apps added up, by how they are spread."""

    share: Resources
    home: Resources
    every: Resources
    node: Resources


@dataclass(frozen=True)
class Demand:
    """What a team's apps ask of one data center."""

    team: str
    apps: tuple[AppDemand, ...] = ()

    @cached_property
    def tier(self) -> str:
        """The highest of its apps; the lowest there is without any."""
        return min((app.tier for app in self.apps), default=_TIERS[-1])

    @cached_property
    def apis(self) -> frozenset[str]:
        """The APIs beside the built-in ones that a cluster must serve."""
        return frozenset().union(*(app.apis for app in self.apps))

    @cached_property
    def sums(self) -> Sums:
        """All pods of the apps that are divided, have a home, are on every host; on every node (of one node)."""
        found = {spread: [0, 0, 0] for spread in ("share", "home", "every", "node")}
        for app in self.apps:
            sum_, pods = found[app.spread], app.pods
            sum_[0] += app.pod.cpu * pods
            sum_[1] += app.pod.memory * pods
            sum_[2] += app.pod.pods * pods
        return Sums(*(Resources(*amount) for amount in found.values()))

    def scaled_by(self, factor: float) -> Demand:
        """The demand under `factor` times the load: more pods of what is divided, of whole pods, rounded up."""
        return replace(
            self,
            apps=tuple(
                replace(app, pods=ceil(round(app.pods * factor, 6))) if app.spread == "share" else app
                for app in self.apps
            ),
        )


Demands = dict["Cell", dict[str, Demand]]  # by cell and team; a team without an entry has no apps there


@dataclass(slots=True)
class DemandTable:
    """Demands while they are gathered."""

    rows: dict[Cell, dict[str, list[AppDemand]]] = field(default_factory=dict)

    def add(self, cell: Cell, team: str, app: AppDemand) -> None:
        """Enter one app."""
        self.rows.setdefault(cell, {}).setdefault(team, []).append(app)

    def demands(self) -> Demands:
        """All of them, apps sorted by name."""
        return {
            cell: {t: Demand(t, tuple(sorted(apps, key=lambda a: a.app))) for t, apps in sorted(teams.items())}
            for cell, teams in sorted(self.rows.items())
        }


def app_demand(
    facts: Facts, spec: Mapping[str, Any], apis: frozenset[str] = frozenset(), *, claims: bool = False
) -> AppDemand:
    """The demand of an app from its merged spec in one cell.

    Jobs and CronJobs count with the pods that run at once. What rolling out a new version adds for a while, and
    schedules that never meet, are not counted: the headroom of the fleet is for such things.

    Args:
        facts: Its facts in the cell; where it is placed does not matter.
        spec: The merged spec.
        apis: What it needs of a cluster beside the built-in APIs.
        claims: Whether a plain object of it claims a volume.
    """
    kind, spread = facts.kind, facts.spread
    scaling = spec.get("autoscaling") if kind in ("Deployment", "StatefulSet") else None
    if scaling:
        pods = scaling["max"]
    elif kind in ("Deployment", "StatefulSet"):
        pods = spec.get("replicas", 1)
    elif kind == "DaemonSet":
        pods, spread = 1, "node"
    else:
        pods = (spec.get("job") or {}).get("parallelism") or 1
    return AppDemand(
        facts.name,
        facts.tier,
        spread,
        pod_requests(spec),
        pods,
        scaling is not None,
        apis,
        least=scaling.get("min", 1) if scaling else pods,
        kind=kind,
        recreate=(spec.get("rollout") or {}).get("type") == "Recreate",
        claims=claims or any(v.get("claim") or v.get("persistentVolumeClaim") for v in spec.get("volumes", [])),
        calls=tuple((call.app, call.data_center) for call in facts.calls),
    )


def pod_requests(spec: Mapping[str, Any]) -> Resources:
    """What Kubernetes reserves for a pod.

    The containers and the sidecars among the init containers run together; another init container runs beside the
    sidecars before it. The larger of both counts, resource by resource.
    """
    together = _container(spec) + _sum(_container(c) for c in spec.get("containers", []))
    sidecars, most = Resources(), Resources()
    for container in spec.get("initContainers", []):
        own = _container(container)
        if container.get("restartPolicy") == "Always":
            sidecars += own
            own = Resources()
        most = _most(most, sidecars + own)
    whole = _most(together + sidecars, most)
    return Resources(whole.cpu, whole.memory, 1)


def _container(body: Mapping[str, Any]) -> Resources:
    resources = body.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    cpu = requests.get("cpu", limits.get("cpu"))  # a limit without a request is the request
    memory = requests.get("memory", limits.get("memory"))
    return Resources(
        _UNSAID.cpu if cpu is None else round(number(cpu) * 1000),
        _UNSAID.memory if memory is None else round(number(memory)),
    )


def _most(a: Resources, b: Resources) -> Resources:
    return Resources(max(a.cpu, b.cpu), max(a.memory, b.memory), max(a.pods, b.pods))


def _sum(items: Iterable[Resources]) -> Resources:
    total = Resources()
    for item in items:
        total += item
    return total
