"""Output of `sixfold whatif`: text tables or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.cli.output.tables import (
    MAX_ROWS,
    amount_json,
    change,
    cores,
    document,
    memory,
    remainder,
    share,
    table,
    text,
)
from sixfold_compiler.diagnostics import counted, listed, printable
from sixfold_compiler.diagnostics.render.json import record_of
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif.losses import WORDS, broken_apps, broken_without_loss
from sixfold_compiler.whatif.outcome import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from sixfold_compiler.diagnostics import Diagnostic, Json
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.whatif import Broken, ClusterLoad, Loss, Outcome, TeamLoad
    from sixfold_compiler.whatif.outcome import Piece

__all__ = ["as_json", "as_text", "every_json", "every_text"]

NAMED = 8  # evicted teams that a row names
_REASONS = WORDS | {"fixed": "over a fixed number of replicas (its pods carry more each)", "stopped": "stopped"}


def as_text(outcome: Outcome) -> str:
    """Return an outcome as text: clusters, evicted pods, overloaded teams, apps that stop, and broken P0 apps."""
    shown = _shown(outcome)
    parts = [_clusters({t: load for t, load in outcome.clusters.items() if t in shown})]
    if (hidden := len(outcome.clusters) - len(shown)) > 0:
        parts.append(f"{counted(hidden, 'cluster')} of data centers where nothing changes left out.\n")
    if evicted := _preempted(outcome):
        parts.append("Evicted pods, lower tiers first; the scheduler chooses which ones:\n" + evicted)
    if overloaded := [team for team in outcome.teams() if team.refused]:
        parts.append("Teams with more load than their pods are sized for:\n" + _teams(overloaded))
    if any(True for _ in outcome.stops()):
        parts.append("Apps that stop:\n" + _stops(outcome))
    parts.append(_broken(outcome))
    return printable("\n".join(parts), keep="\n")


def every_text(losses: Sequence[Loss], at: str = "") -> str:
    """Return a table with one row for each loss: the fullest cluster, pods without room, apps that stop or break.

    Args:
        losses: The simulated losses, each with its outcome.
        at: The environment or data center (`env[/dc]`) whose broken apps are reported; empty: all.
    """
    rows = table("lost", "fullest after", "preempted", "no room", "over maximum or quota", "apps stop", "P0 broken")
    for loss in losses:
        outcome, cells = loss.outcome, {t.cell for t in loss.outcome.scenario.lost}
        environments = {cell.environment for cell in cells}
        reached = {t: load for t, load in outcome.clusters.items() if not load.lost and t.environment in environments}
        left = {t: load for t, load in reached.items() if t.cell in cells} or reached
        top = max(left, key=lambda t: (left[t].fullness(), str(t)), default=None)
        rows.add_row(
            loss.name,
            f"{top.cluster} {left[top].fullness():.0%}" if top else "nothing is left",
            _by_tier(load.preempted for load in reached.values()),
            _by_tier(load.pending for load in reached.values()),
            _by_tier(load.over for load in reached.values()),
            str(sum(1 for cell, _ in outcome.stops() if cell in cells) or "-"),
            ", ".join(dict.fromkeys(f"{b.team}/{b.app}" for b in loss.caused)) or "-",
        )
    number = counted(len(losses), "loss", "losses")
    bad = [loss.name for loss in losses if loss.caused]
    summary = f"{len(bad)} of {number} break a P0: {', '.join(bad)}.\n" if bad else f"None of {number} breaks a P0.\n"
    if before := broken_without_loss(losses, at):
        apps = ", ".join(dict.fromkeys(f"{b.team}/{b.app}" for b in before))
        summary += f"P0 that is broken without any of them: {apps}.\n"
    return printable(text(rows) + "\n" + summary, keep="\n")


def as_json(outcome: Outcome) -> str:
    """Return an outcome as JSON."""
    scenario = outcome.scenario
    return document(
        {
            "lost": sorted(map(str, scenario.lost)),
            "load": float(scenario.load),
            "teamLoads": {team: float(factor) for team, factor in sorted(scenario.teams.items())},
            "clusters": {str(target): _cluster(load) for target, load in outcome.clusters.items()},
            "teams": [_team(load) for load in outcome.teams()],
            "stops": [
                {
                    "at": str(cell),
                    "app": f"{stop.team}/{stop.app}",
                    "tier": stop.tier,
                    "cluster": stop.cluster,
                    "pods": float(stop.pods),
                    "claims": stop.claims,
                }
                for cell, stop in outcome.stops()
            ],
            "breaks": _breaks(broken_apps(outcome)),
        }
    )


def every_json(losses: Sequence[Loss], problems: Iterable[Diagnostic], at: str = "") -> str:
    """Return the losses as JSON: the apps that each breaks, and the loads of the clusters in its data centers.

    Args:
        losses: The simulated losses, each with its outcome.
        problems: The findings.
        at: The environment or data center (`env[/dc]`) to which `brokenWithout` is limited, the apps that are broken
            even without a loss; empty: all.
    """
    return document(
        {
            "losses": [
                {
                    "lost": loss.name,
                    "breaks": _breaks(loss.caused),
                    "clusters": {
                        str(t): _cluster(load)
                        for t, load in loss.outcome.clusters.items()
                        if t.cell in {lost.cell for lost in loss.outcome.scenario.lost}
                    },
                }
                for loss in losses
            ],
            "brokenWithout": _breaks(broken_without_loss(losses, at)),
            "diagnostics": [record_of(problem) for problem in problems],
        }
    )


def _shown(outcome: Outcome) -> set[Target]:
    """Return the clusters of the data centers in which something changes; all clusters if nothing changes."""
    changed = outcome.changed
    return {t for t in outcome.clusters if t.cell in changed or not changed}


def _clusters(loads: Mapping[Target, ClusterLoad]) -> str:
    rows = table("cluster", "fullest", "cores", "memory", "pods", *TIERS, "does not fit")
    for target, load in loads.items():
        before, after, capacity = load.total("before"), load.total("after"), load.capacity
        state = "lost" if load.lost else f"{load.fullness():.0%}"
        rows.add_row(
            str(target),
            change(f"{load.fullness('before'):.0%}", state),
            change(cores(before), cores(after)) + f" of {cores(capacity)}",
            change(memory(before), memory(after)) + f" of {memory(capacity)}",
            change(f"{before.pods:,}", f"{after.pods:,}") + f" of {capacity.pods:,}",
            *(change(share(load.before.get(tier), capacity), share(load.after.get(tier), capacity)) for tier in TIERS),
            _unfit(load),
        )
    return text(rows)


def _unfit(load: ClusterLoad) -> str:
    parts = []
    for tier in TIERS:
        amount = load.preempted.get(tier, Resources()) + load.pending.get(tier, Resources())
        if amount.pods:
            parts.append(f"{tier}: {cores(amount)} cores, {memory(amount)}, {amount.pods:,} pods")
    return "; ".join(parts) or "-"


def _preempted(outcome: Outcome) -> str:
    """Return the evicted cores by cluster and tier, with the teams that lose most; empty if no pod is evicted."""
    rows = table("cluster", "tier", "evicted", "of", "teams, by cores")
    for cell, center in outcome.cells.items():
        groups: dict[tuple[str, str], dict[str, list[Piece]]] = {}
        for piece in center.pieces:
            if piece.preempted:
                groups.setdefault((piece.cluster, piece.tier), {}).setdefault(piece.team, []).append(piece)
        for (cluster, tier), teams in sorted(groups.items()):
            sums = {
                team: sum(float(p.preempted) * p.pod.cpu / 1000 for p in own) for team, own in sorted(teams.items())
            }
            ran = sum(float(min(p.admitted, p.before)) * p.pod.cpu / 1000 for own in teams.values() for p in own)
            evicted = sum(sums.values())
            part = f" ({evicted / ran:.0%})" if ran else ""
            largest = sorted(sums, key=lambda team: (-sums[team], team))
            names = listed((f"{team} {sums[team]:,.0f}" for team in largest), NAMED)
            rows.add_row(f"{cell}/{cluster}", tier, f"{evicted:,.0f} cores{part}", f"{ran:,.0f}", names)
    return text(rows) if rows.row_count else ""


def _teams(loads: Sequence[TeamLoad]) -> str:
    rows = table("where", "team", "tier", "cores asked", "runs", "over, in pods' worth")
    for load in loads[:MAX_ROWS]:
        why = "; ".join(f"{_pods(load.refused[r])} {_REASONS[r]}" for r in (*REASONS, "stopped") if r in load.refused)
        asked = change(cores(load.before), cores(load.asked))
        rows.add_row(str(load.cell), load.team, load.tier, asked, cores(load.running), why)
    return text(rows) + remainder(len(loads))


def _stops(outcome: Outcome) -> str:
    rows = table("where", "app", "tier", "ran on", "pods", "fix")
    stops = list(outcome.stops())
    for cell, stop in stops[:MAX_ROWS]:
        fix = "its data is there: restore it elsewhere, or wait" if stop.claims else "another home in the lock"
        rows.add_row(str(cell), f"{stop.team}/{stop.app}", stop.tier, stop.cluster, _pods(stop.pods), fix)
    return text(rows) + remainder(len(stops))


def _broken(outcome: Outcome) -> str:
    apps = list(broken_apps(outcome))
    if not apps:
        return "All load of P0 is carried.\n"
    lines = [
        f"  {b.cell} {b.team}/{b.app}: {_pods(b.missing)} of {_pods(b.pods)} pods' worth: "
        + ", ".join(f"{_pods(amount)} {WORDS[reason]}" for reason, amount in b.refused.items())
        for b in apps
    ]
    return "P0 with load that is not carried:\n" + "\n".join(lines) + "\n"


def _by_tier(amounts: Iterable[Mapping[str, Resources]]) -> str:
    sums: dict[str, Resources] = {}
    for tiers in amounts:
        for tier, amount in tiers.items():
            sums[tier] = sums.get(tier, Resources()) + amount
    return "; ".join(f"{tier} {cores(amount)} cores" for tier, amount in sorted(sums.items())) or "-"


def _pods(amount: Fraction) -> str:
    return f"{float(amount):,.0f}" if amount.denominator == 1 or amount >= 100 else f"{float(amount):,.1f}"


def _cluster(load: ClusterLoad) -> dict[str, Json]:
    amounts = {
        "before": load.before,
        "after": load.after,
        "preempted": load.preempted,
        "pending": load.pending,
        "over": load.over,
        "fixed": load.fixed,
    }
    return {
        "lost": load.lost,
        "capacity": amount_json(load.capacity),
        "room": amount_json(load.room),
        **{name: {tier: amount_json(amount) for tier, amount in tiers.items()} for name, tiers in amounts.items()},
    }


def _team(load: TeamLoad) -> dict[str, Json]:
    return {
        "at": str(load.cell),
        "team": load.team,
        "tier": load.tier,
        "before": amount_json(load.before),
        "asked": amount_json(load.asked),
        "running": amount_json(load.running),
        "pods": float(load.pods),
        "notCarried": {reason: float(amount) for reason, amount in load.refused.items()},
    }


def _breaks(apps: Iterable[Broken]) -> list[Json]:
    return [
        {
            "at": str(b.cell),
            "app": f"{b.team}/{b.app}",
            "pods": float(b.pods),
            "notCarried": {reason: float(amount) for reason, amount in b.refused.items()},
        }
        for b in apps
    ]
