"""What `sixfold place` tells: the plan as tables for people or as JSON, and the reasons for one team."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sixfold_compiler.cli.output.tables import amount_json, change, cores, memory, share, table, text
from sixfold_compiler.diagnostics import counted, printable
from sixfold_compiler.placement.reasons import explain_team

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sixfold_compiler.placement import Host, Move, Utilization
    from sixfold_compiler.placement.place import PlacementInputs, PlacementPlan
    from sixfold_compiler.placement.reasons import Eligibility

__all__ = ["as_json", "as_text", "explained", "hosts_text", "load_json", "move_json"]

SAMPLE = 200  # rows of moves before the rest is counted


def as_text(made: PlacementPlan) -> str:
    """The plan as two tables: who moves and why, and the load of every cluster before and after."""
    proposal = made.proposal
    parts = []
    if proposal.moves:
        moves = table("where", "team", "from", "to", "why")
        for move in proposal.moves[:SAMPLE]:
            moves.add_row(str(move.cell), move.team, hosts_text(move.before), _after(move), move.why)
        parts.append(text(moves))
        if len(proposal.moves) > SAMPLE:
            parts.append(f"and {len(proposal.moves) - SAMPLE:,} more\n")
    loads = table("cluster", "teams", "cores", "memory", "pods", "fullest", "P0", "P1", "P2")
    for target, after in proposal.after.items():
        before = proposal.before[target]
        loads.add_row(
            str(target),
            change(f"{before.namespaces}", f"{after.namespaces}"),
            change(cores(before.total), cores(after.total)) + f" of {cores(after.room)}",
            change(memory(before.total), memory(after.total)) + f" of {memory(after.room)}",
            change(f"{before.total.pods:,}", f"{after.total.pods:,}") + f" of {after.room.pods:,}",
            change(_percent(before), _percent(after)),
            *(share(after.used.get(tier), after.capacity) for tier in ("P0", "P1", "P2")),
        )
    parts.append(text(loads))
    parts += [f"standby cluster {c} comes into use: {t} fits on no active one\n" for c, t in proposal.standby.items()]
    created = sum(len(m.added) for m in proposal.moves if m.before)
    new = sum(1 for m in proposal.moves if not m.before and m.after)
    told = f"{counted(created, 'namespace')} moved or added for teams placed before"
    parts.append(f"{told}; {counted(new, 'placement')} new.\n")
    return printable("\n".join(parts), keep="\n")


def as_json(made: PlacementPlan) -> str:
    """The plan for machines: moves, loads, and whether the lock is current and can be written."""
    proposal = made.proposal
    value = {
        "current": made.current,
        "broken": list(made.inputs.broken),
        "failed": proposal.failed,
        "moves": [move_json(m) for m in proposal.moves],
        "standby": dict(proposal.standby),
        "clusters": {
            str(target): {"before": load_json(proposal.before[target]), "after": load_json(after)}
            for target, after in proposal.after.items()
        },
        "diagnostics": [{"code": d.code, "severity": d.severity, "message": d.message, "at": str(d.span or "")}
                        for d in made.diagnostics],
    }  # fmt: skip
    return json.dumps(value, indent=2) + "\n"


def explained(inputs: PlacementInputs, team: str, today: date, at: str, output: str) -> str:
    """For every cluster where a team may be: why it hosts it, or why not."""
    found = explain_team(inputs.fleet, inputs.demands, inputs.lock, team, today=today, at=at, live=inputs.live)
    if output == "json":
        value = {str(cell): [_verdict(v) for v in verdicts] for cell, verdicts in found.items()}
        return json.dumps({"team": team, "cells": value}, indent=2) + "\n"
    lines = []
    for cell, verdicts in found.items():
        lines.append(f"{team} in {cell}")
        for verdict in verdicts:
            state = "no" if verdict.weight is None else f"hosts it, weight {verdict.weight}"
            lines.append(f"  {verdict.cluster}: {state}")
            lines += [f"    {' ' if c.met else '!'} {c.constraint:9} {c.figures}" for c in verdict.checks]
        lines.append("")
    return printable("\n".join(lines), keep="\n")


def _verdict(verdict: Eligibility) -> dict[str, Any]:
    checks = [{"constraint": c.constraint, "met": c.met, "figures": c.figures} for c in verdict.checks]
    return {"cluster": verdict.cluster, "weight": verdict.weight, "checks": checks}


def move_json(move: Move) -> dict[str, Any]:
    """A move for machines."""
    return {
        "at": str(move.cell),
        "team": move.team,
        "before": {h.cluster: h.weight for h in move.before},
        "after": {h.cluster: h.weight for h in move.after},
        "homes": [{"app": app, "before": before, "after": after} for app, before, after in move.homes],
        "why": move.why,
    }


def load_json(load: Utilization) -> dict[str, Any]:
    """A cluster's load for machines."""
    return {
        "teams": load.namespaces,
        "capacity": amount_json(load.capacity),
        "room": amount_json(load.room),
        "used": {tier: amount_json(used) for tier, used in sorted(load.used.items())},
        "promised": amount_json(load.promised),
    }


def hosts_text(hosts: Iterable[Host]) -> str:
    """Clusters with their weights."""
    return " ".join(f"{h.cluster}:{h.weight}" for h in hosts) or "-"


def _after(move: Move) -> str:
    if move.before == move.after:
        return "; ".join(f"{app}: {before or 'new'} > {after or 'gone'}" for app, before, after in move.homes)
    return hosts_text(move.after)


def _percent(load: Utilization) -> str:
    return f"{load.fullness:.0%}"
