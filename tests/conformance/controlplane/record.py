"""The history of the Applications, from the API server's audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conformance.controlplane.plane import Write

__all__ = ["created", "deleted", "moments", "recreated"]


def created(writes: Iterable[Write]) -> list[str]:
    """Return the created Applications, in order."""
    return [write.name for write in writes if write.resource == "applications" and write.verb == "create"]


def deleted(writes: Iterable[Write]) -> list[str]:
    """Return the deleted Applications, in order of the first request; from then on, their objects are deleted too.

    Each is listed once, although the controller repeats the request until the Application is gone.
    """
    names = [write.name for write in writes if write.resource == "applications" and write.verb.startswith("delete")]
    return list(dict.fromkeys(names))


def moments(before: Iterable[str], writes: Iterable[Write]) -> Iterator[frozenset[str]]:
    """Yield the existing Applications: at the beginning, and after each creation and deletion."""
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


def recreated(writes: Iterable[Write]) -> set[str]:
    """Return the Applications that were created again after a deletion."""
    writes = list(writes)
    gone: set[str] = set()
    result = set()
    for write in writes:
        if write.resource == "applications" and write.verb == "create" and write.name in gone:
            result.add(write.name)
        elif write.resource == "applications" and write.verb.startswith("delete"):
            gone.add(write.name)
    return result
