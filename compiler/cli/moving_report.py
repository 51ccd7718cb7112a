"""What `drain` and `evacuate` tell: a walk as tables for people, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from compiler.cli.place_report import hosts_text, load_json, move_json
from compiler.cli.tables import table, text
from compiler.diagnostics import printable
from compiler.moving.walk import headroom_of
from compiler.placement import loads_of
from compiler.render import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compiler.fleet import Target
    from compiler.moving import Step, Walk
    from compiler.placement import Load, Move
    from compiler.placing import Inputs

__all__ = ["as_json", "as_text", "step_text"]

SAMPLE = 300  # lines of moves before the rest is counted


def as_text(title: str, inputs: Inputs, made: Walk, staying: Mapping[str, str]) -> str:
    """Every step: who moves, from which weights to which; and the load of the clusters concerned after it."""
    if not made.steps:
        lines = [f"{title}: nothing is left to move.\n"]
        return printable("\n".join([*lines, *_staying(staying)]), keep="\n")
    cells = {str(move.cell) for step in made.steps for move in step.moves}
    names = [target for target in made.loads[0] if str(target.cell) in cells]
    moves = table("step", "stage", "where", "team", "weights before", "after", "on the way to", "homes")
    loads = table("step", "stage", *(target.cluster for target in names), "least P0 headroom")
    loads.add_row("0", "now", *_full(loads_of(inputs.fleet, inputs.demands, inputs.lock), names))
    shown = 0
    for number, (step, after) in enumerate(zip(made.steps, made.loads, strict=True), 1):
        for move in step.moves[: max(0, SAMPLE - shown)]:
            moves.add_row(str(number), step.stage, *_row(move))
        shown += len(step.moves)
        loads.add_row(str(number), step.stage, *_full(after, names))
    parts = [text(moves)]
    if shown > SAMPLE:
        parts.append(f"and {shown - SAMPLE:,} more\n")
    parts.append(text(loads))
    for step in made.steps:
        parts += [f"standby cluster {c} comes into use: {t} fits on no active one\n" for c, t in step.standby.items()]
    stones = sum(len(step.stones) for step in made.steps)
    teams = len({(move.cell, move.team) for step in made.steps for move in step.moves})
    parts.append(
        f"{title}: {counted(teams, 'namespace')} in {counted(len(made.steps), 'step')}, with"
        f" {counted(stones, 'tombstone')}.\n"
    )
    return printable("\n".join([*parts, *_staying(staying)]), keep="\n")


def step_text(inputs: Inputs, step: Step) -> str:
    """One step, as `as_text` shows it."""
    found = table("stage", "where", "team", "weights before", "after", "on the way to", "homes")
    for move in step.moves[:SAMPLE]:
        found.add_row(step.stage, *_row(move))
    parts = [text(found)]
    before, after = (headroom_of(loads_of(inputs.fleet, inputs.demands, lock)) for lock in (inputs.lock, step.lock))
    parts.append(f"Least P0 headroom: {_head(before)}, then {_head(after)}.\n")
    parts += [f"standby cluster {c} comes into use: {t} fits on no active one\n" for c, t in step.standby.items()]
    return printable("\n".join(parts), keep="\n")


def as_json(title: str, inputs: Inputs, made: Walk, staying: Mapping[str, str]) -> str:
    """The walk for machines."""
    value = {
        "walk": title,
        "now": _loads(loads_of(inputs.fleet, inputs.demands, inputs.lock)),
        "steps": [
            {
                "stage": step.stage,
                "moves": [move_json(move) for move in step.moves],
                "tombstones": list(step.stones),
                "standby": dict(step.standby),
                "clusters": _loads(after),
            }
            for step, after in zip(made.steps, made.loads, strict=True)
        ],
        "staying": dict(staying),
        "diagnostics": [{"code": d.code, "severity": d.severity, "message": d.message, "at": str(d.span or "")}
                        for d in made.diagnostics],
    }  # fmt: skip
    return json.dumps(value, indent=2) + "\n"


def _staying(staying: Mapping[str, str]) -> list[str]:
    return [f"{team} stays: {why}\n" for team, why in sorted(staying.items())]


def _row(move: Move) -> tuple[str, str, str, str, str, str]:
    homes = "; ".join(f"{app}: {was or 'nowhere'} > {now or 'stopped'}" for app, was, now in move.homes)
    way = " ".join(f"{h.cluster}:{h.move[1]}" for h in move.after if h.move and h.move[1])
    return str(move.cell), move.team, hosts_text(move.before), hosts_text(move.after), way, homes


def _full(loads: Mapping[Target, Load], names: list[Target]) -> list[str]:
    return [*(f"{loads[name].fullness:.0%}" for name in names), _head(headroom_of(loads))]


def _head(found: tuple[float, Target | None]) -> str:
    part, target = found
    return f"{part:.0%} on {target}" if target else "no P0"


def _loads(loads: Mapping[Target, Load]) -> dict[str, Any]:
    return {str(target): load_json(load) for target, load in loads.items()}
