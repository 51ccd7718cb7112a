"""The registry of names: the owner of each name, and the owner that blocks another app from taking it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.ownership.hosts import ALL_PATHS, Edge, parents, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Claim", "Owner", "Registry"]

Name = tuple[str, ...]  # a kind (name, service, road, application), the scope of most kinds, and the name
Claim = Name | Edge
Owner = AppKey | str  # an app; or text for a team's namespaces and for the platform


class Registry:
    """A registry of names, hosts and paths with their owners.

    A plain name has one owner. An edge (host and path) also conflicts with edges of other teams above and below it,
    unless the upper edge admits the app of the lower one.
    """

    def __init__(self) -> None:
        self._names: dict[Name, Owner] = {}
        self._edges: dict[tuple[str, str], dict[str, tuple[Edge, AppKey]]] = defaultdict(dict)  # by host, then path
        self._teams: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # of a host
        self._below: dict[tuple[str, str], set[str]] = defaultdict(set)  # hosts below a suffix
        self._under: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # paths of a host under a path

    def owner(self, claim: Claim) -> Owner | None:
        """Return the owner of exactly this name, or of exactly this host and path."""
        if isinstance(claim, Edge):
            entry = self._edges.get((claim.environment, claim.host), {}).get(claim.path)
            return entry[1] if entry else None
        return self._names.get(claim)

    def reserve(self, name: Name, owner: str) -> None:
        """Record a team or the platform as the owner of a name, replacing any previous owner."""
        self._names[name] = owner

    def add(self, claim: Claim, key: AppKey) -> None:
        """Record an app as the owner of a claim, replacing any previous owner of exactly this name."""
        self.drop(claim)
        if not isinstance(claim, Edge):
            self._names[claim] = key
            return
        environment, host = claim.environment, claim.host
        self._edges[environment, host][claim.path] = (claim, key)
        self._teams[environment, host][key.team] += 1
        for suffix in parents(host):
            self._below[environment, suffix].add(host)
        for prefix in prefixes(claim.path):
            self._under[environment, host, prefix].add(claim.path)

    def drop(self, claim: Claim) -> None:
        """Remove a claim, regardless of its owner."""
        if not isinstance(claim, Edge):
            self._names.pop(claim, None)
            return
        environment, host = claim.environment, claim.host
        entry = self._edges[environment, host].pop(claim.path, None)
        if entry is None:
            return
        self._teams[environment, host][entry[1].team] -= 1
        for prefix in prefixes(claim.path):
            self._under[environment, host, prefix].discard(claim.path)
        if not self._edges[environment, host]:
            for suffix in parents(host):
                self._below[environment, suffix].discard(host)

    def rival(self, claim: Claim, key: AppKey) -> Owner | None:
        """Return the owner that blocks an app from taking a name; None if no owner does.

        A rival owns the same name, or an overlapping host and path without an agreement.
        """
        if not isinstance(claim, Edge):
            owner = self._names.get(claim)
            return owner if owner != key else None
        return next(self._rivals(claim, key), None)

    def _rivals(self, claim: Edge, key: AppKey) -> Iterator[AppKey]:
        yield from self._rivals_on_host(claim, key)
        for suffix in parents(claim.host):  # wildcards over this host
            for outer, owner in self._others(claim.environment, f"*.{suffix}", key.team):
                if f"*.{suffix}" != claim.host and not outer.admits(key):
                    yield owner
        if claim.host.startswith("*."):
            for host in sorted(self._below.get((claim.environment, claim.host[2:]), ())):
                if host != claim.host:
                    others = self._others(claim.environment, host, key.team)
                    yield from (owner for _, owner in others if not claim.admits(owner))

    def _rivals_on_host(self, claim: Edge, key: AppKey) -> Iterator[AppKey]:
        """Yield the owners of overlapping paths on exactly the claimed host."""
        paths = self._edges.get((claim.environment, claim.host), {})
        if claim.path == ALL_PATHS:
            yield from sorted(owner for _, owner in paths.values() if owner != key)
            return
        for path in (ALL_PATHS, claim.path):  # unique even within a team
            if path in paths and paths[path][1] != key:
                yield paths[path][1]
        if not self._shared(claim.environment, claim.host, key.team):
            return
        for path in prefixes(claim.path):
            if path in paths:
                outer, owner = paths[path]
                if owner.team != key.team and not outer.admits(key):
                    yield owner
        for path in sorted(self._under.get((claim.environment, claim.host, claim.path), ())):
            owner = paths[path][1]
            if owner.team != key.team and not claim.admits(owner):
                yield owner

    def _others(self, environment: str, host: str, team: str) -> Iterable[tuple[Edge, AppKey]]:
        """Return the claims of other teams on a host, sorted by path."""
        if not self._shared(environment, host, team):
            return ()
        entries = sorted(self._edges[environment, host].items())
        return [entry for _, entry in entries if entry[1].team != team]

    def _shared(self, environment: str, host: str, team: str) -> bool:
        """Return whether another team has a claim on a host. Most hosts have one team, which ends the search early."""
        counts = self._teams.get((environment, host))
        return counts is not None and any(count and other != team for other, count in counts.items())
