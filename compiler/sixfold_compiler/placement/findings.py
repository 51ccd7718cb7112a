"""What is in the way of a placement, as diagnostics: which team, where, which constraint, its figures, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, suggest
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand
from sixfold_compiler.placement.problem import TIERS
from sixfold_compiler.placement.reasons import judge, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.placement.occupancy import Board
    from sixfold_compiler.placement.problem import Item, Site
    from sixfold_compiler.placement.solve import Failure

__all__ = ["exception_problems", "failure_problem", "pin_problem", "quota_problems", "retired_problems"]

_CODES = {
    "room": ("SF430", "add capacity or a cluster, lower the demand, or lower the fleet's headroom"),
    "stacks": ("SF432", "add a cluster, raise the tier's stacks, or let the team share a stack"),
    "loss": ("SF433", "add capacity or a cluster: what survives a loss must fit on the clusters that are left"),
    "service": ("SF435", "add a cluster, or lower replicas or autoscaling.max of the service"),
    "spread": ("SF431", "add a cluster, lower the tier's spread, or lift what keeps the team away from the others"),
}


def failure_problem(
    fleet: FleetInput, site: Site, board: Board, failure: Failure, demands: Mapping[str, Demand]
) -> Diagnostic:
    """Why a team has no place in a data center; every cluster's reason is in the detail, the first ones in the help."""
    item = failure.item
    open_ = {*item.may, *item.spare, *(c for c in item.row if c in item.keeps)}
    constraint = "spread" if len(open_) < item.least else failure.constraint
    code, fix = _CODES[constraint]
    tier = TIERS[item.tier]
    lead = f"team {item.team} ({tier}) cannot be placed in {site.cell}"
    demand = demands.get(item.team) or Demand(item.team)
    verdicts = judge(fleet, site, board, item, demand)
    reasons = [
        f"{v.cluster}: " + "; ".join(f"{c.constraint}: {c.figures}" for c in v.failing) for v in verdicts if v.failing
    ]
    if constraint == "spread":
        clusters = "cluster" if item.least == 1 else "clusters"
        text = f"{lead}: it needs {item.least} {clusters}, and {len(open_)} of {len(site.names)} may host it"
    elif constraint == "room":
        free = [board.free(c) for c in sorted(open_)]
        total = Resources(sum(f.cpu for f in free), sum(f.memory for f in free), sum(f.pods for f in free))
        text = f"{lead}: it needs {_whole(site, item)}, and the clusters that may host it have {total} free in all"
    else:
        failing = next((c for v in verdicts for c in v.failing if c.constraint == constraint), None)
        text = f"{lead}: {failing.figures if failing else _CODES[constraint][1]}"
    shown = " | ".join(reasons[:3]) + (f" | and {len(reasons) - 3} more" if len(reasons) > 3 else "")
    help_text = f"{fix}; `sixfold place --explain {item.team}` shows every cluster" + (f". {shown}" if shown else "")
    return Diagnostic(code, text, fleet.span(("teams", item.team)), help_text, detail="\n".join(reasons))


def pin_problem(fleet: FleetInput, site: Site, item: Item, cluster: int, demand: Demand) -> Diagnostic:
    """A pin to a cluster that cannot host the team."""
    why = refused(fleet, site, item, cluster, demand)
    figures = "; ".join(f"{c.constraint}: {c.figures}" for c in why) or "it takes no more teams"
    text = f"team {item.team} is pinned to {site.cell}/{site.names[cluster]}, which cannot host it: {figures}"
    return Diagnostic("SF438", text, fleet.span(("teams", item.team, "pins")), "change the pin, or what is in its way")


def exception_problems(fleet: FleetInput, today: str) -> Iterator[Diagnostic]:
    """Pins and bans that have expired or name no cluster, and clusters that are kept for nobody of the fleet."""
    known = {e: {c for d in v.data_centers.values() for c in d.clusters} for e, v in fleet.model.environments.items()}
    for name, team in sorted(fleet.model.teams.items()):
        for kind, exceptions in (("pins", team.pins), ("bans", team.bans)):
            for index, item in enumerate(exceptions):
                span = fleet.span(("teams", name, kind, index))
                what, where = kind[:-1], f"{item.environment}/{item.cluster}"
                if item.environment not in known or item.cluster not in known[item.environment]:
                    close = suggest(item.cluster, known.get(item.environment, ()))
                    text = f"a {what} of team {name} names no cluster of the fleet: {where}"
                    yield Diagnostic("SF439", text, span, close)
                elif item.until < today:
                    text = f"the {what} of team {name} on {where} expired on {item.until}, and is not obeyed any more"
                    help_text = f"take it out of the fleet, or set a new date (its reason was: {item.reason})"
                    yield Diagnostic("SF437", text, span, help_text, severity="warning")
    for target, cluster in fleet.targets():
        path = ("environments", target.environment, "dataCenters", target.data_center, "clusters", target.cluster)
        for name in cluster.dedicated.teams if cluster.dedicated else ():
            if name not in fleet.model.teams:
                text = f"cluster {target} is dedicated to the unknown team {name!r}"
                yield Diagnostic("SF439", text, fleet.span((*path, "dedicated")), suggest(name, fleet.model.teams))


def retired_problems(fleet: FleetInput, lock: Lock) -> Iterator[Diagnostic]:
    """Retired clusters where the lock still places something."""
    for cell, data_center in fleet.cells():
        retired = {name for name, c in data_center.clusters.items() if c.state == "retired"}
        if not retired:
            continue
        there: dict[str, list[str]] = {}
        for team, row in sorted(lock.hosts.get(cell, {}).items()):
            for host in row:
                if host.cluster in retired:
                    there.setdefault(host.cluster, []).append(team)
        for cluster, teams in sorted(there.items()):
            path = ("environments", cell.environment, "dataCenters", cell.data_center, "clusters", cluster, "state")
            sample = ", ".join(teams[:5]) + (f" and {len(teams) - 5} more" if len(teams) > 5 else "")
            text = f"the cluster {cell}/{cluster} is retired, and still hosts {sample}"
            yield Diagnostic("SF427", text, fleet.span(path), "set its state to draining, and move what is there first")


def quota_problems(
    fleet: FleetInput, site: Site, items: list[Item], board: Board, demands: Mapping[str, Demand]
) -> Iterator[Diagnostic]:
    """Teams whose apps may grow beyond their quota: Kubernetes will refuse the pods that are over it."""
    environment = site.cell.environment
    for item in items:
        demand = demands.get(item.team)
        row = board.rows.get(item.team)
        if demand is None or row is None:
            continue
        team = fleet.model.teams[item.team]
        limit = (team.quotas or {}).get(environment, team.quota)
        quota = Resources.of(limit.cpu, limit.memory, limit.pods)
        asked = demand.sums.share + demand.sums.home
        if demand.sums.every.pods or demand.sums.node.pods:
            asked += demand.sums.every.times(len(row.hosts))
            asked += demand.sums.node.times(sum(site.nodes[h] for h in row.hosts))
        if not asked.within(quota):
            text = f"the apps of team {item.team} may ask for {asked} in {site.cell}; its quota is {quota}"
            own = ("quotas", environment) if environment in (team.quotas or {}) else ("quota",)
            help_text = "raise the quota, or lower replicas or autoscaling.max: pods over the quota are refused"
            yield Diagnostic("SF436", text, fleet.span(("teams", item.team, *own)), help_text, severity="warning")


def _whole(site: Site, item: Item) -> Resources:
    """What a team needs in all on as many hosts as it must have."""
    nodes = max(site.nodes, default=0)
    parts = zip(item.shared, item.each, item.node, strict=True)
    sums = [shared + (each + node * nodes) * item.least for shared, each, node in parts]
    for _, amount in item.homes:
        sums = [s + a for s, a in zip(sums, amount, strict=True)]
    return Resources(*sums)
