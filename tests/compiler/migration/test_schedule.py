"""Schedules: all steps in order, and the least headroom of the clusters that run P0."""

from __future__ import annotations

from dataclasses import replace

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.migration.schedule import compute_schedule, headroom_of
from sixfold_compiler.migration.step import Step
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Demand, Host, Lock
from sixfold_compiler.placement.utilization import Utilization
from tests.support.moves import DC1, app, center, cluster, fleet_input, team

A, B, C = (Target("prod", "dc1", name) for name in "abc")
ROOM = Resources(1000, 1000, 10)
FLEET = fleet_input(center({"a": cluster("a")}, {"shop": team()}, {}))


def load(tier, cpu=0, memory=0, pods=0):
    return Utilization(ROOM, ROOM, {tier: Resources(cpu, memory, pods)}, 1, Resources())


def test_the_headroom_is_that_of_the_fullest_cluster_with_p0_in_its_scarcest_resource() -> None:
    loads = {A: load("P0", cpu=500), B: load("P0", memory=900, pods=1), C: load("P1", cpu=990)}
    assert headroom_of(loads) == (0.1, B)
    assert headroom_of(loads | {A: load("P0", pods=12)}) == (-0.2, A)
    assert headroom_of({C: load("P1", cpu=990)}) == (1.0, None)
    assert headroom_of({A: load("P0", cpu=100), B: load("P0", cpu=100)}) == (0.9, A), "of two alike the first"


def test_a_cluster_without_any_room_has_no_headroom() -> None:
    full = replace(load("P0", pods=1), room=Resources(0, 1000, 10))
    assert headroom_of({A: full}) == (0.0, A)


def test_a_schedule_has_each_step_that_follows_the_lock_and_the_loads_after_it() -> None:
    fleet = fleet_input(center({"a": cluster("a"), "b": cluster("b")}, {"shop": team()}, {}))
    demands = {DC1: {"shop": Demand("shop", (app("web", "P0", pods=3),))}}
    locks = [Lock({DC1: {"shop": (Host(name, 100),)}}, {}) for name in "aba"]
    following = dict(zip(map(id, locks), locks[1:], strict=False))

    def next_step(lock):
        after = following.get(id(lock))
        return after and Step("join", after, ())

    schedule = compute_schedule(fleet, demands, locks[0], next_step)
    assert [step.lock for step in schedule.steps] == locks[1:]
    used = [{name: load.used.get("P0", Resources()).pods for name, load in loads.items()} for loads in schedule.loads]
    assert used == [{A: 0, B: 3}, {A: 3, B: 0}]


def test_a_schedule_ends_with_the_findings_that_stop_it() -> None:
    def refused(_lock):
        raise DiagnosticError(Diagnostic("SF444", "no room"))

    assert [d.code for d in compute_schedule(FLEET, {}, Lock(), refused).diagnostics] == ["SF444"]
    assert compute_schedule(FLEET, {}, Lock(), lambda _lock: None).diagnostics == ()
