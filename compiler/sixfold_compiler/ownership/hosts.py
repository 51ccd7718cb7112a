"""Hosts and paths at the edge: which of them overlap, and which hosts no app may claim.

A host is lower-case ASCII; names in other scripts are written in `xn--` form, so that they resemble nothing else. It is
exact, or `*.` and a suffix, which covers every name below the suffix. A path is a prefix of complete segments.
Ownership ignores the case of a path and a slash at its end, because many servers and caches do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.ownership.addresses import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.app import Metadata, Spec
    from sixfold_compiler.model.facts import Facts

__all__ = ["ALL_PATHS", "Edge", "check_external", "edge_of", "parents", "prefixes", "shared_hosts"]

ALL_PATHS = ""  # the path of a claim on an entire host
_CLUSTER_SUFFIXES = frozenset({"svc", "local", "localhost"})
_LABEL = "[a-z0-9-]+"


@dataclass(frozen=True, slots=True)
class Edge:
    """A host and path that an app claims in an environment. `path` ends in a slash, or is `ALL_PATHS`.

    `shared_with` are the apps (`*`, `team` or `team/app`) that may claim paths and hosts below this one.
    """

    environment: str
    host: str
    path: str
    shared_with: tuple[str, ...] = ()

    def admits(self, key: AppKey) -> bool:
        """Return whether an app may claim hosts or paths below this one."""
        return any(key.matches(pattern) for pattern in self.shared_with)

    def __str__(self) -> str:
        return f"{self.host}{self.path}" if self.path else f"all of {self.host}"


def edge_of(fleet: FleetInput, facts: Facts, cell: Cell) -> Edge | None:
    """Return the host and path that an app claims at the edge; None if it has no external road."""
    external = facts.roads.get("external")
    if external is None:
        return None
    shared = external.shared_with or ()
    if external.load_balancer:
        # A load balancer serves every path of its host. Without a host it has a name from AWS, which nobody claims.
        return Edge(cell.environment, external.host.lower(), ALL_PATHS, shared) if external.host else None
    host = (external.host or address(fleet, facts, cell, "external")).lower()
    path = (external.path or "").casefold().rstrip("/") + "/"
    if path == "/" and (cell.environment, host) in shared_hosts(fleet):
        shared = ("*",)  # the shared host has no owner: its root serves the paths that nobody claims
    return Edge(cell.environment, host, path, shared)


def shared_hosts(fleet: FleetInput) -> frozenset[tuple[str, str]]:
    """Return the hosts that the naming scheme gives to several teams, each as (environment, host)."""
    return _shared(fleet.model.endpoints.external, fleet.model.domains.external, _cells(fleet))


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
    """Yield the suffixes whose wildcards cover a host: `b.c` and `c` for `a.b.c`; `a.b.c` too for `*.a.b.c`."""
    suffix = host.removeprefix("*.") if host.startswith("*.") else host.partition(".")[2]
    while suffix:
        yield suffix
        suffix = suffix.partition(".")[2]


def prefixes(path: str) -> Iterator[str]:
    """Return the parent paths of a path, the root first: `/` and `/a/` for `/a/b/`."""
    return (path[: slash.end()] for slash in re.finditer("/", path.removesuffix("/")))


def check_external(
    fleet: FleetInput, metadata: Metadata, spec: Spec, cell: Cell, span: Callable[[ValuePath], Span]
) -> Iterator[Diagnostic]:
    """Yield an SF451 if an app's external road names a host that the app may not claim.

    Args:
        fleet: The fleet.
        metadata: The metadata of the app.
        spec: The merged spec in the cell.
        cell: The cell.
        span: Returns the source position of a path of the spec.
    """
    external = spec.roads.external if spec.roads else None
    host = external.host if external else None
    if external is None or host is None:
        return
    why = _platforms(fleet, host) or _elsewhere(fleet, host, cell, metadata.team)
    if not why and external.load_balancer and (cell.environment, host) in shared_hosts(fleet):
        why = "is shared by all teams, so no app can have a load balancer for all of it"
    if why:
        yield Diagnostic(
            "SF451",
            f"the app cannot have the host {host!r} in {cell.environment}: it {why}",
            span(("roads", "external", "host")),
            "remove the host, so that the naming scheme of the fleet applies, or choose another one",
            app=str(metadata.key),
        )


def _platforms(fleet: FleetInput, host: str) -> str:
    """Return why a host belongs to the platform; "" if it does not."""
    domains = fleet.model.domains
    bare = host.removeprefix("*.")
    for name, domain in (("internal", domains.internal), ("cluster", domains.cluster)):
        if f".{bare}".endswith(f".{domain}") or (host != bare and f".{domain}".endswith(f".{bare}")):
            return f"is in domains.{name} of the fleet, which is for other roads"
    if host.rpartition(".")[2] in _CLUSTER_SUFFIXES and not f".{host}".endswith(f".{domains.external}"):
        return "is a name that only clusters or machines resolve"
    for pattern in domains.reserved:
        suffix = pattern.removeprefix("*.")
        covered = bare == suffix or (pattern != suffix and bare.endswith(f".{suffix}"))
        if covered or (host != bare and suffix.endswith(f".{bare}")):
            return f"is reserved by domains.reserved of the fleet ({pattern})"
    gateways = {cluster.gateway.address for _, cluster in fleet.targets()}
    if host in gateways or (host != bare and any(gateway.endswith(f".{bare}") for gateway in gateways)):
        return "is the address of a gateway"
    return ""


def _elsewhere(fleet: FleetInput, host: str, cell: Cell, team: str) -> str:
    """Return why the naming scheme gives a host to another environment or team; "" if it does not."""
    scheme, domain = fleet.model.endpoints.external, fleet.model.domains.external
    if host.startswith("*."):
        if f".{domain}".endswith(host[1:]):
            return "covers every host in domains.external of the fleet, which no team has alone"
        given = {scheme.format(app="x", team="x", dc=d, environment=e, domain=domain) for e, d in _cells(fleet)}
        if any(name.lower().endswith(host[1:]) for name in given):
            return "covers hosts that the naming scheme of the fleet gives to others"
        host = f"x{host[1:]}"
    if _gives(scheme, domain, host, environment=cell.environment, team=team):
        return ""
    for environment in fleet.model.environments if "{environment}" in scheme else ():
        if environment != cell.environment and _gives(scheme, domain, host, environment=environment):
            return f"belongs to environment {environment} by the naming scheme of the fleet"
    for other in (t for t in fleet.model.teams if "{team}" in scheme and t in host):
        if other != team and _gives(scheme, domain, host, team=other):
            return f"belongs to team {other} by the naming scheme of the fleet"
    return ""


def _gives(scheme: str, domain: str, host: str, **values: str) -> bool:
    """Return whether the scheme produces `host` with the given placeholder values and any values for the rest."""
    parts = {**dict.fromkeys(("app", "team", "dc", "environment"), _LABEL), **values}
    pattern = re.escape(scheme.lower()).replace(r"\{", "{").replace(r"\}", "}")
    return re.fullmatch(pattern.format(domain=re.escape(domain), **parts), host) is not None
