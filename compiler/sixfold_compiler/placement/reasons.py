"""Why a cluster hosts a team or not: every constraint with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest
from sixfold_compiler.placement.demand import Demand
from sixfold_compiler.placement.occupancy import Board
from sixfold_compiler.placement.problem import TIERS, Sites, refusals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.placement.problem import Item, Site

__all__ = ["Check", "Verdict", "judge", "refused", "why"]


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint on one cluster: whether it is met, and by what figures."""

    constraint: str
    figures: str
    met: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cluster as a host for a team. `weight` is None where it does not host it."""

    cluster: str
    weight: int | None
    checks: tuple[Check, ...]

    @property
    def failing(self) -> tuple[Check, ...]:
        """The constraints in the way."""
        return tuple(c for c in self.checks if not c.met)


def why(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    team: str,
    *,
    today: date,
    at: str = "",
    live: Mapping[Target, Resources] | None = None,
) -> dict[Cell, list[Verdict]]:
    """Every cluster's verdict, in each cell where the team may run (only those that `at`, `env[/dc]`, names).

    Raises:
        DiagnosticError: SF422, the fleet has no such team, or the team is in no such place.
    """
    if team not in fleet.model.teams:
        close = suggest(team, fleet.model.teams)
        raise DiagnosticError(Diagnostic("SF422", f"the fleet has no team {team!r}", None, close))
    sites = Sites(fleet, live, today.isoformat())
    found = {}
    for cell in sorted(fleet.team_cells(fleet.model.teams[team])):
        if at and not f"{cell}/".startswith(f"{at.strip('/')}/"):
            continue
        site = sites.site(cell)
        board = Board(site)
        here = demands.get(cell, {})
        wanted = None
        for item in sites.items(site, here, lock):
            if item.team == team:
                wanted = item
            elif item.row:
                board.add(item, board.locked(item))
        assert wanted is not None  # noqa: S101 - the cell is one of the team's
        found[cell] = judge(fleet, site, board, wanted, here.get(team) or Demand(team))
    if not found:
        text = f"team {team} may not run at {at!r}" if at else f"team {team} may run nowhere"
        raise DiagnosticError(Diagnostic("SF422", text, None, "name ENV or ENV/DC"))
    return found


def judge(fleet: FleetInput, site: Site, board: Board, item: Item, demand: Demand) -> list[Verdict]:
    """Every cluster's verdict on a team, with all other teams on the board. The team itself must not be on it."""
    verdicts = []
    for cluster, name in enumerate(site.names):
        checks = [_state(site, item, cluster), *refused(fleet, site, item, cluster, demand)]
        checks += _loads(site, board, item, cluster)
        if cluster in item.pins:
            checks.append(Check("pin", "the team is pinned to it"))
        if cluster not in item.row and all(c.met for c in checks):
            checks.append(Check("choice", _unchosen(site, item)))
        verdicts.append(Verdict(name, item.row.get(cluster), tuple(checks)))
    return verdicts


def refused(fleet: FleetInput, site: Site, item: Item, cluster: int, demand: Demand) -> list[Check]:
    """What keeps a team off a cluster whatever its load: bans, isolation, APIs."""
    team, name = fleet.model.teams[item.team], site.names[cluster]
    reasons = refusals(item.team, team, TIERS[item.tier], demand.apis, site.clusters[cluster])
    checks = [Check(constraint, figures, met=False) for constraint, figures in reasons]
    if cluster not in item.keeps and not checks and site.clusters[cluster].state != "retired":
        bans = [b for b in team.bans if (b.environment, b.cluster) == (site.cell.environment, name)]
        if bans:  # else it is being drained
            checks.append(Check("ban", "; ".join(f"{b.reason} (until {b.until})" for b in bans), met=False))
    return checks


def _state(site: Site, item: Item, cluster: int) -> Check:
    state = site.clusters[cluster].state
    figures = {
        "active": "active",
        "draining": "draining: it keeps the teams it has and gets no other",
        "standby": "standby: used only where no active cluster has room",
        "retired": "retired: it hosts nobody",
    }[state]
    return Check("state", figures, met=state == "active" or (cluster in item.row and state != "retired"))


def _loads(site: Site, board: Board, item: Item, cluster: int) -> list[Check]:
    row = board.trial(item, cluster)
    need = board.own(item, row, cluster)
    room = board.free(cluster)
    weight = row.weights[row.hosts.index(cluster)]
    figures = f"needs {need} at weight {weight}; {room} free of {site.room(cluster)}"
    checks = [Check("room", figures, met=need.within(room))]
    if (most := board.most[item.tier]) is not None:
        there = sorted(board.stacks[item.tier][cluster])
        held = f": {', '.join(there)}" if there else ""
        figures = f"{len(there)} of at most {most} stacks of {TIERS[item.tier]}{held}; this one is {item.stack}"
        checks.append(Check("stacks", figures, met=not board.crowded(item, cluster)))
    if item.tier <= site.guarded:
        lost, after = board.worst_loss(item, row, cluster)
        if lost >= 0:
            kept = "P0" if not site.guarded else f"P0 to {TIERS[site.guarded]}"
            figures = f"with {site.names[lost]} lost, {kept} would use {after} of {site.room(cluster)}"
            checks.append(Check("loss", figures, met=after.within(site.room(cluster))))
    pods, limit = board.service_pods(item, row, cluster), site.rules.pods_per_service
    figures = f"its largest service may have {pods:,} pods here, and must have fewer than {limit:,}"
    checks.append(Check("service", figures, met=pods < limit))
    return checks


def _unchosen(site: Site, item: Item) -> str:
    if not item.row:
        return "it could take the team"
    others = ", ".join(site.names[h] for h in sorted(item.row))
    return f"it could take the team, which needs {item.least} and is on {others} already: what is well placed stays"
