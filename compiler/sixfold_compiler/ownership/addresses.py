"""Addresses of an app: the ports that its roads carry, and the host names by which callers reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.facts import Facts, PortFacts

__all__ = ["HTTP", "address", "carried", "route_hosts"]


HTTP = frozenset({"http", "http2", "grpc"})  # protocols that a gateway routes by host


def carried(facts: Facts, road: str) -> tuple[PortFacts, ...]:
    """Return the ports that a road of an app carries.

    A road that names a port carries only that port. Otherwise `direct` and `external` carry all ports, and the other
    roads carry HTTP and gRPC ports.
    """
    opened = facts.roads.get(road)
    wanted = opened.port if opened is not None else None
    every = road in ("direct", "external")
    return tuple(
        port for port in facts.ports if (wanted is None or port.name == wanted) and (every or port.app_protocol in HTTP)
    )


def address(fleet: FleetInput, facts: Facts, cell: Cell, road: str) -> str:
    """Return the host name by which callers reach an app over a road, by the fleet's naming scheme."""
    domains, schemes = fleet.model.domains, fleet.model.endpoints
    if road == "direct":
        return f"{facts.name}.{facts.namespace}.svc.{domains.cluster}"
    scheme, domain = {
        "intra-dc": (schemes.intra_dc, domains.cluster),
        "inter-dc": (schemes.inter_dc, domains.internal),
        "external": (schemes.external, domains.external),
    }[road]
    return scheme.format(
        domain=domain, app=facts.name, team=facts.team, dc=cell.data_center, environment=cell.environment
    )


def route_hosts(fleet: FleetInput, facts: Facts, cell: Cell) -> list[str]:
    """Return the host names for which a gateway of the cell routes requests to an app, its Service's name first."""
    service = f"{facts.name}.{cell.data_center}"
    hosts = [f"{service}.svc.{fleet.model.domains.cluster}", f"{service}.svc", service]
    hosts += [address(fleet, facts, cell, road) for road in ("intra-dc", "inter-dc") if road in facts.roads]
    return list(dict.fromkeys(hosts))
