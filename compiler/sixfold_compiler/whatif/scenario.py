"""Scenarios of the simulation: lost clusters and load factors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest
from sixfold_compiler.inputs.lookup import find_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Target

__all__ = ["Scenario", "factor_of", "scenario_of"]

_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")
MOST = 1000  # a factor beyond it is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: the lost clusters, a factor for all load, and factors by team that multiply with it."""

    lost: frozenset[Target] = frozenset()
    load: Fraction = Fraction(1)
    teams: Mapping[str, Fraction] = field(default_factory=dict)

    def factor(self, team: str) -> Fraction:
        """Return the load factor of a team."""
        return self.load * self.teams.get(team, 1)


def scenario_of(fleet: FleetInput, lose: Iterable[str], load: str, team_loads: Iterable[str]) -> Scenario:
    """Return the scenario that the command-line options describe.

    Args:
        fleet: The fleet.
        lose: Names of clusters and data centers, as `find_place` accepts them.
        load: The factor for all load, as a decimal number.
        team_loads: TEAM=FACTOR for each team with its own factor.

    Raises:
        DiagnosticError: SF460, a name is unknown or ambiguous, or a factor is invalid. All problems are raised
            together.
    """
    problems: list[Diagnostic] = []
    lost: set[Target] = set()
    for name in lose:
        try:
            lost |= find_place(fleet, name, "SF460")
        except DiagnosticError as error:
            problems += error.diagnostics
    factor = factor_of(load, "--load", problems)
    teams = {}
    for text in team_loads:
        team, equals, value = text.partition("=")
        if not equals:
            problems.append(
                Diagnostic(
                    "SF460",
                    f"--team-load {text!r} is not a team with a factor",
                    None,
                    "write TEAM=FACTOR, such as ads=1.5",
                )
            )
        elif team not in fleet.model.teams:
            close = suggest(team, fleet.model.teams)
            problems.append(
                Diagnostic("SF460", f"--team-load is for the team {team!r}, which is not in the fleet", None, close)
            )
        else:
            teams[team] = factor_of(value, f"--team-load {team}", problems)
    if problems:
        raise DiagnosticError(problems)
    return Scenario(frozenset(lost), factor, teams)


def factor_of(text: str, what: str, problems: list[Diagnostic]) -> Fraction:
    """Parse a factor exactly as written; if it is not a number above 0, add a problem about `what` and return 1."""
    if _DECIMAL.fullmatch(text) and 0 < (value := Fraction(text)) <= MOST:
        return value
    message = f"{what} is {text!r}, but must be a number above 0 and at most {MOST}"
    problems.append(Diagnostic("SF460", message, None, "write a factor such as 1.3"))
    return Fraction(1)
