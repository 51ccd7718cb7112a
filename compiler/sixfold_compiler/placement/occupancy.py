"""The load of a data center while teams are placed: what is used, what fits, what the loss of a cluster would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.apportion import divide

if TYPE_CHECKING:
    from sixfold_compiler.placement.problem import Item, Site

__all__ = ["Blocked", "Board", "Row"]


class Row(NamedTuple):
    """A team's hosts with their weights, and the homes of its apps in the order of `Item.homes`."""

    hosts: tuple[int, ...]
    weights: tuple[int, ...]
    homes: tuple[int, ...]
    seconds: tuple[int, ...]  # where each home would go if its cluster were lost; -1: nowhere


class Blocked(NamedTuple):
    """Why a row does not fit: a constraint (`stacks`, `room`, `loss`, `service`), and the cluster that it fails on."""

    constraint: str
    cluster: int


Delta = list[tuple[int, int, int, int]]  # cluster, and what is added there, in hundredths


class Board:
    """The loads of one data center. Amounts are hundredths, as in `site`."""

    def __init__(self, site: Site) -> None:
        count = len(site.names)
        self.site = site
        self.used = [[0, 0, 0] for _ in range(count)]
        self.guarded = [[0, 0, 0] for _ in range(count)]  # what must survive the loss of a cluster
        # shift[lost][other]: what `other` takes over of what is guarded when `lost` is lost
        self.shift = [[[0, 0, 0] for _ in range(count)] for _ in range(count if site.guarded >= 0 else 0)]
        self.stacks: list[list[dict[str, int]]] = [[{} for _ in range(count)] for _ in range(3)]
        self.most = [rule.stacks if rule else None for rule in map(site.rules.tiers.get, ("P0", "P1", "P2"))]  # type: ignore[arg-type]
        self.rows: dict[str, Row] = {}

    def fits(self, item: Item, row: Row) -> Blocked | None:
        """None where the row fits on top of what is there, else the first thing in its way."""
        limits, used = self.site.limits, self.used
        for host in row.hosts:
            if self.crowded(item, host):
                return Blocked("stacks", host)
        delta = self.delta(item, row)
        for c, cpu, memory, pods in delta:
            (u0, u1, u2), (l0, l1, l2) = used[c], limits[c]
            if u0 + cpu > l0 or u1 + memory > l1 or u2 + pods > l2:
                return Blocked("room", c)
        if (busy := self._services(item, row)) >= 0:
            return Blocked("service", busy)
        return self._survives(item, row, delta) if item.tier <= self.site.guarded else None

    def crowded(self, item: Item, cluster: int) -> bool:
        """Whether a cluster has as many stacks of the team's tier as it may, none of them the team's."""
        most = self.most[item.tier]
        there = self.stacks[item.tier][cluster]
        return most is not None and item.stack not in there and len(there) >= most

    def add(self, item: Item, row: Row) -> None:
        """Place a team."""
        self._apply(item, row, 1)
        self.rows[item.team] = row
        for host in row.hosts:
            there = self.stacks[item.tier][host]
            there[item.stack] = there.get(item.stack, 0) + 1

    def remove(self, item: Item) -> Row:
        """Take a team away; the row that it had."""
        row = self.rows.pop(item.team)
        self._apply(item, row, -1)
        for host in row.hosts:
            there = self.stacks[item.tier][host]
            there[item.stack] -= 1
            if not there[item.stack]:
                del there[item.stack]
        return row

    def _apply(self, item: Item, row: Row, sign: int) -> None:
        delta = self.delta(item, row)
        for c, cpu, memory, pods in delta:
            used = self.used[c]
            used[0] += sign * cpu
            used[1] += sign * memory
            used[2] += sign * pods
        if item.tier > self.site.guarded:
            return
        for c, cpu, memory, pods in delta:
            kept = self.guarded[c]
            kept[0] += sign * cpu
            kept[1] += sign * memory
            kept[2] += sign * pods
        for lost, other, cpu, memory, pods in self._moved(item, row):
            taken = self.shift[lost][other]
            taken[0] += sign * cpu
            taken[1] += sign * memory
            taken[2] += sign * pods

    def delta(self, item: Item, row: Row) -> Delta:
        """What a row adds to each of its hosts."""
        (s0, s1, s2), (e0, e1, e2), (n0, n1, n2) = item.shared, item.each, item.node
        nodes = self.site.nodes
        delta = []
        for c, w in zip(row.hosts, row.weights, strict=True):
            n = nodes[c]
            delta.append(
                (c, w * s0 + 100 * (e0 + n0 * n), w * s1 + 100 * (e1 + n1 * n), w * s2 + 100 * (e2 + n2 * n)),
            )
        for (_, (h0, h1, h2)), home in zip(item.homes, row.homes, strict=True):
            at = row.hosts.index(home)
            c, cpu, memory, pods = delta[at]
            delta[at] = (c, cpu + 100 * h0, memory + 100 * h1, pods + 100 * h2)
        return delta

    def _moved(self, item: Item, row: Row) -> list[tuple[int, int, int, int, int]]:
        """What each other host takes over when one of them is lost: (lost, other, cpu, memory, pods)."""
        (s0, s1, s2) = item.shared
        moved = []
        for lost, weight in zip(row.hosts, row.weights, strict=True):
            rest = 100 - weight
            if not weight or not rest:
                continue
            for other, share in zip(row.hosts, row.weights, strict=True):
                if other != lost and share:
                    part = weight * share
                    moved.append((lost, other, -(-s0 * part // rest), -(-s1 * part // rest), -(-s2 * part // rest)))
        for (_, (h0, h1, h2)), home, second in zip(item.homes, row.homes, row.seconds, strict=True):
            if second >= 0:
                moved.append((home, second, 100 * h0, 100 * h1, 100 * h2))
        return moved

    def _survives(self, item: Item, row: Row, delta: Delta) -> Blocked | None:
        """Whether what is guarded still fits on the team's hosts, whichever one cluster is lost."""
        own: dict[tuple[int, int], list[int]] = {}
        for lost, other, cpu, memory, pods in self._moved(item, row):
            sum_ = own.setdefault((lost, other), [0, 0, 0])
            sum_[0] += cpu
            sum_[1] += memory
            sum_[2] += pods
        nothing = (0, 0, 0)
        for c, cpu, memory, pods in delta:
            (g0, g1, g2), (l0, l1, l2) = self.guarded[c], self.site.limits[c]
            for lost in range(len(self.site.names)):
                if lost == c:
                    continue
                t0, t1, t2 = self.shift[lost][c]
                o0, o1, o2 = own.get((lost, c), nothing)
                if g0 + cpu + t0 + o0 > l0 or g1 + memory + t1 + o1 > l1 or g2 + pods + t2 + o2 > l2:
                    return Blocked("loss", c)
        return None

    def _services(self, item: Item, row: Row) -> int:
        """The first host that would have too many pods of one service; -1 where none has."""
        most = self.site.rules.pods_per_service
        if item.fixed < most and item.scaled < most and item.whole < most:
            return -1
        return next((host for host in row.hosts if self.service_pods(item, row, host) >= most), -1)

    def service_pods(self, item: Item, row: Row, cluster: int) -> int:
        """The most pods of one service of the team on a host; autoscalers may make up for a lost cluster."""
        weight, rest = row.weights[row.hosts.index(cluster)], 100 - max(row.weights)
        scaled = min(item.scaled, -(-item.scaled * weight // rest)) if rest else item.scaled
        return max(item.whole, -(-item.fixed * weight // 100), scaled)

    def free(self, cluster: int) -> Resources:
        """What is left of a cluster."""
        pairs = zip(self.site.limits[cluster], self.used[cluster], strict=True)
        return Resources(*((most - used) // 100 for most, used in pairs))

    def own(self, item: Item, row: Row, cluster: int) -> Resources:
        """What a team uses on one host of a row."""
        _, cpu, memory, pods = next(d for d in self.delta(item, row) if d[0] == cluster)
        return Resources(-(-cpu // 100), -(-memory // 100), -(-pods // 100))

    def locked(self, item: Item) -> Row:
        """The row that the team had, with homes as they were (on its first host where there was none)."""
        hosts = tuple(sorted(item.row))
        homes = tuple(h if (h := item.at.get(app, -1)) in item.row else hosts[0] for app, _ in item.homes)
        seconds = tuple(next((h for h in hosts if h != home), -1) for home in homes)
        return Row(hosts, tuple(item.row[h] for h in hosts), homes, seconds)

    def trial(self, item: Item, cluster: int) -> Row:
        """The row that the team has, or would have with one more cluster (for a new team, as many as it needs)."""
        if cluster in item.row:
            return self.locked(item)
        others = sorted(item.row) or [c for c in item.may if c != cluster][: max(item.least, item.wanted, 1) - 1]
        hosts = tuple(sorted({*others, cluster}))
        homes = tuple(h if (h := item.at.get(app, -1)) in item.row else cluster for app, _ in item.homes)
        return Row(hosts, tuple(divide(100, [self.site.cpus[h] for h in hosts])), homes, tuple(-1 for _ in homes))

    def worst_loss(self, item: Item, row: Row, cluster: int) -> tuple[int, Resources]:
        """The lost cluster that fills this one most with what must survive, and how much that is; -1 for none."""
        own = next(d for d in self.delta(item, row) if d[0] == cluster)[1:]
        moved = [m for m in self._moved(item, row) if m[1] == cluster]
        worst, most, fullest = -1, Resources(), -1.0
        for lost in range(len(self.site.names)):
            if lost == cluster:
                continue
            sums = [g + o + s for g, o, s in zip(self.guarded[cluster], own, self.shift[lost][cluster], strict=True)]
            for _, _, *amount in (m for m in moved if m[0] == lost):
                sums = [s + a for s, a in zip(sums, amount, strict=True)]
            full = max(s / (limit or 1) for s, limit in zip(sums, self.site.limits[cluster], strict=True))
            if full > fullest:
                worst, fullest, most = lost, full, Resources(*(-(-s // 100) for s in sums))
        return worst, most
