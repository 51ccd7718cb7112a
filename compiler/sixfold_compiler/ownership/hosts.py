"""Hosts and paths at the edge: what covers what, and which hosts no team may claim.

Hosts are lower-case ASCII (a name in another script is written as its `xn--` form, so that it looks like nothing
else), exact or `*.` and a suffix, which covers every name below it. Paths are prefixes of whole segments; for who owns
them case and a slash at the end mean nothing, since many servers and caches do not tell them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.ownership.addresses import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.app import Metadata
    from sixfold_compiler.ownership.addresses import Facts

__all__ = ["WHOLE", "Edge", "check_external", "edge_of", "parents", "prefixes", "shared_hosts"]

WHOLE = ""  # the path of a claim on all of a host
_LABEL = "[a-z0-9-]+"


@dataclass(frozen=True, slots=True)
class Edge:
    """A host and path of an environment. `path` ends in a slash, or is `WHOLE`. `shared_with` is who may be below."""

    environment: str
    host: str
    path: str
    shared_with: tuple[str, ...] = ()

    def admits(self, key: str) -> bool:
        """Whether the app `key` (`team/app`) may have what is below."""
        return not {"*", key, key.partition("/")[0]}.isdisjoint(self.shared_with)

    def __str__(self) -> str:
        return f"{self.host}{self.path}" if self.path else f"all of {self.host}"


def edge_of(fleet: FleetInput, facts: Facts, cell: Cell) -> Edge | None:
    """What an app claims at the edge of a cell's environment."""
    external = facts["roads"].get("external")
    if external is None:
        return None
    host = external.get("host")
    if external.get("loadBalancer"):
        # A load balancer of its own takes the whole host, whatever the path says; without a host it has AWS' name.
        return Edge(cell.environment, host.lower(), WHOLE, tuple(external.get("sharedWith", ()))) if host else None
    host = (host or address(fleet, facts, cell, "external")).lower()
    path = external.get("path", "/").casefold().rstrip("/") + "/"
    shared = tuple(external.get("sharedWith", ()))
    if path == "/" and (cell.environment, host) in shared_hosts(fleet):
        shared = ("*",)  # the fleet's own host is nobody's: its root means what no other path says
    return Edge(cell.environment, host, path, shared)


def shared_hosts(fleet: FleetInput) -> frozenset[tuple[str, str]]:
    """The hosts, by environment, that the naming scheme gives to apps of every team."""
    return _shared(fleet.data["endpoints"]["external"], fleet.data["domains"]["external"], _cells(fleet))


@lru_cache(maxsize=8)
def _shared(scheme: str, domain: str, cells: tuple[tuple[str, str], ...]) -> frozenset[tuple[str, str]]:
    if "{app}" in scheme or "{team}" in scheme:
        return frozenset()
    return frozenset((env, scheme.format(domain=domain, environment=env, dc=dc).lower()) for env, dc in cells)


def _cells(fleet: FleetInput) -> tuple[tuple[str, str], ...]:
    return tuple(
        (environment, data_center)
        for environment, value in fleet.model.environments.items()
        for data_center in value.data_centers
    )


def parents(host: str) -> Iterator[str]:
    """The suffixes of a host that a wildcard could have: `b.c` and `c` for `a.b.c` and for `*.a.b.c` also `a.b.c`."""
    rest = host.removeprefix("*.") if host.startswith("*.") else host.partition(".")[2]
    while rest:
        yield rest
        rest = rest.partition(".")[2]


def prefixes(path: str) -> Iterator[str]:
    """The paths above a path, the root first: `/` and `/a/` for `/a/b/`."""
    end = path.find("/")
    while 0 <= end < len(path) - 1:
        yield path[: end + 1]
        end = path.find("/", end + 1)


def check_external(
    fleet: FleetInput, metadata: Metadata, spec: dict[str, Any], cell: Cell, span: Callable[[ValuePath], Span]
) -> Iterator[Diagnostic]:
    """Hosts of an external road that are not the app's to claim, taken or not (SF451).

    Args:
        fleet: The fleet.
        metadata: Who the app is.
        spec: The merged spec in the cell.
        cell: The environment and data center.
        span: Where a path of the spec was written.
    """
    external = spec.get("roads", {}).get("external", {})
    host = external.get("host")
    if host is None:
        return
    why = _platforms(fleet, host) or _elsewhere(fleet, host, cell, metadata.team)
    if not why and external.get("loadBalancer") and (cell.environment, host) in shared_hosts(fleet):
        why = "is shared by all teams, and a load balancer of its own would take all of it"
    if why:
        yield Diagnostic(
            "SF451",
            f"the host {host} {why} ({cell.environment})",
            span(("roads", "external", "host")),
            "leave the host out for the one that the fleet's naming scheme gives, or choose another",
            app=f"{metadata.team}/{metadata.name}",
        )


def _platforms(fleet: FleetInput, host: str) -> str:
    domains = fleet.data["domains"]
    bare = host.removeprefix("*.")
    for name in ("internal", "cluster"):
        domain = domains[name]
        if f".{bare}".endswith(f".{domain}") or (host != bare and f".{domain}".endswith(f".{bare}")):
            return f"is in domains.{name}, which holds names of other roads"
    gateways = {cluster.gateway.address for _, cluster in fleet.targets()}
    if host in gateways or (host != bare and any(gateway.endswith(f".{bare}") for gateway in gateways)):
        return "has the address of a gateway"
    return ""


def _elsewhere(fleet: FleetInput, host: str, cell: Cell, team: str) -> str:
    """Why the naming scheme gives a host to another environment or team than the app's."""
    scheme, domain = fleet.data["endpoints"]["external"], fleet.data["domains"]["external"]
    if host.startswith("*."):
        given = {scheme.format(app="x", team="x", dc=d, environment=e, domain=domain) for e, d in _cells(fleet)}
        if any(name.lower().endswith(host[1:]) for name in given):
            return "covers hosts that the fleet's naming scheme gives to others"
        host = f"x{host[1:]}"
    if _gives(scheme, domain, host, environment=cell.environment, team=team):
        return ""
    for environment in fleet.model.environments if "{environment}" in scheme else ():
        if environment != cell.environment and _gives(scheme, domain, host, environment=environment):
            return f"is one of environment {environment}, by the fleet's naming scheme"
    for other in (t for t in fleet.model.teams if "{team}" in scheme and t in host):
        if other != team and _gives(scheme, domain, host, team=other):
            return f"is one of team {other}, by the fleet's naming scheme"
    return ""


def _gives(scheme: str, domain: str, host: str, **values: str) -> bool:
    """Whether the scheme gives `host` for these values of placeholders and any of the others."""
    parts = {**dict.fromkeys(("app", "team", "dc", "environment"), _LABEL), **values}
    pattern = re.escape(scheme.lower()).replace(r"\{", "{").replace(r"\}", "}")
    return re.fullmatch(pattern.format(domain=re.escape(domain), **parts), host) is not None
