"""What holds at every step of every walk, over random fleets."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from sixfold_compiler.migration import Choices, next_step, walk
from sixfold_compiler.migration.choices import runs_once
from sixfold_compiler.migration.step import hosts_of, ways_of
from sixfold_compiler.placement import Lock, dump_lock, propose, utilization_of
from sixfold_compiler.placement.locktext import parse_lock
from sixfold_compiler.placement.scale import scales_on
from tests.profiles import examples
from tests.support.moves import DC1, TODAY, random_walk

if TYPE_CHECKING:
    from sixfold_compiler.migration.stages import Way

LAX = examples(60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
CHOICES = Choices(once="stop-then-start")


def pods(app, way: Way) -> dict[str, int]:
    """The pods of a divided app by cluster, as the compiler divides them; an autoscaler's least."""
    spec = {"kind": app.kind, "replicas": app.pods}
    if app.scaled:
        spec["autoscaling"] = {"min": app.least, "max": app.pods}
    scales = scales_on(spec, "share", way.row)
    return {h.cluster: s.get("replicas", s.get("min")) for h, s in zip(way.row, scales, strict=True) if s is not None}


def check_pods(app, before: Way, after: Way) -> None:
    """In whatever order the clusters take the step over: the pods that get traffic, before and after, are all there."""
    was, now = pods(app, before), pods(app, after)
    there = {cluster: min(was.get(cluster, 0), now.get(cluster, 0)) for cluster in {*was, *now}}
    total = app.least if app.scaled else app.pods
    for way in (before, after):
        serving = {h.cluster: h.weight for h in way.row if h.weight}
        assert sum(there.get(cluster, 0) for cluster in serving) >= total
        if total >= len(way.row):
            for cluster, weight in serving.items():  # a pod less for each host that has one though its share is less
                assert there[cluster] >= weight * total // 100 - len(way.row)


def check_home(app, stage, before: Way, after: Way) -> None:
    """An app that runs once serves from where it runs already; what must not run twice is on one cluster at most."""
    if runs_once(app):
        assert len(hosts_of(app, before)) <= 1
        assert len(hosts_of(app, after)) <= 1
        if before.homes[app.app] != after.homes[app.app]:
            assert {before.homes[app.app], after.homes[app.app]} & {""}, "stops before it starts"
            assert stage == ("stop" if after.homes[app.app] == "" else "leave")
    else:
        assert after.homes[app.app] in hosts_of(app, before)
        assert before.homes[app.app] in hosts_of(app, after)


def check_step(fleet, demands, before: Lock, step) -> None:
    was, now = (ways_of(lock, DC1, demands[DC1]) for lock in (before, step.lock))
    stones = [dict(s) for s in step.stones]
    gone = []
    for team, demand in demands[DC1].items():
        old, new = was[team], now[team]
        assert sum(h.weight for h in new.row) == 100
        weights = {h.cluster: h.weight for h in old.row}
        for cluster in weights.keys() - {h.cluster for h in new.row}:
            assert weights[cluster] == 0, "a namespace leaves only where it got no traffic before"
        for app in demand.apps:
            if app.spread == "share":
                check_pods(app, old, new)
            elif app.spread == "home":
                check_home(app, step.stage, old, new)
            gone += [(team, app.app, cluster) for cluster in hosts_of(app, old) - hosts_of(app, new)]
    for team, app, cluster in gone:
        assert any(s["team"] == team and s["cluster"] == cluster and s.get("app", app) == app for s in stones)
    for stone in stones:
        assert any(t == stone["team"] and c == stone["cluster"] and a == stone.get("app", a) for t, a, c in gone) or (
            stone["cluster"] not in {h.cluster for h in now[stone["team"]].row}
        )
    loads = utilization_of(fleet, demands, before)
    for target, load in utilization_of(fleet, demands, step.lock).items():
        if not load.total.within(loads[target].total):
            assert load.total.cpu <= load.room.cpu + 2 * load.namespaces
            assert load.total.pods <= load.room.pods + 2 * load.namespaces


@LAX
@given(seed=st.integers(0, 2**32), wave=st.sampled_from(["1", "10%", "3", "100%"]))
def test_every_step_of_every_walk_keeps_all_that_serves(seed, wave) -> None:
    """Weights add up, no pod that serves is missing, no traffic is cut, what vanishes is approved, and it ends."""
    made = random_walk(random.Random(seed))
    if made is None:
        event("cannot be placed")
        return
    fleet, demands, lock, target = made
    choices = replace(CHOICES, wave=wave)
    found = walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))
    event("stopped by a rule" if found.diagnostics else "to the end")
    event(f"standby: {any(s.standby for s in found.steps)}")
    assert {d.code for d in found.diagnostics} <= {"SF430", "SF431", "SF432", "SF433", "SF435", "SF444"}
    assert len(found.steps) <= 5 * len(demands[DC1])
    before = lock
    for step in found.steps:
        check_step(fleet, demands, before, step)
        before = step.lock
    for way in ways_of(before, DC1, demands[DC1]).values():
        assert found.diagnostics or target.cluster not in {h.cluster for h in way.row}
    if not found.diagnostics:
        assert next_step(fleet, demands, before, target, choices, TODAY) is None
        assert not before.copies.get(DC1)
        assert not any(h.move for row in before.hosts[DC1].values() for h in row)


@LAX
@given(seed=st.integers(0, 2**32), stop=st.integers(0, 40))
def test_a_walk_goes_on_from_the_lock_alone(seed, stop) -> None:
    """Wherever it is left off, its lock as a file gives the rest of the same walk; `place` meanwhile moves nobody back."""
    made = random_walk(random.Random(seed))
    if made is None:
        return
    fleet, demands, lock, target = made
    following = lambda at: next_step(fleet, demands, at, target, CHOICES, TODAY)  # noqa: E731 - one line, used twice
    whole = walk(fleet, demands, lock, following)
    if not whole.steps:
        return
    index = stop % len(whole.steps)
    middle = whole.steps[index].lock
    read = parse_lock(dump_lock(middle), "lock")
    rest = walk(fleet, demands, read, following)
    assert [dump_lock(s.lock) for s in rest.steps] == [dump_lock(s.lock) for s in whole.steps[index + 1 :]]
    again = propose(fleet, demands, middle, today=TODAY)
    for team, row in middle.hosts[DC1].items():
        if any(h.move for h in row) and not any(m.team == team for m in again.moves):
            assert again.lock.hosts[DC1][team] == row
            assert again.lock.copies_of(DC1, team) == middle.copies_of(DC1, team)
            assert again.lock.homes_of(DC1, team) == middle.homes_of(DC1, team)


def steps_of(made, choices):
    fleet, demands, lock, target = made
    return walk(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


@pytest.mark.parametrize("wave", ["100%", "1"])
def test_walks_differ_only_in_how_many_go_at_once(wave) -> None:
    """Nobody is forgotten whatever the wave is."""
    for seed in range(20):
        made = random_walk(random.Random(seed))
        if made is None:
            continue
        wanted = {t for t, row in made[2].hosts[DC1].items() if made[3].cluster in {h.cluster for h in row}}
        found = steps_of(made, replace(CHOICES, wave=wave))
        if not found.diagnostics:
            assert {team for step in found.steps for team in step.teams} == wanted
