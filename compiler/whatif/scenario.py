"""What is asked: which clusters are lost, and how much more load there is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic, DiagnosticError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compiler.fleet import FleetInput, Target

__all__ = ["Scenario", "factor_of", "lost_clusters", "scenario_of"]

_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")
MOST = 1000  # a factor beyond it is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question: `lost` clusters, the factor on all load, and further factors by team, on top of it."""

    lost: frozenset[Target] = frozenset()
    load: Fraction = Fraction(1)
    teams: Mapping[str, Fraction] = field(default_factory=dict)

    def factor(self, team: str) -> Fraction:
        """What a team's load is multiplied by."""
        return self.load * self.teams.get(team, 1)


def scenario_of(fleet: FleetInput, lose: Iterable[str], load: str, team_loads: Iterable[str]) -> Scenario:
    """The scenario that a command line names.

    Args:
        fleet: The fleet.
        lose: Clusters and data centers, as `lost_clusters` takes them.
        load: A factor, as a decimal number.
        team_loads: TEAM=FACTOR for each team with a factor of its own.

    Raises:
        DiagnosticError: SF460, a name that the fleet does not have or that is not unique, or no factor; all at once.
    """
    problems: list[Diagnostic] = []
    lost: set[Target] = set()
    for name in lose:
        try:
            lost |= lost_clusters(fleet, name)
        except DiagnosticError as error:
            problems += error.diagnostics
    factor = factor_of(load, "--load", problems)
    teams = {}
    for text in team_loads:
        team, equals, value = text.partition("=")
        if not equals:
            problems.append(
                Diagnostic("SF460", f"--team-load {text!r} is not TEAM=FACTOR", None, "for example ads=1.5")
            )
        elif team not in fleet.fleet.teams:
            close = suggest(team, fleet.fleet.teams)
            problems.append(Diagnostic("SF460", f"the fleet has no team {team!r}", None, close))
        else:
            teams[team] = factor_of(value, f"--team-load {team}", problems)
    if problems:
        raise DiagnosticError(problems)
    return Scenario(frozenset(lost), factor, teams)


def lost_clusters(fleet: FleetInput, name: str) -> frozenset[Target]:
    """The clusters that a name stands for: `dc1-b`, `prod/dc1/dc1-b`, or a whole data center, `prod/dc1`.

    Any end of the path will do that only one cluster or data center has.

    Raises:
        DiagnosticError: SF460, there is none, or more than one.
    """
    end = "/" + name.strip("/")
    targets = [target for target, _ in fleet.targets()]
    places = {str(t): frozenset({t}) for t in targets}
    places |= {str(cell): frozenset(t for t in targets if t.cell == cell) for cell, _ in fleet.cells()}
    found = [place for place in places if f"/{place}".endswith(end)]
    if len(found) == 1:
        return places[found[0]]
    if found:
        text = f"{name!r} is not unique: it may be {', '.join(sorted(found))}"
        raise DiagnosticError(Diagnostic("SF460", text, None, "name the environment and the data center as well"))
    close = suggest(name, [*places, *(target.cluster for target in targets)])
    raise DiagnosticError(Diagnostic("SF460", f"the fleet has no cluster or data center {name!r}", None, close))


def factor_of(text: str, what: str, problems: list[Diagnostic]) -> Fraction:
    """A factor above 0, exactly as it is written; 1 and a problem where it is none."""
    if _DECIMAL.fullmatch(text) and 0 < (value := Fraction(text)) <= MOST:
        return value
    told = f"{what} must be a number above 0, at most {MOST}: {text!r}"
    problems.append(Diagnostic("SF460", told, None, "for example 1.3"))
    return Fraction(1)
