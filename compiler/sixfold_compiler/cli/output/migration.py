"""What `drain` and `evacuate` tell: a walk as tables for people, or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from sixfold_compiler.cli.output.place import hosts_text, load_json, move_json
from sixfold_compiler.cli.output.tables import table, text
from sixfold_compiler.diagnostics import counted, printable
from sixfold_compiler.migration.schedule import headroom_of
from sixfold_compiler.placement import utilization_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.migration import Step, Walk
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.placement import Utilization
    from sixfold_compiler.placement.place import PlacementInputs

__all__ = ["as_json", "as_text", "step_text"]

COLUMNS = ("team", "where", "step", "stage", "weights before", "after", "in the end", "homes")
SAMPLE = 300  # lines of moves before the rest is counted


def as_text(title: str, inputs: PlacementInputs, made: Walk, staying: Mapping[str, str]) -> str:
    """Every step of every team: from which weights to which; and the load of the clusters concerned after each."""
    if not made.steps:
        return printable("\n".join([f"{title}: nothing is left to move.\n", *_staying(staying)]), keep="\n")
    cells = {str(move.cell) for step in made.steps for move in step.moves}
    names = [target for target in made.loads[0] if str(target.cell) in cells]
    loads = table("step", "stage", *(target.cluster for target in names), "least P0 headroom")
    loads.add_row("0", "now", *_full(utilization_of(inputs.fleet, inputs.demands, inputs.lock), names))
    lines: list[tuple[str, ...]] = []
    for number, (step, after) in enumerate(zip(made.steps, made.loads, strict=True), 1):
        lines += _rows(number, step, inputs)
        loads.add_row(str(number), step.stage, *_full(after, names))
    order: dict[tuple[str, ...], int] = {}
    for line in lines:
        order.setdefault(line[:2], int(line[2]))
    parts = [_moves(sorted(lines, key=lambda line: (order[line[:2]], line[:2], int(line[2])))), text(loads)]
    for step in made.steps:
        parts += [f"standby cluster {c} comes into use: {t} fits on no active one\n" for c, t in step.standby.items()]
    stones = sum(len(step.stones) for step in made.steps)
    teams = len({(move.cell, move.team) for step in made.steps for move in step.moves})
    parts.append(
        f"{title}: {counted(teams, 'namespace')} in {counted(len(made.steps), 'step')}, with"
        f" {counted(stones, 'tombstone')}.\n"
    )
    return printable("\n".join([*parts, *_staying(staying)]), keep="\n")


def step_text(inputs: PlacementInputs, step: Step) -> str:
    """One step, as `as_text` shows it."""
    parts = [_moves(_rows(0, step, inputs))]
    before, after = (
        headroom_of(utilization_of(inputs.fleet, inputs.demands, lock)) for lock in (inputs.lock, step.lock)
    )
    parts.append(f"Least P0 headroom: {_head(before)}, then {_head(after)}.\n")
    parts += [f"standby cluster {c} comes into use: {t} fits on no active one\n" for c, t in step.standby.items()]
    return printable("\n".join(parts), keep="\n")


def as_json(title: str, inputs: PlacementInputs, made: Walk, staying: Mapping[str, str]) -> str:
    """The walk for machines."""
    value = {
        "walk": title,
        "now": _loads(utilization_of(inputs.fleet, inputs.demands, inputs.lock)),
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


def _moves(lines: list[tuple[str, ...]]) -> str:
    """The moves as a table, without columns in which nothing stands."""
    kept = [n for n in range(len(COLUMNS)) if any(line[n] for line in lines)]
    made = table(*(COLUMNS[n] for n in kept))
    for line in lines[:SAMPLE]:
        made.add_row(*(line[n] for n in kept))
    more = f"and {len(lines) - SAMPLE:,} more\n" if len(lines) > SAMPLE else ""
    starred = any(value.endswith(" *") for line in lines[:SAMPLE] for value in line)
    return text(made) + more + ("* so most of them; the plan with --output json lists each\n" if starred else "")


def _rows(number: int, step: Step, inputs: PlacementInputs) -> list[tuple[str, ...]]:
    """`COLUMNS` of a step (0: there is only one), by team; a data center's namespaces without apps in one row."""
    rows: list[tuple[str, ...]] = []
    idle: dict[str, list[tuple[str, ...]]] = {}
    for move in step.moves:
        homes = "; ".join(f"{app}: {was or 'nowhere'} > {now or 'stopped'}" for app, was, now in move.homes)
        end = " ".join(f"{h.cluster}:{h.move[1]}" for h in move.after if h.move and h.move[1])
        weights = hosts_text(move.before), hosts_text(move.after)
        rest = (str(move.cell), str(number or ""), step.stage, *weights, end, homes)
        demand = inputs.demands.get(move.cell, {}).get(move.team)
        if demand is not None and demand.apps:
            rows.append((move.team, *rest))
        else:
            idle.setdefault(rest[0], []).append((move.team, *rest))
    for lines in idle.values():
        if len(lines) == 1:
            rows += lines
        else:
            columns = list(zip(*lines, strict=True))[1:]
            rows.append((f"{len(lines):,} namespaces without apps", *map(_most, columns)))
    return sorted(rows)


def _most(values: tuple[str, ...]) -> str:
    """What most of a column's values are, with a star where they differ."""
    ((value, number),) = Counter(values).most_common(1)
    return value if number == len(values) else f"{value} *"


def _full(loads: Mapping[Target, Utilization], names: list[Target]) -> list[str]:
    return [*(f"{loads[name].fullness:.0%}" for name in names), _head(headroom_of(loads))]


def _head(found: tuple[float, Target | None]) -> str:
    part, target = found
    return f"{part:.0%} on {target}" if target else "no P0"


def _loads(loads: Mapping[Target, Utilization]) -> dict[str, Any]:
    return {str(target): load_json(load) for target, load in loads.items()}
