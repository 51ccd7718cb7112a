"""The deletion guard over one compile: who is held back, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.guard import Verdict, judge, of_inventories, uncovered
from sixfold_compiler.inputs.tombstones import FILE
from sixfold_compiler.pipeline.baseline import of_previous, of_revision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sixfold_compiler.guard import Drop, Held, Holdings
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.pipeline.assemble import Assembly
    from sixfold_compiler.tree.reader import Previous

__all__ = ["Deletions", "blamed", "deletions", "guard_compile", "told"]

SHOWN = 10  # things that a help lists


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
    verdict = judge(before, after, fleet.tombstones.entries, fleet.model.deletions, today)
    fatal = bool(verdict.platform) or any(_by_fleet(held) for held in verdict.held.values())
    problems = [*_platform(fleet, verdict), *_teams(fleet, verdict, after), *_expired(fleet, verdict, fatal=fatal)]
    order = list(_out_of_order(fleet, before, after))
    return Deletions(verdict, frozenset(verdict.held), fatal or bool(order), (*problems, *order))


def told(verdict: Verdict, after: Holdings) -> tuple[Diagnostic, ...]:
    """The same of a tree whose fleet is not at hand."""
    problems = []
    if verdict.platform:
        problems.append(Diagnostic("SF711", _unapproved(verdict), None, _platform_help(verdict, FILE)))
    for team, held in verdict.held.items():
        problems.append(Diagnostic("SF710", _lead(team, held), None, _team_help(team, held, after, FILE)))
    for stone in verdict.expired:
        text = f"the tombstone for {stone} has expired, and would be needed"
        problems.append(Diagnostic("SF712", text, None, "have it approved again with a later day"))
    return tuple(problems)


def blamed(
    made: Deletions, without: Iterable[Diagnostic], still: Collection[Diagnostic]
) -> tuple[tuple[Diagnostic, ...], frozenset[str]]:
    """The findings, with the errors of apps that come from what would vanish; and which apps of held teams have some.

    Args:
        made: The verdict, which holds back some teams and nothing else.
        without: What is wrong in the tree without what would vanish.
        still: What is wrong when the held teams stay as they were.
    """
    errors = [d for d in without if d.severity == "error" and d.app and d not in still]
    own = tuple(d for d in errors if d.app.partition("/")[0] in made.held)
    # Other teams' apps compile as long as what they call is held back: they are told of, and not failed.
    others = [d for d in errors if d not in own and d.span is not None]
    labels = [replace(d.span, label=f"{d.app} needs what would vanish: {d.message}") for d in others if d.span]
    found = tuple(
        replace(d, related=(*d.related, *labels[:SHOWN])) if d.code == "SF710" else d for d in made.diagnostics
    )
    return (*found, *own), frozenset(d.app for d in own)


def _by_fleet(held: Held) -> bool:
    """Whether it is the fleet that takes it away: then there is no old state of the team that could be kept."""
    return any(drop.always or drop.kind in {"tenancy", "argocd"} for drop in held.drops)


def _platform(fleet: FleetInput, verdict: Verdict) -> Iterator[Diagnostic]:
    if verdict.platform:
        span = Span(f"{fleet.name}/fleet.jsonnet")
        yield Diagnostic("SF711", _unapproved(verdict), span, _platform_help(verdict, f"{fleet.name}/{FILE}"))


def _teams(fleet: FleetInput, verdict: Verdict, after: Holdings) -> Iterator[Diagnostic]:
    for team, held in verdict.held.items():
        by_fleet = _by_fleet(held)
        yield Diagnostic(
            "SF711" if by_fleet else "SF710",
            _lead(team, held),
            fleet.span(("teams", team)),
            _team_help(team, held, after, f"{fleet.name}/{FILE}"),
            app="" if by_fleet else f"{team}/*",
        )


def _unapproved(verdict: Verdict) -> str:
    first, *rest = verdict.platform
    return f"nobody approved that this vanishes: {first}" + (f" and {len(rest):,} more" if rest else "")


def _platform_help(verdict: Verdict, file: str) -> str:
    approval = f"put it back, or approve it in {file} (`sixfold retire cluster` writes the entry)"
    return "\n".join([approval, *(_vanishing(verdict.platform) if len(verdict.platform) > 1 else ())])


def _lead(team: str, held: Held) -> str:
    """In one line why it is too much: the first reason, but for those that only repeat one of the things."""
    reasons = _reasons(held)
    if not reasons:
        what = f"{len(held.drops)} things" if len(held.drops) > 1 else str(held.drops[0])
        return f"team {team} would lose what no budget covers: {what}"
    more = f" (and {len(reasons) - 1} more reason{'s' if len(reasons) > 2 else ''})" if len(reasons) > 1 else ""
    return f"team {team} would lose too much: {reasons[0]}{more}"


def _reasons(held: Held) -> list[str]:
    alone = {uncovered(drop) for drop in held.drops}
    return [reason for reason in held.reasons if reason not in alone]


def _team_help(team: str, held: Held, after: Holdings, file: str) -> str:
    ways = _approval(team, held, after, file)
    one = len(ways) == 1
    lines = [f"put it back, or approve it: {ways[0]}"] if one else ["put it back, or approve it:", *_items(ways)]
    more = _reasons(held)[1:]
    lines += ["also too much:", *_items(more)] if more else []
    return "\n".join([*lines, *_vanishing(held.drops)])


def _approval(team: str, held: Held, after: Holdings, file: str) -> list[str]:
    """How it is approved: by the command that retires what is gone, or by an entry for what stays with less."""
    if team not in after.units:
        return [f"`sixfold retire team {team} --reason … --until …`"]
    apps = sorted({drop.app for drop in held.drops if drop.app})
    left = {
        app
        for cluster in after.clusters.values()
        for namespace in cluster.namespaces.values()
        if namespace.team == team
        for app in namespace.apps
    }
    if apps and left.isdisjoint(apps) and not _by_fleet(held):
        return [f"`sixfold retire app {team}/{app} --reason … --until …`" for app in apps]
    scope = {"team": team} | ({"app": apps[0]} if len(apps) == 1 else {})
    kinds = {drop.object.partition("/")[0] for drop in held.drops}
    scope |= {"kind": kinds.pop()} if len(kinds) == 1 and "" not in kinds else {}
    fields = [f"{key}: {value}" for key, value in scope.items()]
    return [f"an entry in {file}: {{{', '.join(fields)}, approvedBy: …, reason: …, until: …}}"]


def _vanishing(drops: Sequence[Drop]) -> list[str]:
    return [f"what would vanish ({len(drops):,}):", *_items(drops)]


def _items(found: Sequence[object]) -> list[str]:
    """One a line, ten at most."""
    more = [f"  and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
    return [*(f"  {one}" for one in found[:SHOWN]), *more]


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


def guard_compile(options: Options, fleet: FleetInput, previous: Previous, tree: Assembly) -> Deletions:
    """What the compile would take away from the tree as it is, or as it was in a revision."""
    if not options.guard or not (options.against or _differs(previous, tree)):
        return Deletions(Verdict(), frozenset(), fatal=False, diagnostics=())
    today = options.today or datetime.now(UTC).date()
    if options.against:
        return deletions(fleet, of_revision(options.out, options.against), tree, today)
    before = of_previous(previous)
    same = [key for key in before.clusters if tree.clusters.get(key) == previous.clusters[key]]
    return deletions(fleet, before, tree, today, same)


def _differs(previous: Previous, tree: Assembly) -> bool:
    """Whether anything that could be lost is not as it was; most runs change a few files or none."""
    parts = ("argocd", "teams")
    same = previous.clusters == tree.clusters and all(previous.root.get(part) == tree.root[part] for part in parts)
    return bool(previous.clusters) and not same
