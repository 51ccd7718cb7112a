"""The deletion guard over one compile: who is held back, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic, Span
from compiler.guard import Verdict, judge, of_inventories
from compiler.tombstones import FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from compiler.assemble import Assembly
    from compiler.fleet import FleetInput
    from compiler.guard import Drop, Held, Holdings

__all__ = ["Deletions", "deletions", "told"]

SHOWN = 10  # drops that a message lists


@dataclass(frozen=True, slots=True)
class Deletions:
    """What a compile would take away. `held` teams stay as they were; with `fatal`, nothing is written."""

    verdict: Verdict
    held: frozenset[str]
    fatal: bool
    diagnostics: tuple[Diagnostic, ...]


def deletions(
    fleet: FleetInput, before: Holdings, tree: Assembly, today: date, same: Collection[str] = ()
) -> Deletions:
    """The verdict over `tree`, compared with `before`, on a day (UTC); clusters that are the `same` need no look."""
    after = of_inventories(tree.root, tree.clusters, {key: before.clusters[key] for key in same})
    verdict = judge(before, after, fleet.tombstones.entries, fleet.fleet.deletions, today)
    fatal = bool(verdict.platform) or any(_by_fleet(held) for held in verdict.held.values())
    problems = [*_platform(fleet, verdict), *_teams(fleet, verdict, after), *_expired(fleet, verdict, fatal=fatal)]
    order = list(_out_of_order(fleet, before, after))
    return Deletions(verdict, frozenset(verdict.held), fatal or bool(order), (*problems, *order))


def told(verdict: Verdict, after: Holdings) -> tuple[Diagnostic, ...]:
    """The same of a tree whose fleet is not at hand."""
    problems = []
    if verdict.platform:
        text = f"nobody approved that these vanish: {_listed(verdict.platform)}"
        problems.append(Diagnostic("SF711", text, None, f"put them back, or approve it in {FILE}"))
    for team, held in verdict.held.items():
        text = (
            f"team {team} would lose too much: {'; '.join(held.reasons[:SHOWN])}; these vanish: {_listed(held.drops)}"
        )
        hint = f"put it back, or approve it: {_approval(team, held, after, FILE)}"
        problems.append(Diagnostic("SF710", text, None, hint))
    for stone in verdict.expired:
        text = f"the tombstone for {stone} has expired, and would be needed"
        problems.append(Diagnostic("SF712", text, None, "have it approved again with a later day"))
    return tuple(problems)


def _by_fleet(held: Held) -> bool:
    """Whether it is the fleet that takes it away: then there is no old state of the team that could be kept."""
    return any(drop.always or drop.kind in {"tenancy", "argocd"} for drop in held.drops)


def _platform(fleet: FleetInput, verdict: Verdict) -> Iterator[Diagnostic]:
    if verdict.platform:
        yield Diagnostic(
            "SF711",
            f"nobody approved that these vanish: {_listed(verdict.platform)}",
            Span(f"{fleet.name}/fleet.jsonnet"),
            f"put them back, or approve it in {fleet.name}/{FILE} (`sixfold retire cluster` writes the entry)",
        )


def _teams(fleet: FleetInput, verdict: Verdict, after: Holdings) -> Iterator[Diagnostic]:
    for team, held in verdict.held.items():
        by_fleet = _by_fleet(held)
        yield Diagnostic(
            "SF711" if by_fleet else "SF710",
            f"team {team} would lose too much: {'; '.join(held.reasons[:SHOWN])}; these vanish: {_listed(held.drops)}",
            fleet.span(("teams", team)),
            f"put it back, or approve it: {_approval(team, held, after, f'{fleet.name}/{FILE}')}",
            app="" if by_fleet else f"{team}/*",
        )


def _approval(team: str, held: Held, after: Holdings, file: str) -> str:
    """How it is approved: by the command that retires what is gone, or by an entry for what stays with less."""
    apps = sorted({drop.app for drop in held.drops if drop.app})
    left = {
        app
        for cluster in after.clusters.values()
        for namespace in cluster.namespaces.values()
        if namespace.team == team
        for app in namespace.apps
    }
    if not left:
        return f"`sixfold retire team {team} --reason … --until …`, or an entry for it in {file}"
    gone = [app for app in apps if app not in left]
    if gone and len(gone) == len(apps):
        return "; ".join(f"`sixfold retire app {team}/{app} --reason … --until …`" for app in gone[:SHOWN])
    scope = {"team": team} | ({"app": apps[0]} if len(apps) == 1 else {})
    kinds = {drop.object.partition("/")[0] for drop in held.drops}
    scope |= {"kind": kinds.pop()} if len(kinds) == 1 and "" not in kinds else {}
    fields = [f"{key}: {value}" for key, value in scope.items()]
    return f"an entry in {file}: {{{', '.join(fields)}, approvedBy: …, reason: …, until: …}}"


def _expired(fleet: FleetInput, verdict: Verdict, *, fatal: bool) -> Iterator[Diagnostic]:
    for stone in verdict.expired:
        yield Diagnostic(
            "SF712",
            f"the tombstone for {stone} has expired, and would be needed",
            fleet.tombstones.span(stone),
            "have it approved again with a later day, or put back what would vanish",
            app="" if fatal or not stone.team else f"{stone.team}/*",
        )


def _out_of_order(fleet: FleetInput, before: Holdings, after: Holdings) -> Iterator[Diagnostic]:
    """Clusters whose Secret would go while Argo CD still has their Applications."""
    secrets = _secrets(before) - _secrets(after)
    known = {str(target) for target, _ in fleet.targets()}
    for key, cluster in before.clusters.items():
        if key not in known and f"Secret/cluster-{cluster.environment}-{cluster.name}" in secrets:
            yield Diagnostic(
                "SF713",
                f"cluster {key} leaves the fleet while the tree still has its Applications",
                Span(f"{fleet.name}/fleet.jsonnet"),
                "without its Secret, Argo CD drops the Applications and leaves what they deployed: set its state to"
                f" retired first (`sixfold retire cluster {cluster.environment}/{cluster.name}`)",
            )


def _secrets(holdings: Holdings) -> set[str]:
    files: list[Mapping[str, str]] = list(holdings.argocd.values())
    return {item for one in files for held in one.values() for item in held.split() if item.startswith("Secret/")}


def _listed(found: tuple[Drop, ...]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(str(drop) for drop in found[:SHOWN]) + more
