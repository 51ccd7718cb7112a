"""Traffic after the loss of clusters: surviving hosts get it by weight, up to the limits of each app."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from sixfold_compiler.placement.apportion import headroom
from sixfold_compiler.whatif.outcome import NONE, Piece, Stop, amount_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.whatif.data_centers import DataCenterCapacity, Member

__all__ = ["admit", "asked", "part_of"]


@cache
def _part(pods: int, weight: int) -> Fraction:
    return Fraction(pods * weight, 100)


@cache
def _maxima(pods: int, weights: tuple[int, ...]) -> list[int]:
    return headroom(pods, weights)


def asked(
    data_center: DataCenterCapacity,
    lost: frozenset[str],
    factor: Callable[[str], Fraction],
    extra: Mapping[tuple[str, str], Fraction],
) -> tuple[list[Piece], list[Stop]]:
    """Return the load that traffic brings to each cluster, and the apps that no cluster runs anymore.

    Traffic of divided apps goes to the surviving hosts in proportion to their weights; the gateway does not redirect
    the part that a host cannot take. Apps that run once, and full copies, do not grow with the load.

    Args:
        data_center: The data center.
        lost: The names of its lost clusters.
        factor: Returns the load factor of a team.
        extra: The load that comes from other data centers, in pods, by team and app.
    """
    pieces: list[Piece] = []
    stops: list[Stop] = []
    factors: dict[str, Fraction] = {}
    for member in data_center.members:
        if member.app.spread == "share":
            if member.team not in factors:
                factors[member.team] = factor(member.team)
            load = _part(member.app.pods, 100)
            if (times := factors[member.team]) != 1:
                load *= times
            if foreign := extra.get((member.team, member.app.app)):
                load += foreign
            parts = _divided(member, lost, load)
        else:
            parts = _undivided(data_center, member, lost)
        for item in parts:
            if isinstance(item, Piece):
                pieces.append(item)
            else:
                stops.append(item)
    return pieces, stops


def _divided(member: Member, lost: frozenset[str], load: Fraction) -> Iterator[Piece | Stop]:
    app, weights = member.app, tuple(h.weight for h in member.hosts)
    surviving = sum(h.weight for h in member.hosts if h.cluster not in lost)
    maxima = _maxima(app.pods, weights) if app.scaled and surviving else ()
    for index, host in enumerate(member.hosts):
        if not host.weight:
            continue  # drained: it keeps a pod and gets no traffic
        before = _part(app.pods, host.weight)
        if host.cluster in lost or not surviving:
            yield _piece(member, host.cluster, before, NONE)
            continue
        if surviving == 100 and load == app.pods:
            yield _piece(member, host.cluster, before, before)  # the same object: see `Piece.settled`
            continue
        want = load * host.weight / surviving
        most = maxima[index] if app.scaled else before
        over = max(want - most, NONE)
        piece = _piece(member, host.cluster, before, want)
        yield replace(piece, maximum=over) if app.scaled else replace(piece, fixed=over)
    if not surviving and load:
        where = ", ".join(h.cluster for h in member.hosts if h.weight)
        yield _stop(member, where, load)


def _undivided(data_center: DataCenterCapacity, member: Member, lost: frozenset[str]) -> Iterator[Piece | Stop]:
    """Yield the load of an app that is not divided: on its home, or as a full copy on each host or node."""
    app = member.app
    clusters = [h.cluster for h in member.hosts] if app.spread != "home" else [member.home] if member.home else []
    for cluster in clusters:
        pods = Fraction(app.pods * (data_center.nodes[cluster] if app.spread == "node" else 1))
        yield _piece(member, cluster, pods, NONE if cluster in lost else pods)
    if clusters and lost.issuperset(clusters):
        yield _stop(member, ", ".join(clusters), Fraction(app.pods))


def _piece(member: Member, cluster: str, before: Fraction, want: Fraction) -> Piece:
    app = member.app
    return Piece(member.team, app.app, app.tier, app.spread, cluster, app.pod, before, want)


def _stop(member: Member, where: str, pods: Fraction) -> Stop:
    app = member.app
    return Stop(member.team, app.app, app.tier, app.spread, where, app.pod, pods, app.claims)


def admit(data_center: DataCenterCapacity, pieces: Iterable[Piece]) -> list[Piece]:
    """Reduce the new pods to those that each team's quota on a cluster admits, all apps by the same fraction.

    Running pods stay even beyond a quota (SF436 warns of that), because Kubernetes only rejects new pods.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    admitted = list(pieces)
    for index, piece in enumerate(admitted):
        if piece.asked:
            groups.setdefault((piece.team, piece.cluster), []).append(index)
    hosts = {m.team: m.hosts for m in data_center.members}
    for (team, cluster), own in groups.items():
        growing = [i for i in own if not admitted[i].settled and admitted[i].admitted > admitted[i].before]
        if not growing:
            continue
        kept = amount_of((min(admitted[i].admitted, admitted[i].before), admitted[i].pod) for i in own)
        extra = amount_of((admitted[i].admitted - admitted[i].before, admitted[i].pod) for i in growing)
        quota = data_center.admitted(team, hosts[team])[cluster]
        part = part_of(quota - kept, extra)
        if part < 1:
            for i in growing:
                admitted[i] = replace(admitted[i], quota=(admitted[i].admitted - admitted[i].before) * (1 - part))
    return admitted


def part_of(room: Resources, wanted: Resources) -> Fraction:
    """Return the fraction of `wanted` that fits into `room`, from 0 to 1, by the scarcest resource."""
    pairs = ((room.cpu, wanted.cpu), (room.memory, wanted.memory), (room.pods, wanted.pods))
    return min((Fraction(max(has, 0), want) for has, want in pairs if want > max(has, 0)), default=Fraction(1))
