"""The way of one namespace from its old hosts to its new ones, told from its row in the lock alone.

1. `join`: every host gets the pods that it will have, beside those that it has. Traffic stays as it is.
2. `shift`: half of the traffic goes to where it will go. Apps that run once have their copy on the new home serve.
3. `empty`: all of it; the old hosts keep their pods, and other clusters send them nothing.
4. `stop`: only with apps that must not run twice: they end on the old host.
5. `leave`: the namespace goes from the old hosts, and what was stopped starts on the new ones.

Pods change in `join` (more) and in `leave` (fewer, on hosts that got no traffic before), weights in between. So in
whatever order clusters take a step over, the pods that get traffic are all there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sixfold_compiler.placement import Host

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["STAGES", "Stage", "Way", "advance", "begin", "settled", "stage"]

Stage = Literal["join", "shift", "empty", "stop", "leave"]
STAGES: tuple[Stage, ...] = ("join", "shift", "empty", "stop", "leave")


@dataclass(frozen=True, slots=True)
class Way:
    """A namespace in one data center: its row, and its apps' homes and copies."""

    row: tuple[Host, ...]
    homes: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether it is on its way."""
        return any(host.move for host in self.row)

    @property
    def leaving(self) -> tuple[str, ...]:
        """The clusters that it will leave."""
        return tuple(host.cluster for host in self.row if host.move and not host.move[1])


def begin(way: Way, hosts: Sequence[Host], homes: Mapping[str, str], once: Collection[str]) -> Way:
    """The `join`: on the way to `hosts` and `homes`. The apps of `once` keep their home until they are stopped."""
    before = {host.cluster: host.weight for host in way.row}
    after = {host.cluster: host.weight for host in hosts}
    row = tuple(Host(c, before.get(c, 0), (before.get(c, 0), after.get(c, 0))) for c in sorted({*before, *after}))
    copies = {app: home for app, home in homes.items() if way.homes.get(app, home) != home and app not in once}
    return Way(row, way.homes, copies)


def stage(way: Way) -> Stage:
    """What comes next for a namespace on its way."""
    left = set(way.leaving)
    weight = sum(h.weight for h in way.row if h.cluster in left)
    if any(way.homes.get(app) in left for app in way.copies):
        return "shift"
    if any(h.weight != h.move[1] for h in way.row if h.move):
        full = sum(h.move[0] for h in way.row if h.move and h.cluster in left)
        return "shift" if weight == full > 1 else "empty"
    return "stop" if any(way.homes.get(app) in left for app in way.homes) else "leave"


def advance(way: Way, start: Mapping[str, str]) -> Way:
    """The way after its next stage. `start` has the new homes of apps that were stopped, for `leave`."""
    match stage(way):
        case "shift":
            swapped = {app: way.homes[app] for app in way.copies}
            return Way(_half(way.row), {**way.homes, **way.copies}, swapped)
        case "empty":
            row = tuple(Host(h.cluster, h.move[1] if h.move else h.weight, h.move) for h in way.row)
            return Way(row, way.homes, way.copies)
        case "stop":
            left = set(way.leaving)
            return Way(way.row, {app: "" if home in left else home for app, home in way.homes.items()}, way.copies)
        case _:
            row = tuple(Host(h.cluster, h.weight) for h in way.row if h.cluster not in way.leaving)
            return Way(row, {app: home or start[app] for app, home in way.homes.items()})


def settled(way: Way) -> Way:
    """The end of the way; apps that are still to be started anew are left out of its homes."""
    if not way.moves:
        return way
    left = set(way.leaving)
    row = tuple(Host(h.cluster, h.move[1]) for h in way.row if h.move and h.cluster not in left)
    homes = {app: way.copies.get(app, home) if home in left else home for app, home in way.homes.items()}
    return Way(row, {app: home for app, home in homes.items() if home and home not in left})


def _half(row: tuple[Host, ...]) -> tuple[Host, ...]:
    """Weights in the middle of before and after, in whole numbers that add up to 100."""
    sums = [sum(h.move) if h.move else 2 * h.weight for h in row]
    weights = [total // 2 for total in sums]
    gaining = sorted(range(len(row)), key=lambda i: (not (h := row[i]).move or h.move[1] <= h.move[0], i))
    for index in [i for i in gaining if sums[i] % 2][: 100 - sum(weights)]:
        weights[index] += 1
    return tuple(Host(h.cluster, w, h.move) for h, w in zip(row, weights, strict=True))
