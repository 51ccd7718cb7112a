"""The decisions that an operator makes for a migration, and the findings that ask for missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sixfold_compiler.diagnostics import Diagnostic, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement import AppDemand, Demand

__all__ = ["Choices", "Claims", "Once", "choice_problems", "runs_once", "volume_apps"]

Once = Literal["", "stop-then-start"]
Claims = Literal["", "move-without-data", "keep"]


@dataclass(frozen=True, slots=True)
class Choices:
    """Options of a drain or an evacuation.

    Attributes:
        wave: The number of namespaces that move at once, or a percentage of those in the data center (at least one).
            P0 moves one stack at a time regardless of the wave.
        once: The treatment of apps that must not run twice; empty: refuse to move them.
        claims: The treatment of namespaces with volumes; empty: refuse to move them.
        sized: The operator confirms that the other data centers are sized for the evacuated one's traffic.
    """

    wave: str = "10%"
    once: Once = ""
    claims: Claims = ""
    sized: bool = False

    def count(self, namespaces: int) -> int:
        """Return the number of namespaces that move at once, in a data center with `namespaces` of them."""
        number = int(self.wave.rstrip("%"))
        return max(1, -(-namespaces * number // 100) if self.wave.endswith("%") else number)


def runs_once(app: AppDemand) -> bool:
    """Return whether an app with a home must not run on two clusters, even for a moment.

    A Deployment may run twice for a moment, as in a rolling update. An app with data or an identity (a StatefulSet, a
    volume), with `rollout.type: Recreate`, or that would do its work twice (a Job, a CronJob) must not.
    """
    return app.spread == "home" and (app.kind != "Deployment" or app.recreate or app.claims)


def volume_apps(demand: Demand, leaving: Iterable[str], homes: Mapping[str, str]) -> list[str]:
    """Return the apps of a team that have volumes on a cluster in `leaving`; `homes` are the clusters of its apps."""
    left = set(leaving)
    return [a.app for a in demand.apps if a.claims and (a.spread != "home" or homes.get(a.app) in left)]


def choice_problems(
    fleet: FleetInput, place: str, once: Mapping[str, list[str]], claims: Mapping[str, list[str]]
) -> list[Diagnostic]:
    """Return a finding for each missing decision: SF442 for volumes, SF443 for apps that must not run twice.

    Args:
        fleet: The fleet.
        place: The cluster or data center that the apps leave.
        once: The apps that must not run twice, by team.
        claims: The apps with volumes, by team.
    """
    problems = []
    for code, teams, text, help_text in (
        (
            "SF442", claims, "have volumes, which cannot move to another cluster",
            "choose --claims keep to leave these namespaces there, or --claims move-without-data for empty volumes",
        ),
        (
            "SF443", once, "must not run twice, so they cannot start on the new cluster before they stop here",
            "choose --once stop-then-start, which stops each app first; a Job runs again from its beginning",
        ),
    ):  # fmt: skip
        names = [f"{team}/{app}" for team, apps in sorted(teams.items()) for app in apps]
        if names:
            span = fleet.span(("teams", min(teams)))
            problems.append(Diagnostic(code, f"apps on {place} {text}: {listed(names)}", span, help_text))
    return problems
