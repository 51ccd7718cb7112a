"""Facts that an app publishes, and the addresses by which its roads are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell

__all__ = ["HTTP", "Facts", "address", "carried", "route_hosts"]


HTTP = frozenset({"http", "http2", "grpc"})


Facts = dict[str, Any]


def carried(facts: Facts, road: str) -> list[dict[str, Any]]:
    """The ports that a road of an app carries: all for `direct`, else those that speak HTTP or gRPC."""
    wanted = facts["roads"].get(road, {}).get("port")
    return [
        p
        for p in facts["ports"]
        if (wanted is None or p["name"] == wanted) and (road in ("direct", "external") or p["appProtocol"] in HTTP)
    ]


def address(fleet: FleetInput, facts: Facts, cell: Cell, road: str) -> str:
    """The host name of an app over a road, by the fleet's naming scheme."""
    domains, schemes = fleet.data["domains"], fleet.data["endpoints"]
    if road == "direct":
        return f"{facts['name']}.{facts['namespace']}.svc.{domains['cluster']}"
    scheme, domain = {
        "intra-dc": (schemes["intraDc"], domains["cluster"]),
        "inter-dc": (schemes["interDc"], domains["internal"]),
        "external": (schemes["external"], domains["external"]),
    }[road]
    values = {"app": facts["name"], "team": facts["team"], "dc": cell.data_center, "environment": cell.environment}
    return str(scheme.format(domain=domain, **values))


def route_hosts(fleet: FleetInput, facts: Facts, cell: Cell) -> list[str]:
    """Every host name under which a gateway of the cell answers for an app; its Service's own name comes first."""
    service = f"{facts['name']}.{cell.data_center}"
    hosts = [f"{service}.svc.{fleet.data['domains']['cluster']}", f"{service}.svc", service]
    hosts += [address(fleet, facts, cell, road) for road in ("intra-dc", "inter-dc") if road in facts["roads"]]
    return list(dict.fromkeys(hosts))
