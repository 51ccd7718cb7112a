"""Settling who has what, before anything is rendered: services, roads, Applications, hosts and paths.

An app that fails keeps what the tree has of it, and with that its old names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.names import application_name
from sixfold_compiler.ownership.addresses import address
from sixfold_compiler.ownership.hosts import Edge, edge_of
from sixfold_compiler.ownership.registry import Claim, Register

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.pipeline.app_state import AppSet, AppState
    from sixfold_compiler.placement import Placement

__all__ = ["settle"]

PLATFORM = "the platform"  # no team's name: it has a space


def settle(fleet: FleetInput, placement: Placement, apps: AppSet) -> None:
    """Fail every app that claims what another one has.

    What stands when it returns, stands: settling again changes nothing, until an app fails for another reason and
    goes back to what it was.

    Args:
        fleet: The fleet, whose clusters and namespaces have Applications too.
        placement: Which clusters host whom.
        apps: All apps, with the facts that they would have.
    """
    _Settlement(fleet, placement, apps).run()


Claims = dict[object, Claim]  # by what they are of, so that a change of what is said about it is no other claim


class _Settlement:
    def __init__(self, fleet: FleetInput, placement: Placement, apps: AppSet) -> None:
        self._fleet = fleet
        self._apps = apps
        self._register = Register()
        self._new = {key: self._claims(state.facts) for key, state in apps.states.items()}
        self._old = {
            key: self._claims({cell: record["facts"] for cell, record in state.records.items()})
            if state.prepared is not None
            else self._new[key]
            for key, state in apps.states.items()
        }
        for target, _ in fleet.targets():
            self._register.add(("application", application_name(target.environment, target.cluster)), PLATFORM)
        for (cell, team), hosts in placement.hosts.items():
            namespace = fleet.namespace(team, cell.environment)
            for host in hosts:
                name = application_name(cell.environment, host.cluster, namespace)
                if self._register.owner(("application", name)) is None:
                    self._register.add(("application", name), team)

    def run(self) -> None:
        for key in sorted(self._apps.states):
            for name, claim in self._old[key].items():
                # As it was: what its owner says of it anew holds when the change as a whole does.
                if name in self._new[key] and self._register.owner(claim) is None:
                    self._register.add(claim, key)
        changed = (s for s in self._apps.states.values() if s.prepared is not None)
        for state in sorted(changed, key=lambda s: (not s.records, s.key)):
            if state.prepared is None:
                continue  # lost a name meanwhile
            for claim in self._new[state.key].values():
                if (owner := self._register.rival(claim, state.key)) is not None:
                    self._lose(state, claim, owner)
                    break
            else:
                for claim in self._new[state.key].values():
                    self._register.add(claim, state.key)

    def _lose(self, state: AppState, claim: Claim, owner: str) -> None:
        """Fail an app; what it goes back to may be what a newcomer has just taken, which then loses it."""
        self._apps.fail(state, _problem(state, claim, owner))
        for dropped in self._new[state.key].values():
            if self._register.owner(dropped) == state.key:
                self._register.drop(dropped)
        for kept in self._old[state.key].values():
            while (rival := self._register.rival(kept, state.key)) is not None:
                other = self._apps.states.get(rival)
                if other is None or other is state or other.prepared is None:
                    break
                self._lose(other, kept, state.key)
            if self._register.owner(kept) in (None, state.key):
                self._register.add(kept, state.key)

    def _claims(self, facts: Mapping[Cell, Facts]) -> Claims:
        return dict(entry for cell, value in facts.items() for entry in self._of_cell(cell, value))

    def _of_cell(self, cell: Cell, facts: Facts) -> Iterator[tuple[object, Claim]]:
        for name in self._names(cell, facts):
            yield name, name
        edge = edge_of(self._fleet, facts, cell)
        if edge is not None:
            yield (edge.environment, edge.host, edge.path), edge

    def _names(self, cell: Cell, facts: Facts) -> Iterator[tuple[str, ...]]:
        where, dc = str(cell), cell.data_center
        yield "service", where, facts["name"]
        for cluster in facts["clusters"]:
            yield "application", application_name(cell.environment, cluster, facts["namespace"], facts["name"])
        for road in ("intra-dc", "inter-dc"):
            if road in facts["roads"]:
                host = address(self._fleet, facts, cell, road)
                if host == f"{facts['name']}.{dc}.svc.{self._fleet.model.domains.cluster}":
                    continue  # the name of its own Service
                # A scheme may give what is another app's Service name.
                service = re.fullmatch(rf"([a-z0-9-]+)\.{dc}(\.svc(\.{self._cluster})?)?", host)
                yield ("service", where, service[1]) if service else ("road", where, host)
                if road == "inter-dc":  # the private zone has one answer for all data centers
                    yield "road", cell.environment, host

    @property
    def _cluster(self) -> str:
        return re.escape(self._fleet.model.domains.cluster)


def _problem(state: AppState, claim: Claim, owner: str) -> Diagnostic:
    """What the loser is told: its own claim, and of the other side the team alone (`sixfold_compiler.ownership`)."""
    span = state.prepared.span if state.prepared else None
    team = state.key.partition("/")[0]
    other, _, app = owner.partition("/")
    whose = owner if (other == team and app) or other == PLATFORM else f"team {other}"
    match claim:
        case Edge():
            code, text = "SF412", f"{claim} is taken in {claim.environment}, or a part of it, by {whose}"
            help_text = (
                "a host and path lead to one app: set spec.roads.external.path or host to another, or the one above"
                " lists the other team under spec.roads.external.sharedWith"
            )
        case ("service", cell, name):
            code, text = "SF407", f"the name {name!r} is taken in {cell} by {whose}"
            help_text = "a service name is unique in a data center: choose another"
        case ("road", scope, host):
            code, text = "SF407", f"the road's name {host} is taken in {scope} by {whose}"
            help_text = "the fleet's naming scheme joins names: choose another for the app"
        case _:
            code, text = "SF409", f"an Application would be named {claim[1]}, as one of {whose}"
            help_text = "choose another name for the app, so that the joined names differ"
    return Diagnostic(code, text, span, help_text, app=state.key)
