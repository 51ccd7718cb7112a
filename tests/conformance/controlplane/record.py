"""What became of the Applications, by the API server's own record of who wrote what, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conformance.controlplane.plane import Write

__all__ = ["created", "deleted", "moments", "restless"]


def created(writes: Iterable[Write]) -> list[str]:
    """The Applications that came, in order."""
    return [write.name for write in writes if write.resource == "applications" and write.verb == "create"]


def deleted(writes: Iterable[Write]) -> list[str]:
    """The Applications that were told to go, in order; what they applied goes with them from then on.

    Each once: the controller tells one again and again until it is gone.
    """
    names = [write.name for write in writes if write.resource == "applications" and write.verb.startswith("delete")]
    return list(dict.fromkeys(names))


def moments(before: Iterable[str], writes: Iterable[Write]) -> Iterator[frozenset[str]]:
    """The Applications that were there: at the beginning, and after each that came or was told to go."""
    current = set(before)
    yield frozenset(current)
    for write in writes:
        if write.resource == "applications" and write.verb == "create":
            current.add(write.name)
        elif write.resource == "applications" and write.verb.startswith("delete"):
            current.discard(write.name)
        else:
            continue
        yield frozenset(current)


def restless(writes: Iterable[Write]) -> set[str]:
    """The Applications that came, were told to go, and came again."""
    writes = list(writes)
    gone: set[str] = set()
    recreated = set()
    for write in writes:
        if write.resource == "applications" and write.verb == "create" and write.name in gone:
            recreated.add(write.name)
        elif write.resource == "applications" and write.verb.startswith("delete"):
            gone.add(write.name)
    return recreated
