"""Simulate a match day for match_day.py: viewers, autoscalers, images, nodes and gateways, in steps of 15 seconds.

Every assumption is a field of `Assumptions`; README.md says where each comes from.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import ceil, floor
from typing import NamedTuple

STEP = 15  # seconds
MINUTE = 60


@dataclass(frozen=True)
class Assumptions:
    """The assumptions of a simulation. Times are in seconds, viewers in millions, and rates in millions a minute."""

    before: float = 4.0  # viewers before the crowd comes
    peak: float = 61.0
    rate: float = 1.1  # the highest rate of arrivals; the first and last ten minutes are slower
    image: int = 240
    start: int = 90
    node: int = 120  # from the request for nodes until they are ready
    node_step: int = 100  # nodes that a cluster requests at once; it requests more only when these are ready
    full_steps: bool = True  # request a full step; otherwise the number that waiting pods need, at most a step
    metric: int = 30  # from a change of load until the autoscaler measures it
    calm: int = 300  # an autoscaler shrinks to the largest number that it wanted in this time
    lead: int = 15 * MINUTE  # how far ahead a schedule raises the minima
    lost_after: int = 20 * MINUTE  # after the peak is reached
    lost_for: int = 25 * MINUTE
    return_step: int = 8 * MINUTE  # a cluster that returned gets another quarter of its weight after each such time
    hold: int = 80 * MINUTE  # how long the peak lasts

    @property
    def ramp(self) -> float:
        """The seconds from the first arrivals to the peak. Arrivals speed up for ten minutes and slow down for ten."""
        return (self.peak - self.before) / self.rate * MINUTE + 10 * MINUTE

    @property
    def end(self) -> int:
        return ceil(self.ramp + self.hold + 30 * MINUTE)

    def viewers(self, second: float) -> float:
        """Return the number of viewers (millions) at a second. They arrive, stay, and leave as fast as they arrived."""
        leave = self.ramp + self.hold
        if second > leave:
            return max(self.before, self.peak - (second - leave) / MINUTE * self.rate)
        soft, rate = 10 * MINUTE, self.rate / MINUTE
        if second <= 0:
            return self.before
        if second < soft:
            return self.before + rate * second**2 / (2 * soft)
        if second < self.ramp - soft:
            return self.before + rate * (second - soft / 2)
        left = max(0.0, self.ramp - second)
        return self.peak - rate * left**2 / (2 * soft)


class App(NamedTuple):
    """An autoscaled app on one cluster. `per_pod` is the number of viewers (millions) that a pod serves at the target.

    `part` is the share of all viewers in its data center; `weights` are those of its team's hosts there, by cluster.
    """

    key: str
    tier: str
    target: float  # utilization that the autoscaler aims at, such as 0.55
    per_pod: float
    cpu: int
    memory: int
    low: int
    most: int
    part: float
    weights: dict[str, int]

    def share(self, cluster: str, given: dict[str, float]) -> float:
        """Return the fraction of all viewers that a cluster serves.

        The viewers of a data center stay there and are divided by weight; `given` is the fraction of its weight that
        each cluster gets, 0 for a lost one.
        """
        total = sum(weight * given[name] for name, weight in self.weights.items())
        return self.part * self.weights[cluster] * given[cluster] / total if total else 0.0


@dataclass(frozen=True)
class Cluster:
    """A cluster. `node` is the room of one node for these apps (millicores, bytes, pods), `other` the constant load."""

    name: str
    capacity: int  # millicores
    nodes: int
    node: tuple[int, int, int]
    other: tuple[int, int, int]
    apps: tuple[App, ...]


@dataclass
class Pods:
    """The pods of one app on one cluster at a moment of the simulation."""

    ready: int = 0
    starting: deque[tuple[int, int]] = field(default_factory=deque)  # (when ready, how many)
    waiting: int = 0
    wanted: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def placed(self) -> int:
        return self.ready + sum(n for _, n in self.starting)


@dataclass
class State:
    cluster: Cluster
    nodes: int = 0
    coming: list[tuple[int, int]] = field(default_factory=list)
    pods: list[Pods] = field(default_factory=list)
    up: bool = True
    weight: float = 1.0  # fraction of its weight that it gets


class Tick(NamedTuple):
    """The state at one moment. `viewers`, and what P0 apps could and did serve, are in millions."""

    second: int
    viewers: float
    capacity: float
    carried: float
    nodes: int
    waiting: int  # pods without a node
    used: dict[str, float]  # fraction of each cluster's capacity that pods request; -1 for a lost cluster
    pressure: dict[str, float]  # by app, load divided by the capacity of its pods, on its worst cluster


def run(clusters: list[Cluster], given: Assumptions, *, ahead: bool, lost: str = "") -> list[Tick]:
    """Simulate the day and return one `Tick` for each step.

    Autoscalers react to the load, or with `ahead` a schedule raises their minima first. The cluster `lost` fails during
    the peak and returns later; with an empty name none fails.
    """
    states = [State(c, pods=[Pods() for _ in c.apps]) for c in clusters]
    begin = -15 * MINUTE
    for state in states:  # before the crowd: every app has the pods that it needs
        for app, pods in zip(state.cluster.apps, state.pods, strict=True):
            share = app.share(state.cluster.name, dict.fromkeys(app.weights, 1.0))
            pods.ready = _clamp(app, given.before * share / app.per_pod)
        state.nodes = _nodes(state)
    gone, back = given.ramp + given.lost_after, given.ramp + given.lost_after + given.lost_for
    ticks = []
    everywhere = dict.fromkeys((c.name for c in clusters), 1.0)
    for second in range(begin, given.end, STEP):
        for state in states:
            if state.cluster.name == lost:
                _fate(state, second, gone, back, given)
        by_name = {s.cluster.name: s.weight for s in states}
        for state in states:
            if state.up:
                _scale(state, second, by_name, everywhere if ahead else {}, given)
                _schedule(state, second, given)
        ticks.append(_tick(states, second, by_name, given.viewers(second)))
    return ticks


def _fate(state: State, second: int, gone: float, back: float, given: Assumptions) -> None:
    if gone <= second < back:
        state.up, state.nodes, state.coming, state.weight = False, 0, [], 0.0
        state.pods = [Pods() for _ in state.cluster.apps]
    elif second >= back:
        state.up = True
        state.weight = min(1.0, floor((second - back) / given.return_step) / 4)


def _scale(state: State, second: int, weights: dict[str, float], planned: dict[str, float], given: Assumptions) -> None:
    """Run each autoscaler of a cluster, and create or delete pods for it.

    With `planned` weights, a schedule raises the minima to the number of pods that is needed `lead` seconds later.
    """
    load, later = given.viewers(second - given.metric), given.viewers(second + given.lead)
    name = state.cluster.name
    for app, pods in zip(state.cluster.apps, state.pods, strict=True):
        while pods.starting and pods.starting[0][0] <= second:
            pods.ready += pods.starting.popleft()[1]
        have = pods.placed + pods.waiting
        want = load * app.share(name, weights) / app.per_pod
        if have and abs(want / have - 1) <= 0.1:  # the autoscaler's tolerance
            want = have
        want = _clamp(app, max(want, later * app.share(name, planned) / app.per_pod if planned else 0))
        pods.wanted.append((second, want))
        while pods.wanted[0][0] < second - given.calm:
            pods.wanted.popleft()
        want = max(w for _, w in pods.wanted)
        if want >= have:
            pods.waiting += want - have
            continue
        over = have - want
        cut = min(over, pods.waiting)
        pods.waiting, over = pods.waiting - cut, over - cut
        while over and pods.starting:
            when, count = pods.starting.pop()
            cut = min(over, count)
            over -= cut
            if count > cut:
                pods.starting.append((when, count - cut))
        pods.ready -= over


def _schedule(state: State, second: int, given: Assumptions) -> None:
    """Put waiting pods on nodes with room, the highest tier first, and request nodes for the others."""
    ready = [count for when, count in state.coming if when <= second]
    state.nodes += sum(ready)
    state.coming = [(when, count) for when, count in state.coming if when > second]
    free = [state.nodes * n - o for n, o in zip(state.cluster.node, state.cluster.other, strict=True)]
    for app, pods in zip(state.cluster.apps, state.pods, strict=True):
        for i, each in enumerate((app.cpu, app.memory, 1)):
            free[i] -= pods.placed * each
    for app, pods in sorted(zip(state.cluster.apps, state.pods, strict=True), key=lambda p: (p[0].tier, p[0].key)):
        fit = min(pods.waiting, free[0] // app.cpu, free[1] // app.memory, free[2])
        if fit > 0:
            pods.waiting -= fit
            pods.starting.append((second + given.image + given.start, fit))
            free = [free[0] - fit * app.cpu, free[1] - fit * app.memory, free[2] - fit]
    if any(p.waiting for p in state.pods) and not state.coming:
        extra = given.node_step if given.full_steps else min(given.node_step, max(0, _nodes(state) - state.nodes))
        extra = min(extra, state.cluster.nodes - state.nodes)
        if extra > 0:
            state.coming.append((second + given.node, extra))


def _nodes(state: State) -> int:
    """Return the number of nodes that all pods of a cluster need, including the waiting ones."""
    sums = list(state.cluster.other)
    for app, pods in zip(state.cluster.apps, state.pods, strict=True):
        count = pods.placed + pods.waiting
        for i, each in enumerate((app.cpu, app.memory, 1)):
            sums[i] += count * each
    return max(ceil(s / n) for s, n in zip(sums, state.cluster.node, strict=True))


def _tick(states: list[State], second: int, weights: dict[str, float], viewers: float) -> Tick:
    capacity = carried = 0.0
    used: dict[str, float] = {}
    pressure: dict[str, float] = {}
    waiting = 0
    for state in states:
        cluster, able, mine = state.cluster, [], 0.0
        cores = cluster.other[0]
        for app, pods in zip(cluster.apps, state.pods, strict=True):
            can = pods.ready * app.per_pod / app.target
            load = viewers * app.share(cluster.name, weights)
            cores += pods.placed * app.cpu
            waiting += pods.waiting
            if load:
                pressure[app.key] = max(pressure.get(app.key, 0.0), load / can if can else 99.0)
            if app.tier == "P0":
                mine = load  # P0 teams are on the same clusters with the same weights
                able.append(can)
        used[cluster.name] = cores / cluster.capacity if state.up else -1.0
        capacity += min(able)
        carried += min(mine, *able)
    return Tick(second, viewers, capacity, carried, sum(s.nodes for s in states), waiting, used, pressure)


def _clamp(app: App, pods: float) -> int:
    return min(app.most, max(app.low, ceil(pods - 1e-9)))
