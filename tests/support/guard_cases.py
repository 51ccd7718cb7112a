"""Cases of the deletion guard in Markdown (`tests/cases/guard`): short trees, tombstones and budgets, a verdict.

A block `yaml before` or `yaml after` is a tree: clusters by key, each with its namespaces, each with its apps, each with
the identities of its objects.

    prod/dc1/dc1-a:
      shop: {web: Deployment Service, "app-[0-9]": Service}    # ten apps, app-0 to app-9
      store of pay: {cards: Service}                           # namespace store, which is team pay's
      files: {_platform/roads.yaml: Service/web}               # files of the platform and of tenancy
      instance: other                                          # Argo CD instance, `main` unless it is named
      application: other                                       # Application of the cluster
      identity: {server: "https://a"}                          # what the cluster is known by
    repository: https://git.example.com/deploy.git             # from which Argo CD reads
    teams: [shop]          # the teams of the fleet; in `after` those of `before`, unless they are named
    units: {shop: app}     # teams with one Application for each app
    argocd: {main: {team-shop.yaml: AppProject/shop}}

An app may also be `{application: NAME, holds: IDENTITIES}`. `yaml after 3` is judged three days later. Blocks `yaml
tombstones` and `yaml budgets` are those of the fleet, for all trees after them.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from sixfold_compiler.guard import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, Verdict, judge
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from sixfold_compiler.pipeline.deletions import findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.suite import Case

__all__ = ["findings_of", "read_holdings", "verdicts_of"]

TODAY = date(2026, 11, 24)
_RANGE = re.compile(r"(.*)\[(\d+)-(\d+)\]")
_SETTINGS = ("teams", "units", "argocd", "repository")


def verdicts_of(case: Case) -> str:
    """Return the verdicts of a case as text: each drop with its state, the reasons, and the history if it has steps."""
    steps = list(_steps(case))
    return "".join(_verdict_text(verdict, day if len(steps) > 1 else None) for day, verdict, _ in steps)


def findings_of(case: Case) -> str:
    """Return the findings of a case as text, as `sixfold guard` prints them for a tree without a fleet."""
    lines = []
    for _, verdict, after in _steps(case):
        for finding in findings(verdict, after):
            lines += [f"{finding.code} {finding.message}", *(f"  {line}" for line in (finding.help or "").splitlines())]
    return "".join(f"{line}\n" for line in lines) or "none\n"


def read_holdings(document: dict[str, Any], before: Holdings | None = None) -> Holdings:
    """Return the holdings of a short tree."""
    clusters = {key: _cluster(key, rows) for key, rows in document.items() if key not in _SETTINGS}
    own = {namespace.team for cluster in clusters.values() for namespace in cluster.namespaces.values()}
    teams = document.get("teams", own | set(before.units if before else ()))
    units = {team: before.units.get(team, "namespace") if before else "namespace" for team in sorted(teams)}
    return Holdings(
        clusters, units | document.get("units", {}), document.get("argocd", {}), document.get("repository", "")
    )


def _steps(case: Case) -> Iterator[tuple[int, Verdict, Holdings]]:
    """Judge the trees of a case one after the other. A tree that does not pass is not adopted."""
    before, spent = Holdings(), ()
    tombstones, budgets = [], Deletions()
    for block in case.files:
        document = yaml.safe_load(block.body) or {}
        match block.path.split():
            case ["before"]:
                before = read_holdings(document)
            case ["tombstones"]:
                tombstones = [_tombstone(entry) for entry in document]
            case ["budgets"]:
                budgets = Deletions.model_validate(document)
            case ["after", *days]:
                day = int(days[0]) if days else 0
                after = read_holdings(document, before)
                verdict = judge(before, after, tombstones, budgets, TODAY + timedelta(days=day), spent)
                yield day, verdict, after
                spent, before = verdict.spent, after if verdict.passes else before
            case _:
                raise ValueError(f"{case.suite.name}: unknown block {block.path!r}")


def _tombstone(entry: dict[str, str]) -> Tombstone:
    return Tombstone.model_validate({"approvedBy": "ada", "reason": "as agreed", "until": "2027-01-01", **entry})


def _cluster(key: str, rows: dict[str, Any]) -> ClusterHolding:
    environment, data_center, name = key.split("/")
    rows = dict(rows)
    files, instance = rows.pop("files", {}), rows.pop("instance", "main")
    application = rows.pop("application", f"{environment}-{name}")
    identity = rows.pop("identity", {})
    namespaces = {}
    for title, apps in rows.items():
        namespace, _, team = title.partition(" of ")
        prefix = f"{environment}-{name}-{namespace}"
        overlays = {app: _overlay(f"{prefix}-{app}", value) for key, value in apps.items() for app in _names(key)}
        namespaces[namespace] = NamespaceHolding(team or namespace, prefix, overlays)
    return ClusterHolding(environment, data_center, name, instance, application, files, namespaces, identity)


def _overlay(application: str, value: str | dict[str, str]) -> OverlayHolding:
    fields = value if isinstance(value, dict) else {"holds": value}
    return OverlayHolding(fields.get("application", application), len(fields["holds"].split()), fields["holds"])


def _names(key: str) -> list[str]:
    match = _RANGE.fullmatch(key)
    return [f"{match[1]}{number}" for number in range(int(match[2]), int(match[3]) + 1)] if match else [key]


def _verdict_text(verdict: Verdict, day: int | None) -> str:
    lines = [] if day is None else [f"day {day}:"]
    lines += [f"{_state(verdict, drop)}: {drop}" for drop in verdict.drops] or ["nothing is deleted"]
    lines += [f"team {team} is held: {reason}" for team, held in verdict.held.items() for reason in held.reasons]
    lines += [f"expired: the tombstone for {tombstone}" for tombstone in verdict.expired]
    if day is not None:
        lines += [f"counts: {item.drop}, since {item.day}" for item in verdict.spent]
    return "".join(f"{line}\n" for line in lines)


def _state(verdict: Verdict, drop: object) -> str:
    held = [item for team in verdict.held.values() for item in team.drops]
    states = [
        name
        for name, drops in (("approved", verdict.approved), ("rejected", verdict.platform), ("held", held))
        if drop in drops
    ]
    assert len(states) <= 1, (drop, states)
    return states[0] if states else "deleted"
