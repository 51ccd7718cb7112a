"""Resolve the calls of an app: host names and ports, and the traffic that its network policy allows.

A caller knows only the facts of its callees. A call that no road of the callee allows is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from sixfold_compiler.diagnostics import Diagnostic, Span, listed, suggest
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.model.facts import CallFacts
from sixfold_compiler.ownership.addresses import address, carried
from sixfold_compiler.ownership.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.facts import Facts, PortFacts

__all__ = [
    "CallSpec",
    "Callee",
    "Caller",
    "DirectCallee",
    "DirectCaller",
    "Egress",
    "Endpoint",
    "Ingress",
    "Resolved",
    "TargetPort",
    "address_call",
    "check_call",
    "resolve",
]


class CallSpec(TypedDict, total=False):
    """An entry of `spec.calls` as JSON data (`sixfold_compiler.model.roads.Call`). `app` is APP or TEAM/APP."""

    app: str
    road: str
    dataCenter: str
    host: str
    port: int


class TargetPort(NamedTuple):
    """A port for a network policy: the number that the container listens on."""

    port: int
    protocol: str

    def to_record(self) -> dict[str, Json]:
        """Return the port as JSON data for the library."""
        return {"port": self.port, "protocol": self.protocol}


class DirectCaller(NamedTuple):
    """Pods that may connect directly to an app: those of a namespace (None: any), or of one app in it."""

    ports: tuple[TargetPort, ...]
    namespace: str | None
    app: str | None

    def to_record(self) -> dict[str, Json]:
        """Return the rule as JSON data for the library, without fields that are None."""
        record: dict[str, Json] = {"ports": [port.to_record() for port in self.ports]}
        if self.namespace is not None:
            record["namespace"] = self.namespace
        if self.app is not None:
            record["app"] = self.app
        return record


class Ingress(NamedTuple):
    """The incoming traffic that the network policy allows: the ports for the gateway, and the direct callers."""

    gateway: tuple[TargetPort, ...] = ()
    direct: tuple[DirectCaller, ...] = ()

    def to_record(self) -> dict[str, Json]:
        """Return the ingress rules as JSON data for the library."""
        return {
            "gateway": [port.to_record() for port in self.gateway],
            "direct": [caller.to_record() for caller in self.direct],
        }


class DirectCallee(NamedTuple):
    """An app whose pods are called directly, and the ports that it opens to the caller."""

    namespace: str
    app: str
    ports: tuple[TargetPort, ...]

    def to_record(self) -> dict[str, Json]:
        """Return the rule as JSON data for the library."""
        return {"namespace": self.namespace, "app": self.app, "ports": [port.to_record() for port in self.ports]}


class Egress(NamedTuple):
    """The outgoing traffic that the network policy allows: the gateway, direct callees, and ports outside the fleet."""

    gateway: bool = False
    direct: tuple[DirectCallee, ...] = ()
    outside: tuple[int, ...] = ()

    def to_record(self) -> dict[str, Json]:
        """Return the egress rules as JSON data for the library."""
        return {
            "gateway": self.gateway,
            "direct": [callee.to_record() for callee in self.direct],
            "outside": [{"port": port} for port in self.outside],
        }


class Endpoint(NamedTuple):
    """The host name of a callee, and the port numbers that callers use, by port name."""

    host: str
    ports: Mapping[str, int]


class Resolved(NamedTuple):
    """The resolved calls and the network policy of an app in a cell.

    `endpoints` are those of its calls, for `callRef`, by the name of the app and by its full form. `direct` maps each
    directly called app, which must run on every cluster of the caller, to the source position of the call.
    """

    ingress: Ingress = Ingress()
    egress: Egress = Egress()
    endpoints: Mapping[CallFacts, Endpoint] = {}
    direct: tuple[tuple[str, Span], ...] = ()


class Caller(NamedTuple):
    """An app that calls others, in one cell.

    `facts_of` returns the facts of a cell's apps by name, and `names` are the owners of the names.
    """

    facts: Facts
    cell: Cell
    facts_of: Callable[[Cell], Mapping[str, Facts]]
    names: Names = Names()


class Callee(NamedTuple):
    """An app that a caller may reach: its facts, its cell, and the call that names it."""

    facts: Facts
    cell: Cell
    road: str
    call: CallFacts


def resolve(
    fleet: FleetInput, caller: Caller, calls: Sequence[CallSpec], spans: Sequence[Span]
) -> tuple[Resolved, list[Diagnostic]]:
    """Resolve the calls of one app in one cell; return the result, and the problems of the calls.

    Args:
        fleet: The fleet.
        caller: The calling app in the cell.
        calls: The `spec.calls` of the merged spec.
        spans: The source position of each call.
    """
    callees: list[tuple[Callee, Span]] = []
    outside: dict[int, None] = {}
    problems: list[Diagnostic] = []
    for call, span in zip(calls, spans, strict=True):
        match check_call(caller, call, span):
            case Diagnostic() as problem:
                problems.append(problem)
            case Callee() as callee:
                callees.append((callee, span))
            case int(port):
                outside[port] = None
    egress = Egress(
        gateway=any(callee.road != "direct" for callee, _ in callees),
        direct=tuple(_direct_callee(callee) for callee, _ in callees if callee.road == "direct"),
        outside=tuple(outside),
    )
    endpoints: dict[CallFacts, Endpoint] = {}
    for callee, _ in callees:
        full = callee.call._replace(app=str(callee.facts.key))
        endpoints[callee.call] = endpoints[full] = address_call(fleet, callee)
    direct = tuple((callee.facts.name, span) for callee, span in callees if callee.road == "direct")
    return Resolved(_ingress(fleet, caller.facts, caller.cell), egress, endpoints, direct), problems


def check_call(caller: Caller, call: CallSpec, span: Span) -> Diagnostic | Callee | int:
    """Return the app that a call reaches, the port of a host outside the fleet, or the problem of the call.

    Problems are SF401 (neither app nor host and port), SF402 (the road does not leave the data center), SF403 (no such
    app), SF404 (the app has no such road), SF405 (the road does not admit the caller) and SF414 (the name changed its
    owner).
    """
    own = str(caller.facts.key)
    written = call.get("app")
    if written is None:
        if call.get("host") is not None and (port := call.get("port")) is not None:
            return port
        text, hint = (
            "the call has neither an app, nor a host with a port",
            "{app: auth} or {host: api.example.com, port: 443}",
        )
        return Diagnostic("SF401", text, span, f"write for example {hint}", app=own)
    data_center = call.get("dataCenter") or ""
    cell = Cell(caller.cell.environment, data_center or caller.cell.data_center)
    road = call.get("road") or ("inter-dc" if data_center else "intra-dc")
    if road != "inter-dc" and cell != caller.cell:
        text = f"the call to {written} in {cell.data_center} has the road {road}, which does not leave a data center"
        return Diagnostic("SF402", text, span, "set road: inter-dc, or remove dataCenter", app=own)
    facts = _named(caller, cell, written, span)
    if isinstance(facts, Diagnostic):
        return facts
    name = facts.name
    if road not in facts.roads or not carried(facts, road):
        opened = ", ".join(sorted(facts.roads)) or "none"
        hint = f"use a road that it has ({opened}), or ask its team to add this one"
        return Diagnostic(
            "SF404", f"{name} cannot be called by the {road} road in {cell}, which it lacks", span, hint, app=own
        )
    if not _admits(facts, road, caller.facts):
        hint = f"ask its team to add {caller.facts.team} or {own} to spec.roads.{road}.callers"
        return Diagnostic("SF405", f"{name} does not allow {own} to call it by its {road} road", span, hint, app=own)
    return Callee(facts, cell, road, CallFacts(name, data_center))


def _named(caller: Caller, cell: Cell, written: str, span: Span) -> Facts | Diagnostic:
    """Return the facts of the app in a cell that a call names as APP or TEAM/APP, or the problem of the name."""
    team, _, name = written.rpartition("/")
    known, own = caller.facts_of(cell), str(caller.facts.key)
    facts = known.get(name)
    row = caller.names.row(cell.environment, name)
    owner = row.team or (facts.team if facts is not None else "")
    if not team and owner and (former := [other for other in row.after if other != owner]):
        text = f"{name!r} belongs to team {owner} in {cell.environment}, and belonged to team {listed(former)} before"
        return Diagnostic("SF414", text, span, f"write app: {owner}/{name} if this is the app to call", app=own)
    if facts is not None and facts.team == (team or owner):
        return facts
    if team and owner not in ("", team):
        hint = f"the name belongs to team {owner}: write app: {owner}/{name} if this is the app to call"
    elif owner:
        hint = f"{owner}/{name} does not run there: call a data center where it runs"
    else:
        others = {n: f for n, f in known.items() if f.key != caller.facts.key}
        reachable = [n for n, f in others.items() if any(_admits(f, road, caller.facts) for road in f.roads)]
        hint = suggest(name, reachable) if reachable else "correct the name: no app there can be called by this road"
    return Diagnostic("SF403", f"{cell} has no app {written!r} to call", span, hint, app=own)


def address_call(fleet: FleetInput, callee: Callee) -> Endpoint:
    """Return the host name and the port numbers by which a caller reaches the callee.

    Every call to another data center goes to the port of that data center's gateways.
    """
    ports = carried(callee.facts, callee.road)
    host = address(fleet, callee.facts, callee.cell, callee.road)
    if callee.road != "inter-dc":
        return Endpoint(host, {port.name: port.port for port in ports})
    clusters = fleet.model.data_center(callee.cell).clusters
    gateway = clusters[min(clusters)].gateway.port
    return Endpoint(host, {port.name: gateway for port in ports})


def _direct_callee(callee: Callee) -> DirectCallee:
    return DirectCallee(callee.facts.namespace, callee.facts.name, _targets(carried(callee.facts, callee.road)))


def _ingress(fleet: FleetInput, facts: Facts, cell: Cell) -> Ingress:
    gateway: dict[TargetPort, None] = {}
    for road in ("intra-dc", "inter-dc", "external"):
        if road in facts.roads:
            gateway.update(dict.fromkeys(_targets(carried(facts, road))))
    direct: list[DirectCaller] = []
    if "direct" in facts.roads:
        ports = _targets(carried(facts, "direct"))
        for pattern in facts.roads["direct"].callers:
            team, _, app = pattern.partition("/")
            namespace = fleet.namespace(team, cell.environment) if team != "*" else None
            direct.append(DirectCaller(ports, namespace, app or None))
    return Ingress(tuple(gateway), tuple(direct))


def _targets(ports: Iterable[PortFacts]) -> tuple[TargetPort, ...]:
    return tuple(TargetPort(port.target_port, port.protocol) for port in ports)


def _admits(callee: Facts, road: str, caller: Facts) -> bool:
    key = caller.key
    return any(key.matches(pattern) for pattern in callee.roads[road].callers)
