"""Demands of apps in a data center: the requests of one pod, and the maximum number of pods."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.model.requests import most_pods, pod_requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts

__all__ = ["AppDemand", "Demand", "Demands", "app_demand", "demand_of"]

# A spec is a `Mapping[str, Any]`: merged and validated by the models, so that each value has the type of its field.


@dataclass(frozen=True, slots=True)
class AppDemand:
    """The maximum demand of an app in one data center, from its replicas or its autoscaler's maximum.

    Attributes:
        app: The name of the app.
        tier: The tier of the app.
        spread: The clusters of the team that run its pods: `share` (divided by weight), `home` (all on one cluster),
            `every` (`pods` on each cluster) or `node` (`pods` on each node: a DaemonSet).
        pod: The requests of one pod.
        pods: The number of pods.
        scaled: Whether an autoscaler sets the number. Its maxima on the clusters add up to more than `pods`, so that
            the remaining clusters can replace a lost one.
        apis: The APIs that its clusters must serve besides the built-in ones.
        least: The autoscaler's minimum; without an autoscaler, `pods`.
        kind: The kind of its workload.
        recreate: Whether its pods must not run beside those of another version.
        claims: Whether it keeps data in volumes of its cluster.
        calls: The apps that it calls: (app, data center), with an empty data center for its own.
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
        """The requests of all pods of the app together."""
        return self.pod.times(self.pods)


class Sums(NamedTuple):
    """The sums of a team's demands by spread; `every` is the amount for one host, `node` the amount for one node."""

    share: Resources
    home: Resources
    every: Resources
    node: Resources


@dataclass(frozen=True)
class Demand:
    """The demand of a team in one data center: the demands of its apps."""

    team: str
    apps: tuple[AppDemand, ...] = ()

    @cached_property
    def tier(self) -> str:
        """The highest tier among the team's apps; the lowest tier if the team has no apps."""
        return min((app.tier for app in self.apps), default=TIERS[-1])

    @cached_property
    def apis(self) -> frozenset[str]:
        """The APIs that a cluster must serve besides the built-in ones."""
        return frozenset().union(*(app.apis for app in self.apps))

    @cached_property
    def sums(self) -> Sums:
        """The demands of all apps, summed by spread."""
        amounts = {spread: [0, 0, 0] for spread in ("share", "home", "every", "node")}
        for app in self.apps:
            sum_, pods = amounts[app.spread], app.pods
            sum_[0] += app.pod.cpu * pods
            sum_[1] += app.pod.memory * pods
            sum_[2] += app.pod.pods * pods
        return Sums(*(Resources(*amount) for amount in amounts.values()))


Demands = dict["Cell", dict[str, Demand]]  # by cell and team; a team without an entry has no apps there


def demand_of(demands: Mapping[str, Demand], team: str) -> Demand:
    """Return the demand of a team in a data center, whose demands are given by team."""
    return demands.get(team) or Demand(team)


@dataclass(slots=True)
class DemandTable:
    """A table in which the demands of apps are collected, by cell and team."""

    rows: dict[Cell, dict[str, list[AppDemand]]] = field(default_factory=dict)

    def add(self, cell: Cell, team: str, app: AppDemand) -> None:
        """Add the demand of one app."""
        self.rows.setdefault(cell, {}).setdefault(team, []).append(app)

    def demands(self) -> Demands:
        """Return the collected demands by cell and team, with the apps sorted by name."""
        return {
            cell: {t: Demand(t, tuple(sorted(apps, key=lambda a: a.app))) for t, apps in sorted(teams.items())}
            for cell, teams in sorted(self.rows.items())
        }


def app_demand(
    facts: Facts, spec: Mapping[str, Any], apis: frozenset[str] = frozenset(), *, claims: bool = False
) -> AppDemand:
    """Return the demand of an app in one cell, computed from its merged spec.

    Jobs and CronJobs count with the pods that can run at once, as if all schedules coincided. Additional pods during a
    rollout are not counted: the headroom covers them.

    Args:
        facts: The facts of the app in the cell, placed or not.
        spec: The merged spec.
        apis: The APIs that its clusters must serve besides the built-in ones.
        claims: Whether one of its plain objects claims a volume.
    """
    kind = facts.kind
    scaling = spec.get("autoscaling") if kind in ("Deployment", "StatefulSet") else None
    pods = most_pods(spec, kind)
    return AppDemand(
        facts.name,
        facts.tier,
        "node" if kind == "DaemonSet" else facts.spread,
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
