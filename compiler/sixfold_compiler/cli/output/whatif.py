"""What `sixfold whatif` tells: tables for people, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sixfold_compiler.cli.output.tables import amount_json, change, cores, memory, share, table, text
from sixfold_compiler.diagnostics import counted, printable
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif.losses import WORDS, broken_apps, broken_without_loss
from sixfold_compiler.whatif.outcome import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.whatif import Broken, ClusterLoad, Loss, Outcome, TeamLoad

__all__ = ["as_json", "as_text", "every_json", "every_text"]

TIERS = ("P0", "P1", "P2")
SAMPLE = 200  # rows before the rest is counted
_REASONS = WORDS | {"fixed": "over a fixed number of replicas (its pods carry more each)", "stopped": "stopped"}


def as_text(outcome: Outcome) -> str:
    """Clusters, who gives way, teams that are not carried whole, apps that stop, and a sentence that sums it up."""
    shown = _shown(outcome)
    parts = [_clusters({t: load for t, load in outcome.clusters.items() if t in shown})]
    if (hidden := len(outcome.clusters) - len(shown)) > 0:
        parts.append(f"{counted(hidden, 'cluster')} of data centers where nothing changes left out.\n")
    if gives := _preempted(outcome):
        parts.append("Who gives way, lower tiers first; which pods it hits is the scheduler's choice:\n" + gives)
    if short := [team for team in outcome.teams() if team.refused]:
        parts.append("Teams that are asked for more than their pods are sized for:\n" + _teams(short))
    if stops := list(outcome.stops()):
        rows = table("where", "app", "tier", "ran on", "pods", "what it takes")
        for cell, stop in stops[:SAMPLE]:
            takes = "its data is there: restore it elsewhere, or wait" if stop.claims else "another home in the lock"
            rows.add_row(str(cell), f"{stop.team}/{stop.app}", stop.tier, stop.cluster, _pods(stop.pods), takes)
        more = f"and {len(stops) - SAMPLE:,} more\n" if len(stops) > SAMPLE else ""
        parts.append("Apps that stop:\n" + text(rows) + more)
    parts.append(_verdict(outcome))
    return printable("\n".join(parts), keep="\n")


def every_text(losses: Sequence[Loss], at: str = "") -> str:
    """A row for each loss: the fullest cluster left, what does not fit by tier, what stops, P0 apps that it breaks."""
    rows = table("lost", "fullest after", "preempted", "no room", "over maximum or quota", "apps stop", "P0 broken")
    for loss in losses:
        outcome, cells = loss.outcome, {t.cell for t in loss.outcome.scenario.lost}
        reached = {cell.environment for cell in cells}
        near = {t: load for t, load in outcome.clusters.items() if not load.lost and t.environment in reached}
        here = {t: c for t, c in near.items() if t.cell in cells} or near
        top = max(here, key=lambda t: (here[t].fullness(), str(t)), default=None)
        rows.add_row(
            loss.name,
            f"{top.cluster} {here[top].fullness():.0%}" if top else "nothing is left",
            *(_by_tier(near.values(), which) for which in ("preempted", "pending", "over")),
            str(sum(1 for cell, _ in outcome.stops() if cell in cells) or "-"),
            ", ".join(dict.fromkeys(f"{b.team}/{b.app}" for b in loss.caused)) or "-",
        )
    bad = [loss.name for loss in losses if loss.caused]
    told = f"{len(bad)} of {counted(len(losses), 'loss', 'losses')} break a P0: {', '.join(bad)}.\n" if bad else (
        f"None of {counted(len(losses), 'loss', 'losses')} breaks a P0.\n"
    )  # fmt: skip
    if before := broken_without_loss(losses, at):
        apps = ", ".join(dict.fromkeys(f"{b.team}/{b.app}" for b in before))
        told += f"P0 that is broken without any of them: {apps}.\n"
    return printable(text(rows) + "\n" + told, keep="\n")


def as_json(outcome: Outcome) -> str:
    """The outcome for machines."""
    return json.dumps(_outcome(outcome), indent=2) + "\n"


def every_json(losses: Sequence[Loss], problems: Iterable[Diagnostic], at: str = "") -> str:
    """Every loss for machines, with what it breaks, and the clusters of its data center after it.

    `brokenWithout` is what is broken without any of them.
    """
    value = {
        "losses": [
            {
                "lost": loss.name,
                "breaks": _breaks(loss.caused),
                "clusters": {
                    str(t): _cluster(load)
                    for t, load in loss.outcome.clusters.items()
                    if t.cell in {x.cell for x in loss.outcome.scenario.lost}
                },
            }
            for loss in losses
        ],
        "brokenWithout": _breaks(broken_without_loss(losses, at)),
        "diagnostics": [{"code": d.code, "severity": d.severity, "message": d.message, "at": str(d.span or "")}
                        for d in problems],
    }  # fmt: skip
    return json.dumps(value, indent=2) + "\n"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    scenario = outcome.scenario
    return {
        "lost": sorted(map(str, scenario.lost)),
        "load": float(scenario.load),
        "teamLoads": {team: float(factor) for team, factor in sorted(scenario.teams.items())},
        "clusters": {str(target): _cluster(load) for target, load in outcome.clusters.items()},
        "teams": [
            {
                "at": str(t.cell),
                "team": t.team,
                "tier": t.tier,
                "before": amount_json(t.before),
                "asked": amount_json(t.asked),
                "running": amount_json(t.running),
                "pods": float(t.pods),
                "notCarried": {reason: float(amount) for reason, amount in t.refused.items()},
            }
            for t in outcome.teams()
        ],
        "stops": [
            {"at": str(cell), "app": f"{s.team}/{s.app}", "tier": s.tier, "cluster": s.cluster, "pods": float(s.pods),
             "claims": s.claims}
            for cell, s in outcome.stops()
        ],
        "breaks": _breaks(broken_apps(outcome)),
    }  # fmt: skip


def _breaks(found: Iterable[Broken]) -> list[dict[str, Any]]:
    return [
        {
            "at": str(b.cell),
            "app": f"{b.team}/{b.app}",
            "pods": float(b.pods),
            "notCarried": {reason: float(amount) for reason, amount in b.refused.items()},
        }
        for b in found
    ]


def _cluster(load: ClusterLoad) -> dict[str, Any]:
    names = ("before", "after", "preempted", "pending", "over", "fixed")
    return {
        "lost": load.lost,
        "capacity": amount_json(load.capacity),
        "room": amount_json(load.room),
        **{n: {tier: amount_json(a) for tier, a in getattr(load, n).items()} for n in names},
    }


def _shown(outcome: Outcome) -> set[Any]:
    """The clusters of data centers where something changes; all of them where nothing does."""
    changed = outcome.changed
    return {t for t in outcome.clusters if t.cell in changed or not changed}


def _clusters(loads: Mapping[Any, ClusterLoad]) -> str:
    rows = table("cluster", "fullest", "cores", "memory", "pods", *TIERS, "does not fit")
    for target, load in loads.items():
        before, after, has = load.total("before"), load.total("after"), load.capacity
        state = "lost" if load.lost else f"{load.fullness():.0%}"
        rows.add_row(
            str(target),
            change(f"{load.fullness('before'):.0%}", state),
            change(cores(before), cores(after)) + f" of {cores(has)}",
            change(memory(before), memory(after)) + f" of {memory(has)}",
            change(f"{before.pods:,}", f"{after.pods:,}") + f" of {has.pods:,}",
            *(_share(load, tier) for tier in TIERS),
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
    rows = table("cluster", "tier", "gives up", "of", "teams, by cores")
    count = 0
    for cell, center in outcome.cells.items():
        groups: dict[tuple[str, str], dict[str, list[Any]]] = {}
        for piece in center.pieces:
            if piece.preempted:
                groups.setdefault((piece.cluster, piece.tier), {}).setdefault(piece.team, []).append(piece)
        for (cluster, tier), teams in sorted(groups.items()):
            sums = {
                team: sum(float(p.preempted) * p.pod.cpu / 1000 for p in own) for team, own in sorted(teams.items())
            }
            whole = sum(float(min(p.admitted, p.before)) * p.pod.cpu / 1000 for own in teams.values() for p in own)
            names = sorted(sums, key=lambda team: (-sums[team], team))
            told = ", ".join(f"{team} {sums[team]:,.0f}" for team in names[:8])
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            total = sum(sums.values())
            part = f" ({total / whole:.0%})" if whole else ""
            rows.add_row(f"{cell}/{cluster}", tier, f"{total:,.0f} cores{part}", f"{whole:,.0f}", told + more)
            count += 1
    return text(rows) if count else ""


def _teams(loads: Sequence[TeamLoad]) -> str:
    rows = table("where", "team", "tier", "cores asked", "runs", "over, in pods' worth")
    for load in loads[:SAMPLE]:
        why = "; ".join(f"{_pods(load.refused[r])} {_REASONS[r]}" for r in (*REASONS, "stopped") if r in load.refused)
        rows.add_row(str(load.cell), load.team, load.tier, change(cores(load.before), cores(load.asked)),
                     cores(load.running), why)  # fmt: skip
    more = f"and {len(loads) - SAMPLE:,} more\n" if len(loads) > SAMPLE else ""
    return text(rows) + more


def _verdict(outcome: Outcome) -> str:
    found = list(broken_apps(outcome))
    if not found:
        return "Every P0 is carried whole.\n"
    lines = [
        f"  {b.cell} {b.team}/{b.app}: {_pods(sum(b.refused.values(), b.pods * 0))} of {_pods(b.pods)} pods' worth: "
        + ", ".join(f"{_pods(amount)} {WORDS[reason]}" for reason, amount in b.refused.items())
        for b in found
    ]
    return "P0 that is not carried whole:\n" + "\n".join(lines) + "\n"


def _by_tier(loads: Iterable[ClusterLoad], which: str) -> str:
    sums: dict[str, Resources] = {}
    for load in loads:
        for tier, amount in getattr(load, which).items():
            sums[tier] = sums.get(tier, Resources()) + amount
    return "; ".join(f"{tier} {cores(a)} cores" for tier, a in sorted(sums.items())) or "-"


def _share(load: ClusterLoad, tier: str) -> str:
    return change(*(share(amounts.get(tier), load.capacity) for amounts in (load.before, load.after)))


def _pods(amount: Fraction) -> str:
    return f"{float(amount):,.0f}" if amount.denominator == 1 or amount >= 100 else f"{float(amount):,.1f}"
