"""What a person decides about a walk, and what is refused without that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sixfold_compiler.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement import AppDemand, Demand

__all__ = ["Choices", "choice_problems", "claiming", "runs_once"]


@dataclass(frozen=True, slots=True)
class Choices:
    """How to walk.

    `wave` is how many namespaces move at once: a number, or a percentage of those of the data center (at least one);
    P0 goes one stack at a time whatever it is. `once` is what becomes of apps that must not run twice, `claims` of
    namespaces with data in volumes; empty: such are refused. `sized` says that the other data centers are sized for
    the traffic of one that is evacuated.
    """

    wave: str = "10%"
    once: Literal["", "stop-then-start"] = ""
    claims: Literal["", "move-without-data", "keep"] = ""
    sized: bool = False

    def count(self, namespaces: int) -> int:
        """How many of so many namespaces move at once."""
        number = int(self.wave.rstrip("%"))
        return max(1, -(-namespaces * number // 100) if self.wave.endswith("%") else number)


def runs_once(app: AppDemand) -> bool:
    """Whether an app with a home must not run on two clusters, even for a moment.

    A Deployment may: rolling out a new version does the same. Not so what keeps data or an identity (a StatefulSet, a
    volume), what says so (`rollout.type: Recreate`), and what does its work twice (a Job, a CronJob).
    """
    return app.spread == "home" and (app.kind != "Deployment" or app.recreate or app.claims)


def claiming(demand: Demand, leaving: Iterable[str], homes: Mapping[str, str]) -> list[str]:
    """The apps of a team that have volumes on one of the clusters that it leaves."""
    gone = set(leaving)
    return [a.app for a in demand.apps if a.claims and (a.spread != "home" or homes.get(a.app) in gone)]


def choice_problems(
    fleet: FleetInput, where: str, once: Mapping[str, list[str]], claims: Mapping[str, list[str]]
) -> list[Diagnostic]:
    """Refusals of what is not decided: every app by name, one diagnostic a kind."""
    problems = []
    for code, found, text, help_text in (
        (
            "SF442", claims, "have volumes there, and volumes stay where they are",
            "--claims keep leaves these namespaces there, --claims move-without-data starts them with empty volumes",
        ),
        (
            "SF443", once, "must not run twice, so they cannot start on the new cluster first",
            "--once stop-then-start stops each before it starts again; a Job runs again from its beginning",
        ),
    ):  # fmt: skip
        names = [f"{team}/{app}" for team, apps in sorted(found.items()) for app in apps]
        if names:
            shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
            span = fleet.span(("teams", min(found)))
            problems.append(Diagnostic(code, f"apps on {where} {text}: {shown}", span, help_text))
    return problems
