"""One owner for every name: service names, Application names, and hosts and paths at the edge.

Who had a name keeps it; the newcomer gets the diagnostic, and nobody else notices. An app that fails keeps what the
tree has of it, and with that its old names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic
from compiler.names import application_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compiler.appset import AppSet, AppState
    from compiler.fleet import Cell, FleetInput
    from compiler.placement import Placement
    from compiler.roads import Facts

__all__ = ["settle"]

Claim = tuple[str, ...]  # ("service", cell, name), ("application", name), ("edge", environment, host, path)


def settle(fleet: FleetInput, placement: Placement, apps: AppSet) -> None:
    """Fail every app that claims what another one has.

    Args:
        fleet: The fleet, whose clusters and namespaces have Applications too.
        placement: Which clusters host whom.
        apps: All apps, with the facts that they would have.
    """
    _Settlement(fleet, placement, apps).run()


class _Settlement:
    def __init__(self, fleet: FleetInput, placement: Placement, apps: AppSet) -> None:
        self._apps = apps
        self._external = fleet.fleet.domains.external
        self._new = {key: self._claims(state.facts) for key, state in apps.states.items()}
        self._old = {
            key: self._claims({cell: record["facts"] for cell, record in state.records.items()})
            if state.prepared is not None
            else self._new[key]
            for key, state in apps.states.items()
        }
        self._owners: dict[Claim, str] = {}
        for target, _ in fleet.targets():
            self._owners["application", application_name(target.environment, target.cluster)] = f"cluster {target}"
        for (cell, team), hosts in placement.hosts.items():
            namespace = fleet.namespace(team, cell.environment)
            for host in hosts:
                name = application_name(cell.environment, host.cluster, namespace)
                self._owners.setdefault(("application", name), f"team {team}")

    def run(self) -> None:
        for key in sorted(self._apps.states):
            for claim in self._old[key]:
                if claim in self._new[key]:
                    self._owners.setdefault(claim, key)
        changed = (s for s in self._apps.states.values() if s.prepared is not None)
        for state in sorted(changed, key=lambda s: (not s.records, s.key)):
            if state.prepared is None:
                continue  # lost a name meanwhile
            taken = self._taken(state.key)
            if taken is not None:
                self._lose(state, taken)
            else:
                self._owners.update(dict.fromkeys(self._new[state.key], state.key))

    def _taken(self, key: str) -> Claim | None:
        """The first name of somebody else that an app claims."""
        for claim in self._new[key]:
            rivals = [claim]
            if claim[0] == "edge":
                whole = (*claim[:3], "")
                rivals.append(whole)
                if claim == whole:
                    rivals += [c for c in self._owners if c[:3] == claim[:3]]
            for rival in rivals:
                if self._owners.get(rival, key) != key:
                    return rival
        return None

    def _lose(self, state: AppState, claim: Claim) -> None:
        """Fail an app; what it goes back to may be what a newcomer has just taken, which then loses it."""
        self._apps.fail(state, _problem(state, claim, self._owners[claim]))
        for dropped in self._new[state.key]:
            if self._owners.get(dropped) == state.key:
                del self._owners[dropped]
        for kept in self._old[state.key]:
            other = self._apps.states.get(self._owners.get(kept, ""))
            self._owners[kept] = state.key
            if other is not None and other is not state and other.prepared is not None:
                self._lose(other, kept)

    def _claims(self, facts: Mapping[Cell, Facts]) -> dict[Claim, None]:
        return dict.fromkeys(claim for cell, value in facts.items() for claim in self._cell_claims(cell, value))

    def _cell_claims(self, cell: Cell, facts: Facts) -> Iterable[Claim]:
        yield "service", str(cell), facts["name"]
        for cluster in facts["clusters"]:
            yield "application", application_name(cell.environment, cluster, facts["namespace"], facts["name"])
        external = facts["roads"].get("external")
        if external is not None:
            # A load balancer of its own takes the whole host, whatever the path says.
            path = "" if external.get("loadBalancer") else external.get("path", "/").rstrip("/") + "/"
            yield "edge", cell.environment, external.get("host", self._external).lower(), path


def _problem(state: AppState, claim: Claim, owner: str) -> Diagnostic:
    span = state.prepared.span if state.prepared else None
    match claim:
        case ("service", cell, name):
            code, text = "SF407", f"the name {name!r} is taken in {cell} by team {owner.partition('/')[0]}"
            help_text = "a service name is unique in a data center: choose another"
        case ("edge", environment, host, path):
            code, text = "SF412", f"{host}{path} is taken in {environment} by team {owner.partition('/')[0]}"
            help_text = "a host and path lead to one app: set spec.roads.external.path or host to another"
        case _:
            code, text = "SF409", f"an Application would be named {claim[1]}, as that of {owner}"
            help_text = "choose another name for the app, so that the joined names differ"
    return Diagnostic(code, text, span, help_text, app=state.key)
