"""Stages of one namespace's move from its old hosts to its new ones, derived only from its row in the lock.

1. `join`: every new host starts the pods that it will need; the old hosts keep theirs. Traffic does not change.
2. `shift`: half of the traffic moves. Apps that run once serve from the copy on their new home.
3. `empty`: the rest of the traffic moves; the old hosts keep their pods but get no traffic from other clusters.
4. `stop`: only with apps that must not run twice: they stop on the old host.
5. `leave`: the namespace is deleted from the old hosts, and the stopped apps start on the new ones.

Only `join` adds pods, and only `leave` deletes pods, on hosts that no longer get traffic. Weights change only in
between. So the pods that serve traffic exist, in whatever order the clusters apply a step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sixfold_compiler.placement import Host

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["STAGES", "NamespaceMove", "Stage", "advance", "begin", "completed", "next_stage"]

Stage = Literal["join", "shift", "empty", "stop", "leave"]
STAGES: tuple[Stage, ...] = ("join", "shift", "empty", "stop", "leave")


@dataclass(frozen=True, slots=True)
class NamespaceMove:
    """A namespace in one data center, at rest or at a stage of a move.

    Attributes:
        row: The hosts. While the namespace moves, each has its weight before and after the move.
        homes: The cluster of each app that runs once; empty for an app that is stopped while it moves.
        copies: The second cluster of each app that runs once and currently moves.
    """

    row: tuple[Host, ...]
    homes: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_progress(self) -> bool:
        """True if the move has begun and is not complete."""
        return any(host.move for host in self.row)

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters that host the namespace."""
        return tuple(host.cluster for host in self.row)

    @property
    def leaving(self) -> tuple[str, ...]:
        """The clusters that lose the namespace at the end of the move."""
        return tuple(host.cluster for host in self.row if host.move and not host.move[1])


def begin(
    namespace: NamespaceMove, hosts: Sequence[Host], homes: Mapping[str, str], once: Collection[str]
) -> NamespaceMove:
    """Return the namespace after `join`, the first stage of its move.

    Args:
        namespace: The namespace at rest.
        hosts: Its hosts after the move.
        homes: The homes of its apps after the move.
        once: The apps that must not run twice; they keep their home until `stop`.
    """
    before = {host.cluster: host.weight for host in namespace.row}
    after = {host.cluster: host.weight for host in hosts}
    row = tuple(Host(c, before.get(c, 0), (before.get(c, 0), after.get(c, 0))) for c in sorted({*before, *after}))
    copies = {app: home for app, home in homes.items() if namespace.homes.get(app, home) != home and app not in once}
    return NamespaceMove(row, namespace.homes, copies)


def next_stage(namespace: NamespaceMove) -> Stage:
    """Return the next stage of a namespace whose move is in progress."""
    left = set(namespace.leaving)
    weight = sum(h.weight for h in namespace.row if h.cluster in left)
    if any(namespace.homes.get(app) in left for app in namespace.copies):
        return "shift"
    if any(h.weight != h.move[1] for h in namespace.row if h.move):
        full = sum(h.move[0] for h in namespace.row if h.move and h.cluster in left)
        return "shift" if weight == full > 1 else "empty"
    return "stop" if any(namespace.homes.get(app) in left for app in namespace.homes) else "leave"


def advance(namespace: NamespaceMove, start: Mapping[str, str]) -> NamespaceMove:
    """Return the namespace after its next stage.

    Args:
        namespace: The namespace, whose move is in progress.
        start: The new homes of the stopped apps; used for `leave` only.
    """
    row, homes, copies = namespace.row, namespace.homes, namespace.copies
    match next_stage(namespace):
        case "shift":
            return NamespaceMove(_half(row), {**homes, **copies}, {app: homes[app] for app in copies})
        case "empty":
            moved = tuple(Host(h.cluster, h.move[1] if h.move else h.weight, h.move) for h in row)
            return NamespaceMove(moved, homes, copies)
        case "stop":
            left = set(namespace.leaving)
            return NamespaceMove(row, {app: "" if home in left else home for app, home in homes.items()}, copies)
        case _:
            kept = tuple(Host(h.cluster, h.weight) for h in row if h.cluster not in namespace.leaving)
            return NamespaceMove(kept, {app: home or start[app] for app, home in homes.items()})


def completed(namespace: NamespaceMove) -> NamespaceMove:
    """Return the namespace as it will be after its move, without the homes of apps that are stopped during it."""
    if not namespace.in_progress:
        return namespace
    left = set(namespace.leaving)
    row = tuple(Host(h.cluster, h.move[1]) for h in namespace.row if h.move and h.cluster not in left)
    homes = {a: namespace.copies.get(a, home) if home in left else home for a, home in namespace.homes.items()}
    return NamespaceMove(row, {app: home for app, home in homes.items() if home and home not in left})


def _half(row: tuple[Host, ...]) -> tuple[Host, ...]:
    """Return the hosts with weights halfway between before and after, as integers that add up to 100."""
    sums = [sum(h.move) if h.move else 2 * h.weight for h in row]
    weights = [total // 2 for total in sums]
    gaining = sorted(range(len(row)), key=lambda i: (not (h := row[i]).move or h.move[1] <= h.move[0], i))
    for index in [i for i in gaining if sums[i] % 2][: 100 - sum(weights)]:
        weights[index] += 1
    return tuple(Host(h.cluster, w, h.move) for h, w in zip(row, weights, strict=True))
