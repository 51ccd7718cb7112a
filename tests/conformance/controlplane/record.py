"""What became of the Applications, by the API server's own record of who wrote what, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conformance.controlplane.plane import Write

__all__ = ["created", "deleted", "moments", "restless"]


def created(writes: Iterable[Write]) -> list[str]:
    """The Applications that came, in order."""
    return [one.name for one in writes if one.resource == "applications" and one.verb == "create"]


def deleted(writes: Iterable[Write]) -> list[str]:
    """The Applications that were told to go, in order; what they applied goes with them from then on.

    Each once: the controller tells one again and again until it is gone.
    """
    names = [one.name for one in writes if one.resource == "applications" and one.verb.startswith("delete")]
    return list(dict.fromkeys(names))


def moments(before: Iterable[str], writes: Iterable[Write]) -> Iterator[frozenset[str]]:
    """The Applications that were there: at the beginning, and after each that came or was told to go."""
    there = set(before)
    yield frozenset(there)
    for one in writes:
        if one.resource == "applications" and one.verb == "create":
            there.add(one.name)
        elif one.resource == "applications" and one.verb.startswith("delete"):
            there.discard(one.name)
        else:
            continue
        yield frozenset(there)


def restless(writes: Iterable[Write]) -> set[str]:
    """The Applications that came, were told to go, and came again."""
    writes = list(writes)
    gone: set[str] = set()
    found = set()
    for one in writes:
        if one.resource == "applications" and one.verb == "create" and one.name in gone:
            found.add(one.name)
        elif one.resource == "applications" and one.verb.startswith("delete"):
            gone.add(one.name)
    return found
