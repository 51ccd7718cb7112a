"""The owners of service names: in an environment, a name belongs to one team until a tombstone releases it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

__all__ = ["Names", "Ownership"]


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of a service name in an environment; no `team` if the name is free.

    `after` are the other teams that have owned the name, sorted. While there are any, a call by the name alone is
    ambiguous: the caller may mean the app of a former owner.
    """

    team: str = ""
    after: tuple[str, ...] = ()

    def released(self) -> Ownership:
        """Return the ownership after a tombstone released the name."""
        return Ownership("", tuple(sorted({*self.after, self.team} - {""})))

    def taken(self, team: str) -> Ownership:
        """Return the ownership after a team took the name. A team that takes its own name back changes no owner."""
        return Ownership(team, tuple(former for former in self.after if former != team))


FREE = Ownership()


@dataclass(frozen=True, slots=True)
class Names:
    """The contents of `names.lock.json`: the ownership of each service name, by environment and name."""

    rows: Mapping[str, Mapping[str, Ownership]] = field(default_factory=dict)

    def row(self, environment: str, name: str) -> Ownership:
        """Return the ownership of a name in an environment."""
        return self.rows.get(environment, {}).get(name, FREE)

    def items(self) -> Iterator[tuple[str, str, Ownership]]:
        """Yield each environment and name with its ownership, sorted."""
        for environment, names in sorted(self.rows.items()):
            for name, row in sorted(names.items()):
                yield environment, name, row

    def taken(self, claims: Iterable[tuple[str, str, str]]) -> Names:
        """Return the names after teams took those that are free.

        Args:
            claims: Environment, name and team. A name that another team owns stays with its owner.
        """
        changed = {
            (environment, name): self.row(environment, name).taken(team)
            for environment, name, team in sorted(claims, reverse=True)  # of two, the first by name gets it
            if not self.row(environment, name).team
        }
        return self._with(changed)

    def released(self, given_up: Iterable[tuple[str, str]]) -> Names:
        """Return the names after tombstones released some, given by environment and name."""
        return self._with({place: self.row(*place).released() for place in given_up})

    def without(self, given_up: Iterable[tuple[str, str]]) -> Names:
        """Return the names without some, given by environment and name: nobody remembers their owners."""
        return self._with(dict.fromkeys(given_up, FREE))

    def within(self, environments: Container[str]) -> Names:
        """Return the names of these environments alone."""
        return Names({environment: names for environment, names in self.rows.items() if environment in environments})

    def with_rows(self, rows: Iterable[tuple[str, str, Ownership]]) -> Names:
        """Return the names with these rows replaced, each given by environment, name and ownership."""
        return self._with({(environment, name): row for environment, name, row in rows})

    def _with(self, changed: Mapping[tuple[str, str], Ownership]) -> Names:
        if not changed:
            return self
        rows = {environment: dict(names) for environment, names in self.rows.items()}
        for (environment, name), row in changed.items():
            names = rows.setdefault(environment, {})
            names[name] = row
            if row == FREE:
                del names[name]
        return Names({environment: names for environment, names in rows.items() if names})
