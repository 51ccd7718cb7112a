"""Who has which name: claims by owner, and the claim of somebody else that stands against one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sixfold_compiler.ownership.hosts import WHOLE, Edge, parents, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Claim", "Register"]

Name = tuple[str, ...]  # ("service", cell, name), ("road", scope, host), ("application", name), ("object", …)
Claim = Name | Edge


class Register:
    """Claims and their owners (`team/app`, or a text without a slash for the platform's own)."""

    def __init__(self) -> None:
        self._names: dict[Name, str] = {}
        self._edges: dict[tuple[str, str], dict[str, tuple[Edge, str]]] = defaultdict(dict)  # by host, then path
        self._teams: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # of a host
        self._below: dict[tuple[str, str], set[str]] = defaultdict(set)  # hosts below a suffix
        self._under: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # paths of a host under a path

    def owner(self, claim: Claim) -> str | None:
        """Who has exactly this name."""
        if isinstance(claim, Edge):
            found = self._edges.get((claim.environment, claim.host), {}).get(claim.path)
            return found[1] if found else None
        return self._names.get(claim)

    def add(self, claim: Claim, owner: str) -> None:
        """Enter a claim, in the place of whoever had exactly this name."""
        self.drop(claim)
        if not isinstance(claim, Edge):
            self._names[claim] = owner
            return
        environment, host = claim.environment, claim.host
        self._edges[environment, host][claim.path] = (claim, owner)
        self._teams[environment, host][_team(owner)] += 1
        for suffix in parents(host):
            self._below[environment, suffix].add(host)
        for prefix in prefixes(claim.path):
            self._under[environment, host, prefix].add(claim.path)

    def drop(self, claim: Claim) -> None:
        """Take a claim out, whoever has it."""
        if not isinstance(claim, Edge):
            self._names.pop(claim, None)
            return
        environment, host = claim.environment, claim.host
        found = self._edges[environment, host].pop(claim.path, None)
        if found is None:
            return
        self._teams[environment, host][_team(found[1])] -= 1
        for prefix in prefixes(claim.path):
            self._under[environment, host, prefix].discard(claim.path)
        if not self._edges[environment, host]:
            for suffix in parents(host):
                self._below[environment, suffix].discard(host)

    def rival(self, claim: Claim, key: str) -> str | None:
        """Who stands against `key` having the name: somebody else who has it, or a part of it without agreement."""
        if not isinstance(claim, Edge):
            owner = self._names.get(claim)
            return owner if owner != key else None
        return next(self._rivals(claim, key), None)

    def _rivals(self, claim: Edge, key: str) -> Iterator[str]:
        yield from self._of_host(claim, key)
        team = _team(key)
        for suffix in parents(claim.host):  # wildcards over this host
            for outer, owner in self._others(claim.environment, f"*.{suffix}", team):
                if f"*.{suffix}" != claim.host and not outer.admits(key):
                    yield owner
        if claim.host.startswith("*."):
            for host in sorted(self._below.get((claim.environment, claim.host[2:]), ())):
                if host != claim.host:
                    yield from (o for _, o in self._others(claim.environment, host, team) if not claim.admits(o))

    def _of_host(self, claim: Edge, key: str) -> Iterator[str]:
        """Rivals on the very host."""
        there = self._edges.get((claim.environment, claim.host), {})
        if claim.path == WHOLE:
            yield from sorted(owner for _, owner in there.values() if owner != key)
            return
        for path in (WHOLE, claim.path):  # of which there is one, within a team too
            if path in there and there[path][1] != key:
                yield there[path][1]
        team = _team(key)
        if all(other == team or not count for other, count in self._teams[claim.environment, claim.host].items()):
            return
        for path in prefixes(claim.path):
            if path in there:
                outer, owner = there[path]
                if _team(owner) != team and not outer.admits(key):
                    yield owner
        for path in sorted(self._under.get((claim.environment, claim.host, claim.path), ())):
            owner = there[path][1]
            if _team(owner) != team and not claim.admits(owner):
                yield owner

    def _others(self, environment: str, host: str, team: str) -> Iterable[tuple[Edge, str]]:
        """The claims of other teams on a host."""
        counts = self._teams.get((environment, host))
        if counts is None or all(other == team or not count for other, count in counts.items()):
            return ()
        entries = sorted(self._edges[environment, host].items())
        return [entry for _, entry in entries if _team(entry[1]) != team]


def _team(owner: str) -> str:
    return owner.partition("/")[0]
