"""Where traffic goes when clusters are lost: to the surviving hosts by weight, up to what an app may grow to there."""

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
    from sixfold_compiler.whatif.data_centers import Center, Member

__all__ = ["admit", "asked", "part_of"]


@cache
def _part(pods: int, weight: int) -> Fraction:
    return Fraction(pods * weight, 100)


@cache
def _maxima(pods: int, weights: tuple[int, ...]) -> list[int]:
    return headroom(pods, weights)


def asked(
    center: Center, lost: frozenset[str], factor: Callable[[str], Fraction], extra: Mapping[tuple[str, str], Fraction]
) -> tuple[list[Piece], list[Stop]]:
    """What the traffic asks of every cluster, within what each app may grow to there.

    What is divided by weight goes to the surviving hosts in proportion to their weights; the gateway does not send what
    one of them cannot take to another one. What runs once, and full copies, do not grow with the load.

    Args:
        center: The data center.
        lost: Names of its lost clusters.
        factor: The factor on a team's load.
        extra: Pods' worth of load by team and app that comes from other data centers.
    """
    pieces: list[Piece] = []
    stops: list[Stop] = []
    factors: dict[str, Fraction] = {}
    for member in center.members:
        if member.app.spread == "share":
            if member.team not in factors:
                factors[member.team] = factor(member.team)
            load = _part(member.app.pods, 100)
            if (times := factors[member.team]) != 1:
                load *= times
            if more := extra.get((member.team, member.app.app)):
                load += more
            made = _divided(member, lost, load)
        else:
            made = _whole(center, member, lost)
        for item in made:
            if isinstance(item, Piece):
                pieces.append(item)
            else:
                stops.append(item)
    return pieces, stops


def _divided(member: Member, lost: frozenset[str], load: Fraction) -> Iterator[Piece | Stop]:
    app, weights = member.app, tuple(h.weight for h in member.hosts)
    rest = sum(h.weight for h in member.hosts if h.cluster not in lost)
    maxima = _maxima(app.pods, weights) if app.scaled and rest else ()
    for index, host in enumerate(member.hosts):
        if not host.weight:
            continue  # drained: it keeps a pod and gets no traffic
        before = _part(app.pods, host.weight)
        if host.cluster in lost or not rest:
            yield _piece(member, host.cluster, before, NONE)
            continue
        if rest == 100 and load == app.pods:
            yield _piece(member, host.cluster, before, before)  # the very same: see `Piece.settled`
            continue
        want = load * host.weight / rest
        most = maxima[index] if app.scaled else before
        over = max(want - most, NONE)
        piece = _piece(member, host.cluster, before, want)
        yield replace(piece, maximum=over) if app.scaled else replace(piece, fixed=over)
    if not rest and load:
        where = ", ".join(h.cluster for h in member.hosts if h.weight)
        yield _stop(member, where, load)


def _whole(center: Center, member: Member, lost: frozenset[str]) -> Iterator[Piece | Stop]:
    """What is not divided: one home, or a full copy on each host or node."""
    app = member.app
    clusters = [h.cluster for h in member.hosts] if app.spread != "home" else [member.home] if member.home else []
    for cluster in clusters:
        pods = Fraction(app.pods * (center.nodes[cluster] if app.spread == "node" else 1))
        yield _piece(member, cluster, pods, NONE if cluster in lost else pods)
    if clusters and lost.issuperset(clusters):
        yield _stop(member, ", ".join(clusters), Fraction(app.pods))


def _piece(member: Member, cluster: str, before: Fraction, want: Fraction) -> Piece:
    app = member.app
    return Piece(member.team, app.app, app.tier, app.spread, cluster, app.pod, before, want)


def _stop(member: Member, where: str, pods: Fraction) -> Stop:
    app = member.app
    return Stop(member.team, app.app, app.tier, app.spread, where, app.pod, pods, app.claims)


def admit(center: Center, pieces: Iterable[Piece]) -> list[Piece]:
    """Hold back what a team's quota on a cluster does not admit: new pods, each app's in the same proportion.

    What runs stays, even over a quota (which SF436 warns of): Kubernetes refuses pods, it takes none away.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    made = list(pieces)
    for index, piece in enumerate(made):
        if piece.asked:
            groups.setdefault((piece.team, piece.cluster), []).append(index)
    hosts = {m.team: m.hosts for m in center.members}
    for (team, cluster), own in groups.items():
        growing = [i for i in own if not made[i].settled and made[i].admitted > made[i].before]
        if not growing:
            continue
        kept = amount_of((min(made[i].admitted, made[i].before), made[i].pod) for i in own)
        more = amount_of((made[i].admitted - made[i].before, made[i].pod) for i in growing)
        quota = center.admitted(team, hosts[team])[cluster]
        part = part_of(quota - kept, more)
        if part < 1:
            for i in growing:
                made[i] = replace(made[i], quota=(made[i].admitted - made[i].before) * (1 - part))
    return made


def part_of(room: Resources, wanted: Resources) -> Fraction:
    """How much of what is wanted there is room for, from 0 to 1, by the scarcest resource."""
    pairs = ((room.cpu, wanted.cpu), (room.memory, wanted.memory), (room.pods, wanted.pods))
    return min((Fraction(max(has, 0), want) for has, want in pairs if want > max(has, 0)), default=Fraction(1))
