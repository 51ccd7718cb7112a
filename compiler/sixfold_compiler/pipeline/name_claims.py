"""Conflicts over names: find the apps that lose a service name, road, Application name, host or path to its owner.

An app that loses one name fails completely: it keeps its previous overlays, and therefore its previous names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.names import application_name
from sixfold_compiler.ownership.addresses import address
from sixfold_compiler.ownership.hosts import Edge, edge_of
from sixfold_compiler.ownership.registry import Claim, Owner, Registry
from sixfold_compiler.pipeline.app_state import PreparedApp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.diagnostics import Span
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.placement import Placement

__all__ = ["lost_names"]

PLATFORM = "the platform"  # no team's name: it has a space

# By the name, or by environment, host and path: a change of what is agreed with others is no other claim.
Claims = dict[object, Claim]


def lost_names(
    fleet: FleetInput, placement: Placement, apps: Mapping[AppKey, AppState]
) -> dict[AppKey, tuple[Diagnostic, ...]]:
    """Return the changed apps that claim a name of another app, with the diagnostics (SF407, SF409, SF412).

    An app keeps every name that it has in the tree. Changed apps are settled in order: apps with a record in the tree
    first, then new ones, each group by key. Each app gets all names that it claims, or loses. A loser takes its
    previous names back, even from a new app, which then loses in turn. The procedure ends because each loss permanently
    removes one app from the changed ones. Called again with the losers marked as failed, it returns nothing.

    Args:
        fleet: The fleet, whose clusters and namespaces also have Application names.
        placement: The hosts of each team.
        apps: All apps, with the facts that they would publish.
    """
    return _Settlement(fleet, placement, apps).losers()


class _Settlement:
    """The name registry of one compile, with each app's claims in the tree (`old`) and in this compile (`new`)."""

    def __init__(self, fleet: FleetInput, placement: Placement, apps: Mapping[AppKey, AppState]) -> None:
        self._fleet = fleet
        self._apps = apps
        self._cluster = re.escape(fleet.model.domains.cluster)
        self._registry = Registry()
        self._lost: dict[AppKey, tuple[Diagnostic, ...]] = {}
        self._new = {key: self._claims(app.facts) for key, app in apps.items()}
        self._old = {
            key: self._claims(app.tree.facts) if isinstance(app, PreparedApp) else self._new[key]
            for key, app in apps.items()
        }
        self._reserve_names(placement)

    def losers(self) -> dict[AppKey, tuple[Diagnostic, ...]]:
        for key in sorted(self._apps):
            for name, claim in self._old[key].items():
                # In its old form: an agreement that changes counts only if the change as a whole does.
                if name in self._new[key] and self._registry.owner(claim) is None:
                    self._registry.add(claim, key)
        changed = (app for app in self._apps.values() if isinstance(app, PreparedApp))
        for app in sorted(changed, key=lambda app: (not app.tree.records, app.key)):
            if app.key in self._lost:
                continue
            for claim in self._new[app.key].values():
                if (owner := self._registry.rival(claim, app.key)) is not None:
                    self._lose(app.key, claim, owner)
                    break
            else:
                for claim in self._new[app.key].values():
                    self._registry.add(claim, app.key)
        return self._lost

    def _lose(self, key: AppKey, claim: Claim, owner: Owner) -> None:
        """Record that an app loses a name, and settle the apps that lose theirs as it takes its previous names back.

        The last recorded loser is settled first. Each app is added once, so the stack empties.
        """
        stack = [self._record_loss(key, claim, owner)]
        while stack:
            loser, claims = stack[-1]
            if not claims:
                stack.pop()
                continue
            kept = claims[-1]
            rival = self._registry.rival(kept, loser)
            if isinstance(rival, AppKey) and self._may_lose(rival):
                stack.append(self._record_loss(rival, kept, loser))
                continue
            if self._registry.owner(kept) in (None, loser):
                self._registry.add(kept, loser)
            claims.pop()

    def _record_loss(self, key: AppKey, claim: Claim, owner: Owner) -> tuple[AppKey, list[Claim]]:
        """Drop the new claims of an app, and return its key and its previous claims in reverse order."""
        app = self._apps[key]
        span = app.prepared.span if isinstance(app, PreparedApp) else None
        self._lost[key] = (_problem(key, span, claim, owner),)
        for dropped in self._new[key].values():
            if self._registry.owner(dropped) == key:
                self._registry.drop(dropped)
        return key, list(reversed(self._old[key].values()))

    def _may_lose(self, key: AppKey) -> bool:
        return key not in self._lost and isinstance(self._apps.get(key), PreparedApp)

    def _reserve_names(self, placement: Placement) -> None:
        """Reserve the Application names of all clusters and of the namespaces of teams."""
        for target, _ in self._fleet.targets():
            name = application_name(target.environment, target.cluster)
            self._registry.reserve(("application", name), PLATFORM)
        for (cell, team), hosts in placement.hosts.items():
            namespace = self._fleet.namespace(team, cell.environment)
            for host in hosts:
                name = application_name(cell.environment, host.cluster, namespace)
                if self._registry.owner(("application", name)) is None:
                    self._registry.reserve(("application", name), team)

    def _claims(self, facts: Mapping[Cell, Facts]) -> Claims:
        return dict(entry for cell, value in facts.items() for entry in self._claims_in(cell, value))

    def _claims_in(self, cell: Cell, facts: Facts) -> Iterator[tuple[object, Claim]]:
        for name in self._names(cell, facts):
            yield name, name
        edge = edge_of(self._fleet, facts, cell)
        if edge is not None:
            yield (edge.environment, edge.host, edge.path), edge

    def _names(self, cell: Cell, facts: Facts) -> Iterator[tuple[str, ...]]:
        scope, dc = str(cell), cell.data_center
        yield "service", scope, facts.name
        for cluster in facts.clusters:
            yield "application", application_name(cell.environment, cluster, facts.namespace, facts.name)
        for road in ("intra-dc", "inter-dc"):
            if road in facts.roads:
                host = address(self._fleet, facts, cell, road)
                # A naming scheme may give what is a Service name, the own one or that of another app.
                service = re.fullmatch(rf"([a-z0-9-]+)\.{dc}(\.svc(\.{self._cluster})?)?", host)
                yield ("service", scope, service[1]) if service else ("road", scope, host)
                if road == "inter-dc":  # the private zone has one answer for all data centers
                    yield "road", cell.environment, host
        yield "name", cell.environment, facts.name


def _problem(key: AppKey, span: Span | None, claim: Claim, owner: Owner) -> Diagnostic:
    """Build the diagnostic of an app that loses a name. If the owner is of another team, only that team is named."""
    team = owner.team if isinstance(owner, AppKey) else owner
    own_app = isinstance(owner, AppKey) and team == key.team
    whose = str(owner) if own_app or owner == PLATFORM else f"team {team}"
    match claim:
        case Edge():
            code, text = "SF412", f"{claim} belongs to {whose} in {claim.environment}, in whole or in part"
            help_text = (
                "choose another spec.roads.external.host or path, or let the owner add your team to"
                " spec.roads.external.sharedWith"
            )
        case ("service", cell, name):
            code, text = "SF407", f"the service name {name!r} belongs to {whose} in {cell}"
            help_text = "rename the app: a service name is unique in an environment"
        case ("name", environment, name):
            code, text = "SF407", f"the service name {name!r} belongs to {whose} in {environment}"
            help_text = "rename the app: a service name is unique in an environment"
        case ("road", scope, host):
            code, text = "SF407", f"the address {host!r} of the road belongs to {whose} in {scope}"
            help_text = "rename the app, so that the address from the naming scheme of the fleet differs"
        case _:
            code, text = (
                "SF409",
                f"the Application of the app would have the name {claim[1]!r}, which belongs to {whose}",
            )
            help_text = "rename the app, so that the joined names differ"
    return Diagnostic(code, text, span, help_text, app=str(key))
