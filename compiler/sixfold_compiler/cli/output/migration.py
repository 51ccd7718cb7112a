"""Output of `drain` and `evacuate`: a schedule as text tables or as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.cli.output.place import hosts_text, load_json, move_json, standby_text
from sixfold_compiler.cli.output.tables import MAX_ROWS, document, remainder, table, text
from sixfold_compiler.diagnostics import counted, printable
from sixfold_compiler.diagnostics.render.json import record_of
from sixfold_compiler.migration.schedule import headroom_of
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.migration import MoveSchedule, Step
    from sixfold_compiler.model.addresses import Target
    from sixfold_compiler.placement.place import PlacementInputs
    from sixfold_compiler.placement.utilization import Utilization

__all__ = ["as_json", "as_text", "completed_text", "step_text"]

COLUMNS = ("team", "where", "step", "stage", "weights before", "after", "final", "homes")


class _Row(NamedTuple):
    """One row of the table of moves, with one field for each of `COLUMNS`."""

    team: str
    cell: str
    step: str
    stage: str
    before: str
    after: str
    end: str
    homes: str


def as_text(title: str, inputs: PlacementInputs, schedule: MoveSchedule, staying: Mapping[str, str]) -> str:
    """Return the schedule as text: the moves by team, the load of each cluster after each step, and a summary."""
    if not schedule.steps:
        return printable("\n".join([f"{title}: nothing is left to move.\n", *_staying(staying)]), keep="\n")
    cells = {str(move.cell) for step in schedule.steps for move in step.moves}
    names = [target for target in schedule.loads[0] if str(target.cell) in cells]
    loads = table("step", "stage", *(target.cluster for target in names), "least P0 headroom")
    loads.add_row("0", "now", *_fullness(utilization_of(inputs.fleet, inputs.demands, inputs.lock), names))
    rows: list[_Row] = []
    for number, (step, after) in enumerate(zip(schedule.steps, schedule.loads, strict=True), 1):
        rows += _rows(number, step, inputs)
        loads.add_row(str(number), step.stage, *_fullness(after, names))
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        first.setdefault((row.team, row.cell), int(row.step))
    rows.sort(key=lambda row: (first[row.team, row.cell], row.team, row.cell, int(row.step)))
    tombstones = sum(len(step.tombstones) for step in schedule.steps)
    teams = len({(move.cell, move.team) for step in schedule.steps for move in step.moves})
    namespaces, count = counted(teams, "namespace"), counted(len(schedule.steps), "step")
    parts = [
        _moves(rows),
        text(loads),
        *(line for step in schedule.steps for line in standby_text(step.standby)),
        f"{title}: {namespaces} in {count}, with {counted(tombstones, 'tombstone')}.\n",
    ]
    return printable("\n".join([*parts, *_staying(staying)]), keep="\n")


def step_text(inputs: PlacementInputs, step: Step) -> str:
    """Return one step as text: its moves, and the smallest headroom of a cluster with P0 before and after the step."""
    before, after = (
        headroom_of(utilization_of(inputs.fleet, inputs.demands, lock)) for lock in (inputs.lock, step.lock)
    )
    parts = [
        _moves(_rows(0, step, inputs)),
        f"Least P0 headroom: {_headroom(before)}, then {_headroom(after)}.\n",
        *standby_text(step.standby),
    ]
    return printable("\n".join(parts), keep="\n")


def completed_text(title: str, staying: Mapping[str, str]) -> str:
    """Return the message for a migration that has no next step, with the teams that stay."""
    left = f" {len(staying)} stay: {', '.join(sorted(staying))}." if staying else ""
    return f"{title}: nothing is left to move.{left}"


def as_json(title: str, inputs: PlacementInputs, schedule: MoveSchedule, staying: Mapping[str, str]) -> str:
    """Return the schedule as JSON."""
    value: Json = {
        "title": title,
        "now": _loads(utilization_of(inputs.fleet, inputs.demands, inputs.lock)),
        "steps": [
            {
                "stage": step.stage,
                "moves": [move_json(move) for move in step.moves],
                "tombstones": [scope.to_record() for scope in step.tombstones],
                "standby": dict(step.standby),
                "clusters": _loads(after),
            }
            for step, after in zip(schedule.steps, schedule.loads, strict=True)
        ],
        "staying": dict(staying),
        "diagnostics": [record_of(problem) for problem in schedule.diagnostics],
    }
    return document(value)


def _staying(staying: Mapping[str, str]) -> list[str]:
    return [f"{team} stays: {why}\n" for team, why in sorted(staying.items())]


def _moves(rows: list[_Row]) -> str:
    """Return the moves as a table without empty columns."""
    kept = [n for n in range(len(COLUMNS)) if any(row[n] for row in rows)]
    moves = table(*(COLUMNS[n] for n in kept))
    for row in rows[:MAX_ROWS]:
        moves.add_row(*(row[n] for n in kept))
    starred = any(value.endswith(" *") for row in rows[:MAX_ROWS] for value in row)
    legend = "* so most of them; the plan with --output json lists each\n" if starred else ""
    return text(moves) + remainder(len(rows)) + legend


def _rows(number: int, step: Step, inputs: PlacementInputs) -> list[_Row]:
    """Return the table rows of a step, by team. Namespaces without apps in one data center share a row.

    Args:
        number: The number of the step; 0 for a single step, whose number is not shown.
        step: The step.
        inputs: The inputs of the plan, with the apps of each team.
    """
    rows: list[_Row] = []
    idle: dict[str, list[_Row]] = {}
    for move in step.moves:
        row = _Row(
            move.team,
            str(move.cell),
            str(number or ""),
            step.stage,
            hosts_text(move.before),
            hosts_text(move.after),
            " ".join(f"{h.cluster}:{h.move[1]}" for h in move.after if h.move and h.move[1]),
            "; ".join(f"{app}: {before or 'nowhere'} > {after or 'stopped'}" for app, before, after in move.homes),
        )
        demand = inputs.demands.get(move.cell, {}).get(move.team)
        if demand is not None and demand.apps:
            rows.append(row)
        else:
            idle.setdefault(row.cell, []).append(row)
    for group in idle.values():
        rows.append(group[0] if len(group) == 1 else _shared(group))
    return sorted(rows)


def _shared(rows: list[_Row]) -> _Row:
    """Merge the rows of several namespaces without apps into one. A star marks fields in which they differ."""
    _, *columns = zip(*rows, strict=True)
    return _Row(f"{len(rows):,} namespaces without apps", *map(_most, columns))


def _most(values: tuple[str, ...]) -> str:
    """Return the most frequent value, with a star if there are others."""
    ((value, number),) = Counter(values).most_common(1)
    return value if number == len(values) else f"{value} *"


def _fullness(loads: Mapping[Target, Utilization], names: list[Target]) -> list[str]:
    return [*(f"{loads[name].fullness:.0%}" for name in names), _headroom(headroom_of(loads))]


def _headroom(least: tuple[float, Target | None]) -> str:
    part, target = least
    return f"{part:.0%} on {target}" if target else "no P0"


def _loads(loads: Mapping[Target, Utilization]) -> dict[str, Json]:
    return {str(target): load_json(load) for target, load in loads.items()}
