"""Apply the deletion guard to a compile: decide which teams are held, and report why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.guard import Past, Verdict, holdings_of, judge, uncovered
from sixfold_compiler.inputs.tombstones import FILE
from sixfold_compiler.pipeline.baseline import holdings_of_previous, holdings_of_revision
from sixfold_compiler.pipeline.past import Memory, memory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sixfold_compiler.guard import Drop, Held, Holdings
    from sixfold_compiler.inputs.day import Day
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.model.tombstone import Deletions, Tombstone
    from sixfold_compiler.pipeline.assemble import Assembly
    from sixfold_compiler.tree.reader import Previous

__all__ = ["Judgment", "findings", "guard_compile", "judge_with_memory", "unknown_deletions", "with_caused_errors"]

SHOWN = 10  # drops that a help lists


@dataclass(frozen=True, slots=True)
class Judgment:
    """The guard's judgment of a compile.

    Teams in `held` keep their previous files. With `fatal`, nothing is written.
    """

    verdict: Verdict
    held: frozenset[str]
    fatal: bool
    diagnostics: tuple[Diagnostic, ...]


def guard_compile(options: Options, fleet: FleetInput, previous: Previous, tree: Assembly, day: Day) -> Judgment:
    """Judge the deletions of a compile against the previous tree, or against the tree in the git revision `against`.

    Returns an empty judgment if the guard is off or no cluster, instance or team differs from the previous tree.
    """
    if not options.guard or not (options.against or _differs(previous, tree)):
        return Judgment(Verdict(), frozenset(), fatal=False, diagnostics=())
    today = day.value
    if options.against:
        before = holdings_of_revision(options.out, options.against)
        same = []
    else:
        before = holdings_of_previous(previous, options.out)
        same = [key for key in before.clusters if tree.clusters.get(key) == previous.clusters[key]]
    return _judge(options, fleet, before, tree, today, same)


def _differs(previous: Previous, tree: Assembly) -> bool:
    """Return whether any cluster, Argo CD instance or team differs from the previous tree."""
    before = (previous.clusters, previous.argocd, previous.teams)
    return bool(previous.clusters) and before != (tree.clusters, tree.root.argocd, tree.root.teams)


def _judge(
    options: Options, fleet: FleetInput, before: Holdings, tree: Assembly, today: date, same: Collection[str]
) -> Judgment:
    """Judge the deletions that a new tree makes, and return the held teams and the findings.

    Args:
        options: The options of the compile.
        fleet: The fleet, with its tombstones and budgets.
        before: The holdings of the earlier tree.
        tree: The new tree.
        today: The day of the verdict.
        same: The keys of clusters whose inventories are equal in both trees.
    """
    known = {key: before.clusters[key] for key in same}
    after = holdings_of(tree.clusters, tree.root.teams, tree.root.argocd, known, tree.root.repository.url)
    tombstones, budgets = tuple(fleet.tombstones.entries), fleet.model.deletions
    place, revision = options.past or (options.out, options.against or "HEAD")
    now = () if options.past or options.against else (Past(today, before, tombstones, budgets),)
    verdict, unknown, memory = judge_with_memory(
        before,
        after,
        tombstones,
        budgets,
        today,
        lambda teams: memory_of(place, revision, teams, budgets.days, today, now),
    )
    problems = findings(verdict, after, fleet)
    problems += tuple(unknown_deletions(team, memory, fleet) for team in sorted(unknown))
    order = tuple(_out_of_order(fleet, before, after))
    fatal = bool(order) or any(problem.code in {"SF711", "SF722"} for problem in problems)
    return Judgment(verdict, frozenset(verdict.held) | unknown, fatal, (*problems, *order))


def judge_with_memory(
    before: Holdings,
    after: Holdings,
    tombstones: tuple[Tombstone, ...],
    budgets: Deletions,
    today: date,
    memory_for: Callable[[frozenset[str]], Memory],
) -> tuple[Verdict, frozenset[str], Memory]:
    """Judge deletions together with the earlier ones; return the teams as well whose earlier ones are unknown.

    `memory_for` returns the memory of some teams. Nobody asks it for teams that delete nothing, so that they need no
    history.
    """
    verdict = judge(before, after, tombstones, budgets, today)
    teams = frozenset(drop.team for drop in verdict.drops if drop.counts and drop not in verdict.approved)
    memory = memory_for(teams) if teams else Memory()
    if memory.spent:
        verdict = judge(before, after, tombstones, budgets, today, memory.spent)
    return verdict, frozenset() if memory.known else teams - verdict.held.keys(), memory


def findings(verdict: Verdict, after: Holdings, fleet: FleetInput | None = None) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a verdict (SF710, SF711, SF712 and SF722).

    Args:
        verdict: The guard's verdict.
        after: The holdings of the judged tree.
        fleet: The fleet of the tree. Without a fleet, the findings have no place in a file, and each held team gets an
            SF710.
    """
    file = f"{fleet.name}/{FILE}" if fleet else FILE
    fatal = bool(verdict.platform)
    problems: list[Diagnostic] = []
    span = Span(f"{fleet.name}/fleet.jsonnet") if fleet else None
    problems += [_moved(drop, span, file) for drop in verdict.platform if drop.leaves]
    if deleted := [drop for drop in verdict.platform if not drop.leaves]:
        problems.append(Diagnostic("SF711", _unapproved(deleted), span, _platform_help(deleted, file)))
    for team, held in verdict.held.items():
        by_fleet = fleet is not None and _by_fleet(held)
        fatal = fatal or by_fleet
        problems.append(
            Diagnostic(
                "SF711" if by_fleet else "SF710",
                _lead(team, held),
                fleet.span(("teams", team)) if fleet else None,
                _team_help(team, held, after, file),
                app="" if by_fleet or fleet is None else f"{team}/*",
            )
        )
    for tombstone in verdict.expired:
        problems.append(
            Diagnostic(
                "SF712",
                f"the tombstone for {tombstone} has expired, but a deletion still needs its approval",
                fleet.tombstones.span(tombstone) if fleet else None,
                "have it approved again with a later day, or restore what would be deleted",
                app="" if fatal or fleet is None or not tombstone.team else f"{tombstone.team}/*",
            )
        )
    return tuple(problems)


def with_caused_errors(
    judged: Judgment, without: Iterable[Diagnostic], still: Collection[Diagnostic]
) -> tuple[tuple[Diagnostic, ...], frozenset[str]]:
    """Add the errors that the deletions cause in other apps; return all findings, and the broken apps of held teams.

    Args:
        judged: The judgment, which holds some teams and is not fatal.
        without: The problems of the tree in which the deletions are made.
        still: The problems of the tree in which the held teams keep their files.
    """
    errors = [d for d in without if d.severity == "error" and d.app and d not in still]
    own = tuple(d for d in errors if d.app.partition("/")[0] in judged.held)
    # The apps of other teams compile as long as the team that they call is held back: they do not fail, but are named.
    others = [d for d in errors if d not in own and d.span is not None]
    labels = [replace(d.span, label=f"{d.app} needs what would be deleted: {d.message}") for d in others if d.span]
    named = tuple(
        replace(d, related=(*d.related, *labels[:SHOWN])) if d.code == "SF710" else d for d in judged.diagnostics
    )
    return (*named, *own), frozenset(d.app for d in own)


def unknown_deletions(team: str, memory: Memory, fleet: FleetInput | None = None) -> Diagnostic:
    """Build the SF723 of a team whose earlier deletions cannot be read."""
    if memory.cut is None:
        reason, hint = memory.problem, "make the repository readable for git (`git log` shows its error)"
    else:
        reason = f"this clone begins on {memory.cut}, and the deletions since {memory.since} count"
        hint = (
            f"fetch these commits and the one before: `git fetch --shallow-since={memory.since}T00:00:00Z` and then"
            " `git fetch --deepen=1`, or all with `git fetch --unshallow` (in CI, `fetch-depth: 0`)"
        )
    text = f"the deletions of team {team} cannot be added up: {reason}"
    span = fleet.span(("teams", team)) if fleet else None
    return Diagnostic("SF723", text, span, hint, app=f"{team}/*" if fleet else "")


def _by_fleet(held: Held) -> bool:
    """Return whether a change of the fleet deletes something of the team, so that the team has no old state to keep."""
    return any(drop.always or drop.kind in {"tenancy", "argocd"} for drop in held.drops)


def _moved(drop: Drop, span: Span | None, file: str) -> Diagnostic:
    """Build the SF722 of a cluster or a repository that becomes another one under the same name."""
    if drop.instance:
        names, what = f"instance: {drop.instance}", f"Argo CD instance {drop.instance} would read another repository"
    else:
        names = f"environment: {drop.environment}, dataCenter: {drop.data_center}, cluster: {drop.cluster}"
        what = f"{drop.cluster_key} would become another cluster"
    move = f"from: {{{_quoted(drop.leaves)}}}, to: {{{_quoted(drop.enters)}}}"
    entry = f"{{{names}, {move}, approvedBy: …, reason: …, until: …}}"
    hint = f"restore it, or approve the move with an entry in {file}: {entry}"
    return Diagnostic("SF722", f"{what}: {drop.leaves} -> {drop.enters}", span, hint)


def _quoted(identity: str) -> str:
    """Return an identity as the fields of a mapping in YAML."""
    fields = (part.partition(": ") for part in identity.split(", "))
    return ", ".join(f'{name}: "{value}"' for name, _, value in fields)


def _unapproved(drops: Sequence[Drop]) -> str:
    first, *others = drops
    return f"nobody approved the deletion of {first}" + (f" and {len(others):,} more" if others else "")


def _platform_help(drops: Sequence[Drop], file: str) -> str:
    approval = f"restore it, or approve the deletion in {file} (`sixfold retire cluster` writes the entry)"
    return "\n".join([approval, *(_listed(drops) if len(drops) > 1 else ())])


def _lead(team: str, held: Held) -> str:
    """Return the message about a held team, with the first reason that is not one of its deletions."""
    reasons = _reasons(held)
    if not reasons:
        what = f"{len(held.drops)} things" if len(held.drops) > 1 else str(held.drops[0])
        return f"team {team} would lose {what}, which only a tombstone can approve"
    others = f" (and {len(reasons) - 1} more reason{'s' if len(reasons) > 2 else ''})" if len(reasons) > 1 else ""
    return f"team {team} would lose too much: {reasons[0]}{others}"


def _reasons(held: Held) -> list[str]:
    alone = {uncovered(drop) for drop in held.drops}
    return [reason for reason in held.reasons if reason not in alone]


def _team_help(team: str, held: Held, after: Holdings, file: str) -> str:
    lead = "restore it, or approve the deletion:"
    approvals = _approvals(team, held, after, file)
    lines = [f"{lead} {approvals[0]}"] if len(approvals) == 1 else [lead, *_items(approvals)]
    reasons = _reasons(held)[1:]
    lines += [f"or wait until {held.until}: then earlier deletions no longer count"] if held.until else []
    lines += ["also too much:", *_items(reasons)] if reasons else []
    lines += _listed(held.drops)
    if held.earlier:
        past = [f"{item.drop} on {item.day}" for item in held.earlier]
        lines += [f"what was deleted already and still counts ({len(past):,}):", *_items(past)]
    return "\n".join(lines)


def _approvals(team: str, held: Held, after: Holdings, file: str) -> list[str]:
    """Return the commands that retire the deleted team or apps; for apps that stay with fewer objects, a tombstone."""
    if team not in after.units:
        return [f"`sixfold retire team {team} --reason … --until …`"]
    apps = sorted({drop.app for drop in held.drops if drop.app})
    remaining = {
        app
        for cluster in after.clusters.values()
        for namespace in cluster.namespaces.values()
        if namespace.team == team
        for app in namespace.apps
    }
    if apps and remaining.isdisjoint(apps) and not _by_fleet(held):
        return [f"`sixfold retire app {team}/{app} --reason … --until …`" for app in apps]
    scope = {"team": team} | ({"app": apps[0]} if len(apps) == 1 else {})
    kinds = {drop.object.partition("/")[0] for drop in held.drops}
    scope |= {"kind": kinds.pop()} if len(kinds) == 1 and "" not in kinds else {}
    fields = [f"{key}: {value}" for key, value in scope.items()]
    return [f"an entry in {file}: {{{', '.join(fields)}, approvedBy: …, reason: …, until: …}}"]


def _listed(drops: Sequence[Drop]) -> list[str]:
    return [f"what would be deleted ({len(drops):,}):", *_items(drops)]


def _items(items: Sequence[object]) -> list[str]:
    """Return one line for each of the first ten items, and one line with the number of the rest."""
    others = [f"  and {len(items) - SHOWN:,} more"] if len(items) > SHOWN else []
    return [*(f"  {item}" for item in items[:SHOWN]), *others]


def _out_of_order(fleet: FleetInput, before: Holdings, after: Holdings) -> Iterator[Diagnostic]:
    """Yield an SF713 for every cluster whose Secret would be deleted before its Applications."""
    secrets = _secrets(before) - _secrets(after)
    in_fleet = {str(target) for target, _ in fleet.targets()}
    for key, cluster in before.clusters.items():
        if key not in in_fleet and f"Secret/cluster-{cluster.environment}-{cluster.name}" in secrets:
            yield Diagnostic(
                "SF713",
                f"cluster {key} was removed from the fleet, but the tree still has its Applications",
                Span(f"{fleet.name}/fleet.jsonnet"),
                f"retire it first with `sixfold retire cluster {cluster.environment}/{cluster.name}`: otherwise Argo CD"
                " leaves on the cluster what the Applications deployed",
            )


def _secrets(holdings: Holdings) -> set[str]:
    held = (identities for files in holdings.argocd.values() for identities in files.values())
    return {item for identities in held for item in identities.split() if item.startswith("Secret/")}
