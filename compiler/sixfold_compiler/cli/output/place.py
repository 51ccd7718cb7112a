"""Output of `sixfold place`: the plan as text tables or as JSON, and the reasons for one team."""

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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Host
    from sixfold_compiler.placement.place import PlacementPlan
    from sixfold_compiler.placement.propose import Move, Proposal
    from sixfold_compiler.placement.reasons import Eligibility
    from sixfold_compiler.placement.utilization import Utilization

__all__ = [
    "as_json",
    "as_text",
    "hosts_text",
    "load_json",
    "move_json",
    "reasons_json",
    "reasons_text",
    "standby_text",
]

NAMED = 5  # apps that a message names


def as_text(plan: PlacementPlan) -> str:
    """Return the plan as two tables: the moves with reasons, and the load of each cluster before and after."""
    proposal = plan.proposal
    parts = []
    if proposal.moves:
        moves = table("where", "team", "from", "to", "why")
        for move in proposal.moves[:MAX_ROWS]:
            moves.add_row(str(move.cell), move.team, hosts_text(move.before), _after(move), move.why)
        parts += [text(moves), remainder(len(proposal.moves))]
    parts += [_loads(proposal), *standby_text(proposal.standby)]
    for cell, keys in sorted(proposal.lock.unplaced.items()):
        parts.append(f"without a place in {cell}: {listed(keys, NAMED)}\n")
    if plan.inputs.broken:
        parts.append(f"of unknown demand, because of errors: {listed(plan.inputs.broken, NAMED)}\n")
    moved = sum(len(m.added) for m in proposal.moves if m.before)
    new = sum(1 for m in proposal.moves if not m.before and m.after)
    parts.append(
        f"{counted(moved, 'namespace')} moved or added for teams placed before; {counted(new, 'placement')} new.\n"
    )
    return printable("\n".join(filter(None, parts)), keep="\n")


def as_json(plan: PlacementPlan) -> str:
    """Return the plan as JSON: moves, loads, and whether the lock is up to date, and who has no place."""
    proposal = plan.proposal
    return document(
        {
            "current": plan.current,
            "broken": list(plan.inputs.broken),
            "failed": proposal.failed,
            "unplaced": {str(cell): list(keys) for cell, keys in sorted(proposal.lock.unplaced.items())},
            "moves": [move_json(m) for m in proposal.moves],
            "standby": dict(proposal.standby),
            "clusters": {
                str(target): {"before": load_json(proposal.before[target]), "after": load_json(after)}
                for target, after in proposal.after.items()
            },
            "diagnostics": [record_of(problem) for problem in plan.diagnostics],
        }
    )


def reasons_text(team: str, cells: Mapping[Cell, Iterable[Eligibility]]) -> str:
    """Return why each cluster can or cannot host a team: a line for each constraint, with `!` if it is not met."""
    lines = []
    for cell, verdicts in cells.items():
        lines.append(f"{team} in {cell}")
        for verdict in verdicts:
            state = "no" if verdict.weight is None else f"hosts it, weight {verdict.weight}"
            lines.append(f"  {verdict.cluster}: {state}")
            lines += [f"    {' ' if c.met else '!'} {c.constraint:9} {c.figures}" for c in verdict.checks]
        lines.append("")
    return printable("\n".join(lines), keep="\n")


def reasons_json(team: str, cells: Mapping[Cell, Iterable[Eligibility]]) -> str:
    """Return as JSON why each cluster can or cannot host a team."""
    return document(
        {"team": team, "cells": {str(cell): [_verdict(v) for v in verdicts] for cell, verdicts in cells.items()}}
    )


def move_json(move: Move) -> dict[str, Json]:
    """Return a move as JSON data."""
    return {
        "at": str(move.cell),
        "team": move.team,
        "before": {h.cluster: h.weight for h in move.before},
        "after": {h.cluster: h.weight for h in move.after},
        "homes": [{"app": app, "before": before, "after": after} for app, before, after in move.homes],
        "why": move.why,
    }


def load_json(load: Utilization) -> dict[str, Json]:
    """Return the load of a cluster as JSON data."""
    return {
        "teams": load.namespaces,
        "capacity": amount_json(load.capacity),
        "room": amount_json(load.room),
        "used": {tier: amount_json(used) for tier, used in sorted(load.used.items())},
        "promised": amount_json(load.promised),
    }


def hosts_text(hosts: Iterable[Host]) -> str:
    """Return clusters with their weights, such as `dc1-a:60 dc1-b:40`; a dash if there are none."""
    return " ".join(f"{h.cluster}:{h.weight}" for h in hosts) or "-"


def standby_text(standby: Mapping[str, str]) -> list[str]:
    """Return one line for each standby cluster that the plan starts to use, with the team that needs it."""
    return [f"standby cluster {cluster} comes into use: {team} fits on no active one\n"
            for cluster, team in standby.items()]  # fmt: skip


def _after(move: Move) -> str:
    if move.before == move.after:
        return "; ".join(f"{app}: {before or 'new'} > {after or 'gone'}" for app, before, after in move.homes)
    return hosts_text(move.after)


def _loads(proposal: Proposal) -> str:
    loads = table("cluster", "teams", "cores", "memory", "pods", "fullest", *TIERS)
    for target, after in proposal.after.items():
        before = proposal.before[target]
        loads.add_row(
            str(target),
            change(f"{before.namespaces}", f"{after.namespaces}"),
            change(cores(before.total), cores(after.total)) + f" of {cores(after.room)}",
            change(memory(before.total), memory(after.total)) + f" of {memory(after.room)}",
            change(f"{before.total.pods:,}", f"{after.total.pods:,}") + f" of {after.room.pods:,}",
            change(f"{before.fullness:.0%}", f"{after.fullness:.0%}"),
            *(share(after.used.get(tier), after.capacity) for tier in TIERS),
        )
    return text(loads)


def _verdict(verdict: Eligibility) -> dict[str, Json]:
    checks: list[Json] = [{"constraint": c.constraint, "met": c.met, "figures": c.figures} for c in verdict.checks]
    return {"cluster": verdict.cluster, "weight": verdict.weight, "checks": checks}
