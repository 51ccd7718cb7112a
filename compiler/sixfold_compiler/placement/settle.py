"""Choose who has no place where some demands cannot be met: as few apps as possible, the lowest tier first.

What nobody could host, even with the data center empty, is left out first. For the other failures, apps of new teams
are left out before those of teams that are placed already, lower tiers before higher ones, and large apps before small
ones; then each that fits after all comes back. A team that cannot be placed even without its apps keeps its clusters,
or gets none if it has none. Everybody else is placed as if what is left out did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import AppDemand, Demand, demand_of
from sixfold_compiler.placement.problem import Amount
from sixfold_compiler.placement.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sixfold_compiler.placement.problem import CellProblem, TeamRequest
    from sixfold_compiler.placement.solution import Failure, Solution

__all__ = ["Item", "Settled", "settle"]

TRIED = 200_000  # teams that are placed again, in all attempts together, before fewer apps are brought back
SINGLE = 8  # apps that are left out one at a time; then the number doubles, so that an overfull fleet ends too


class Item(NamedTuple):
    """One app that could be left out."""

    team: str
    app: str


class _State(NamedTuple):
    """The apps that are left out, the teams that are held and absent, and the one that is placed alone, if any."""

    out: frozenset[Item]
    alone: str
    held: frozenset[str]
    absent: frozenset[str]


@dataclass(slots=True)
class Settled:
    """A placement without failures, and who has no place in it.

    Attributes:
        solution: The placement.
        requests: The requests of the placed teams, without the apps that are left out.
        demands: The demands of all teams, without these apps.
        unplaced: The apps that are left out.
        held: The teams that stay on their clusters although the rules do not allow that.
        absent: The teams that get no cluster.
    """

    solution: Solution
    requests: list[TeamRequest]
    demands: dict[str, Demand]
    unplaced: tuple[Item, ...]
    held: frozenset[str]
    absent: frozenset[str]


def settle(
    problem: CellProblem,
    requests: Iterable[TeamRequest],
    requests_of: Callable[[Mapping[str, Demand], Collection[str]], list[TeamRequest]],
    demands: Mapping[str, Demand],
    *,
    homes: Collection[str] = (),
    stuck: Collection[str] = (),
    rebalance: bool = False,
) -> Settled:
    """Place the teams of a data center whose demand can be met, and choose who has no place.

    Args:
        problem: The data center.
        requests: The requests of all teams.
        requests_of: Builds the requests of some teams for other demands, by team.
        demands: The demands by team.
        homes: The apps (`team/app`) that have a home in the lock, and keep it without a place too.
        stuck: Teams that keep their clusters, or get none, whatever they ask for.
        rebalance: As for `solve`.
    """
    full = {request.team: request for request in requests}
    settling = _Settling(problem, full, requests_of, demands, homes, rebalance, 32 + TRIED // (len(full) + 1))
    settling.give_up(stuck)
    return settling.run()


@dataclass(slots=True)
class _Settling:
    """The search for those who have no place: the apps that are `out`, and the teams that are `held` or `absent`."""

    problem: CellProblem
    full: Mapping[str, TeamRequest]
    requests_of: Callable[[Mapping[str, Demand], Collection[str]], list[TeamRequest]]
    demands: Mapping[str, Demand]
    homes: Collection[str]
    rebalance: bool
    tries: int
    out: frozenset[Item] = frozenset()
    held: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    last: tuple[_State, tuple[list[TeamRequest], Solution]] | None = None

    def run(self) -> Settled:
        returning: list[Item] = []
        while failing := self._failing(self.out):
            impossible = [self._leave_out_impossible(team) for team in failing]
            if any(impossible):
                continue
            items = self._candidates(failing)
            if items:
                chosen = items[: max(1, len(returning) - SINGLE)]
                returning += chosen
                self.out |= set(chosen)
            else:
                self.give_up(failing)
        self._bring_back([item for item in reversed(returning) if item in self.out])
        teams = {item.team for item in self.out}
        demands = dict(self.demands) | {team: self._demand(team, self.out) for team in teams}
        requests, solution = self._solve(self.out)
        return Settled(solution, requests, demands, tuple(sorted(self.out)), self.held, self.absent)

    def give_up(self, teams: Iterable[str]) -> None:
        """Hold teams on their clusters; teams without a cluster get none."""
        for team in teams:
            if self.full[team].weights:
                self.held |= {team}
            else:
                self.absent |= {team}
                self.out = frozenset(item for item in self.out if item.team != team)

    def _leave_out_impossible(self, team: str) -> bool:
        """Leave out what the team could not host with the data center empty; return whether there was anything."""
        apps = self._items(team)
        everything = frozenset(apps) | self.out
        if team not in self.held and self._failing(everything, team):  # even without apps
            self.give_up([team])
            return True
        impossible = [item for item in apps if self._failing(everything - {item}, team)]
        self.out |= set(impossible)
        together = [item for item in apps if item not in impossible]
        left: list[Item] = []
        while self._failing(self.out, team):
            left.append(together[len(left)])
            self.out |= {left[-1]}
        self._bring_back(left[::-1], team)
        return bool(impossible or left)

    def _bring_back(self, items: Sequence[Item], team: str = "") -> None:
        """Bring back the apps with which everybody (or `team` alone) still has a place, the first ones first."""
        if not items or self.tries < 0:
            return
        if not self._failing(self.out - set(items), team):
            self.out -= set(items)
        elif len(items) > 1:
            half = len(items) // 2
            self._bring_back(items[:half], team)
            self._bring_back(items[half:], team)

    def _candidates(self, failing: Collection[str]) -> list[Item]:
        """Return the apps that may be left out for the failing teams, the first one to leave out first."""
        new = [team for team, request in self.full.items() if not request.weights and team not in self.absent]
        newcomers = [item for team in new for item in self._items(team)]
        placed = [item for team in sorted(failing) if self.full[team].weights for item in self._items(team)]
        return sorted(newcomers, key=self._order) + sorted(placed, key=self._order)

    def _items(self, team: str) -> list[Item]:
        """Return the apps of a team that are not left out, the first one to leave out first."""
        items = (Item(team, app.app) for app in demand_of(self.demands, team).apps)
        return sorted((item for item in items if item not in self.out), key=self._order)

    def _order(self, item: Item) -> tuple[int, int, int, int, Item]:
        app = self.app(item)
        return -TIERS.index(app.tier), -app.total.cpu, -app.total.memory, -app.total.pods, item

    def app(self, item: Item) -> AppDemand:
        """Return the demand of an app."""
        return next(app for app in self.demands[item.team].apps if app.app == item.app)

    def _failing(self, out: Collection[Item], alone: str = "") -> list[str]:
        """Return the teams that have no place without the apps `out`; with `alone`, if it were the only team."""
        _, solution = self._solve(frozenset(out), alone)
        failures = solution.failures
        return sorted({failure.request.team for failure in failures if not self._excused(failure, out)})

    def _solve(self, out: frozenset[Item], alone: str = "") -> tuple[list[TeamRequest], Solution]:
        """Return the requests and their placement. The last one is kept: the one that succeeds is the result."""
        key = _State(out, alone, self.held, self.absent)
        if self.last is None or self.last[0] != key:
            self.tries -= not alone
            requests = self._requests(out, alone)
            solution = solve(self.problem, requests, rebalance=self.rebalance, held=self.held)
            self.last = key, (requests, solution)
        return self.last[1]

    def _excused(self, failure: Failure, out: Collection[Item]) -> bool:
        """Return whether a held team fails without apps, or for a rule that it would violate without apps too."""
        team, lowest = failure.request.team, failure.request.tier == len(TIERS) - 1
        if team not in self.held:
            return False
        idle = all(Item(team, app.app) in out for app in demand_of(self.demands, team).apps)
        return idle or (lowest and failure.constraint in ("spread", "stacks"))

    def _requests(self, out: Collection[Item], alone: str = "") -> list[TeamRequest]:
        """Return the requests of the teams that may be placed, without the apps `out`."""
        teams = {item.team for item in out} & ({alone} if alone else self.full.keys())
        changed = {team: self._demand(team, out) for team in teams}
        rebuilt = {r.team: r for r in self.requests_of(changed, teams)} if teams else {}
        wanted = [self.full[alone]] if alone else self.full.values()
        requests = [rebuilt.get(request.team, request) for request in wanted if request.team not in self.absent]
        return [self._unreserved(r, changed) if r.team in self.held else r for r in requests]

    def _unreserved(self, request: TeamRequest, changed: Mapping[str, Demand]) -> TeamRequest:
        """Return the request of a held team with the load of its apps alone: no part of its quota is kept free."""
        demand = changed.get(request.team) or demand_of(self.demands, request.team)
        return replace(request, divided=Amount.of(demand.sums.share))

    def _demand(self, team: str, out: Collection[Item]) -> Demand:
        """Return the demand of a team without some apps. Those that have a home keep it, and ask for nothing there."""
        apps = []
        for app in demand_of(self.demands, team).apps:
            if Item(team, app.app) not in out:
                apps.append(app)
            elif app.spread == "home" and f"{team}/{app.app}" in self.homes:
                apps.append(AppDemand(app.app, TIERS[-1], "home", Resources(), 0))
        return Demand(team, tuple(apps))
