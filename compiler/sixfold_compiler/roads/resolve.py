"""Roads: what callers are called by, which calls are allowed, and what network policy follows.

A caller learns of a callee only its facts. A call that no road allows is an error at compile time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic, Span, suggest
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.ownership.addresses import Facts, address, carried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput

__all__ = ["Resolved", "resolve"]


@dataclass(slots=True)
class Resolved:
    """The network side of an app in a cell: what policy lets in and out, and the addresses that `callRef` asks for.

    `direct` names the callees that must be on every cluster of this app.
    """

    ingress: dict[str, Any] = field(default_factory=dict)
    egress: dict[str, Any] = field(default_factory=dict)
    addresses: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    direct: list[tuple[str, Span]] = field(default_factory=list)


def resolve(
    fleet: FleetInput,
    facts: Facts,
    calls: list[dict[str, Any]],
    cell: Cell,
    known: Callable[[Cell], Mapping[str, Facts]],
    spans: tuple[Span, ...],
) -> tuple[Resolved, list[Diagnostic]]:
    """The network side of one app in one cell, and the calls that no road allows.

    Args:
        fleet: The fleet.
        facts: The app's own facts in the cell.
        calls: `spec.calls`.
        cell: Where it runs.
        known: The facts of every app of a cell, by app name.
        spans: The places of the calls.
    """
    result = Resolved(ingress=_ingress(fleet, facts, cell), egress={"gateway": False, "direct": [], "outside": []})
    problems: list[Diagnostic] = []
    own = f"{facts['team']}/{facts['name']}"
    for call, span in zip(calls, spans, strict=True):
        if call.get("app") is None:
            if call.get("host") is None or call.get("port") is None:
                problems.append(
                    Diagnostic(
                        "SF401",
                        "a call needs an app, or a host and a port",
                        span,
                        "for example {app: auth} or {host: api.example.com, port: 443}",
                        app=own,
                    )
                )
            elif {"port": call["port"]} not in result.egress["outside"]:
                result.egress["outside"].append({"port": call["port"]})
            continue
        name = call["app"]
        where = Cell(cell.environment, call.get("dataCenter") or cell.data_center)
        road = call.get("road") or ("inter-dc" if call.get("dataCenter") else "intra-dc")
        if road != "inter-dc" and where != cell:
            problems.append(
                Diagnostic(
                    "SF402",
                    f"the call to {name} in {where.data_center} is written as {road}",
                    span,
                    "a call to another data center takes road: inter-dc",
                    app=own,
                )
            )
            continue
        callee = known(where).get(name)
        if callee is None:
            reachable = [n for n, f in known(where).items() if any(_admits(f, r, facts) for r in f["roads"])]
            problems.append(Diagnostic("SF403", f"no app {name!r} in {where}", span, suggest(name, reachable), app=own))
            continue
        if road not in callee["roads"] or not carried(callee, road):
            has = ", ".join(sorted(callee["roads"])) or "none"
            problems.append(
                Diagnostic(
                    "SF404",
                    f"{name} has no {road} road in {where}",
                    span,
                    f"its roads: {has}; ask its team to open one",
                    app=own,
                )
            )
            continue
        if not _admits(callee, road, facts):
            problems.append(
                Diagnostic(
                    "SF405",
                    f"{name} does not admit {own} on its {road} road",
                    span,
                    f"its team adds {facts['team']} or {own} to spec.roads.{road}.callers",
                    app=own,
                )
            )
            continue
        ports = carried(callee, road)
        result.addresses[f"{name}@{call['dataCenter']}" if call.get("dataCenter") else name] = (
            address(fleet, callee, where, road),
            {p["name"]: _port(fleet, p, where, road) for p in ports},
        )
        if road == "direct":
            result.direct.append((name, span))
            result.egress["direct"].append({"namespace": callee["namespace"], "app": name, "ports": _targets(ports)})
        else:
            result.egress["gateway"] = True
    return result, problems


def _port(fleet: FleetInput, port: dict[str, Any], cell: Cell, road: str) -> int:
    if road != "inter-dc":
        return int(port["port"])
    clusters = fleet.model.environments[cell.environment].data_centers[cell.data_center].clusters
    return clusters[min(clusters)].gateway.port


def _ingress(fleet: FleetInput, facts: Facts, cell: Cell) -> dict[str, Any]:
    gateway: list[dict[str, Any]] = []
    for road in ("intra-dc", "inter-dc", "external"):
        if road in facts["roads"]:
            gateway += [t for t in _targets(carried(facts, road)) if t not in gateway]
    direct: list[dict[str, Any]] = []
    if "direct" in facts["roads"]:
        ports = _targets(carried(facts, "direct"))
        for caller in facts["roads"]["direct"]["callers"]:
            team, _, app = caller.partition("/")
            peer: dict[str, Any] = {"ports": ports}
            if team != "*":
                peer["namespace"] = fleet.namespace(team, cell.environment)
            if app:
                peer["app"] = app
            direct.append(peer)
    return {"gateway": gateway, "direct": direct}


def _targets(ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"port": p["targetPort"], "protocol": p["protocol"]} for p in ports]


def _admits(callee: Facts, road: str, caller: Facts) -> bool:
    callers = callee["roads"][road]["callers"]
    return any(c in ("*", caller["team"], f"{caller['team']}/{caller['name']}") for c in callers)
