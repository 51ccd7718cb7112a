"""Properties of every step of every drain, over random fleets."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from sixfold_compiler.migration import Choices, compute_schedule, next_step
from sixfold_compiler.migration.choices import runs_once
from sixfold_compiler.migration.step import namespaces_of
from sixfold_compiler.migration.tombstones import overlay_clusters
from sixfold_compiler.placement.locktext import dump_lock, parse_lock
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.scale import scales_on
from sixfold_compiler.placement.utilization import utilization_of
from tests.profiles import examples
from tests.support.moves import DC1, TODAY, random_drain

if TYPE_CHECKING:
    from sixfold_compiler.migration.stages import NamespaceMove
    from sixfold_compiler.placement import Lock

LAX = examples(60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
CHOICES = Choices(once="stop-then-start")


def pods(app, namespace: NamespaceMove) -> dict[str, int]:
    """Return the pods of a divided app by cluster, as the compiler divides them; with an autoscaler its minimum."""
    spec = {"kind": app.kind, "replicas": app.pods}
    if app.scaled:
        spec["autoscaling"] = {"min": app.least, "max": app.pods}
    scales = scales_on(spec, "share", namespace.row)
    return {
        h.cluster: s.get("replicas", s.get("min")) for h, s in zip(namespace.row, scales, strict=True) if s is not None
    }


def check_pods(app, before: NamespaceMove, after: NamespaceMove) -> None:
    """Check that the pods that get traffic before or after a step exist in whatever order the clusters apply it."""
    old, new = pods(app, before), pods(app, after)
    always = {cluster: min(old.get(cluster, 0), new.get(cluster, 0)) for cluster in {*old, *new}}
    total = app.least if app.scaled else app.pods
    for namespace in (before, after):
        serving = {h.cluster: h.weight for h in namespace.row if h.weight}
        assert sum(always.get(cluster, 0) for cluster in serving) >= total
        if total >= len(namespace.row):
            for cluster, weight in serving.items():  # a pod less for each host that has one though its share is less
                assert always[cluster] >= weight * total // 100 - len(namespace.row)


def check_home(app, stage, before: NamespaceMove, after: NamespaceMove) -> None:
    """Check that an app that runs once serves from a cluster where it runs already, or never runs on two clusters."""
    if runs_once(app):
        assert len(overlay_clusters(app, before)) <= 1
        assert len(overlay_clusters(app, after)) <= 1
        if before.homes[app.app] != after.homes[app.app]:
            assert {before.homes[app.app], after.homes[app.app]} & {""}, "stops before it starts"
            assert stage == ("stop" if after.homes[app.app] == "" else "leave")
    else:
        assert after.homes[app.app] in overlay_clusters(app, before)
        assert before.homes[app.app] in overlay_clusters(app, after)


def check_step(fleet, demands, before: Lock, step) -> None:
    """Check that no traffic is cut, that tombstones cover exactly the deletions, and that clusters keep to their room."""
    olds, news = (namespaces_of(lock, DC1, demands[DC1]) for lock in (before, step.lock))
    gone = []
    for team, demand in demands[DC1].items():
        old, new = olds[team], news[team]
        assert sum(h.weight for h in new.row) == 100
        weights = {h.cluster: h.weight for h in old.row}
        for cluster in weights.keys() - {h.cluster for h in new.row}:
            assert weights[cluster] == 0, "a namespace leaves only where it got no traffic before"
        for app in demand.apps:
            if app.spread == "share":
                check_pods(app, old, new)
            elif app.spread == "home":
                check_home(app, step.stage, old, new)
            gone += [(team, app.app, cluster) for cluster in overlay_clusters(app, old) - overlay_clusters(app, new)]
    for team, app, cluster in gone:
        assert any((s.team, s.cluster) == (team, cluster) and s.app in ("", app) for s in step.tombstones)
    for scope in step.tombstones:
        assert scope.cluster not in news[scope.team].clusters or any(
            (t, c) == (scope.team, scope.cluster) and scope.app in ("", a) for t, a, c in gone
        )
    loads = utilization_of(fleet, demands, before)
    for target, load in utilization_of(fleet, demands, step.lock).items():
        if not load.total.within(loads[target].total):
            assert load.total.cpu <= load.room.cpu + 2 * load.namespaces
            assert load.total.pods <= load.room.pods + 2 * load.namespaces


@LAX
@given(seed=st.integers(0, 2**32), wave=st.sampled_from(["1", "10%", "3", "100%"]))
def test_every_step_of_every_drain_keeps_the_pods_that_serve(seed, wave) -> None:
    """Weights add up, no serving pod is missing, no traffic is cut, deletions are approved, and the drain ends."""
    drain = random_drain(random.Random(seed))
    if drain is None:
        event("cannot be placed")
        return
    fleet, demands, lock, target = drain
    choices = replace(CHOICES, wave=wave)
    result = compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))
    event("stopped by a rule" if result.diagnostics else "to the end")
    event(f"standby: {any(s.standby for s in result.steps)}")
    assert {d.code for d in result.diagnostics} <= {"SF430", "SF431", "SF432", "SF433", "SF435", "SF444"}
    assert len(result.steps) <= 5 * len(demands[DC1])
    before = lock
    for step in result.steps:
        check_step(fleet, demands, before, step)
        before = step.lock
    for namespace in namespaces_of(before, DC1, demands[DC1]).values():
        assert result.diagnostics or target.cluster not in namespace.clusters
    if not result.diagnostics:
        assert next_step(fleet, demands, before, target, choices, TODAY) is None
        assert not before.copies.get(DC1)
        assert not any(h.move for row in before.hosts[DC1].values() for h in row)


@LAX
@given(seed=st.integers(0, 2**32), stop=st.integers(0, 40))
def test_a_drain_continues_from_the_lock_alone(seed, stop) -> None:
    """From the lock of any step, read from its file, the same steps follow; `place` does not move a team back."""
    drain = random_drain(random.Random(seed))
    if drain is None:
        return
    fleet, demands, lock, target = drain
    following = lambda at: next_step(fleet, demands, at, target, CHOICES, TODAY)  # noqa: E731 - one line, used twice
    complete = compute_schedule(fleet, demands, lock, following)
    if not complete.steps:
        return
    index = stop % len(complete.steps)
    middle = complete.steps[index].lock
    read = parse_lock(dump_lock(middle), "lock")
    tail = compute_schedule(fleet, demands, read, following)
    assert [dump_lock(s.lock) for s in tail.steps] == [dump_lock(s.lock) for s in complete.steps[index + 1 :]]
    again = propose(fleet, demands, middle, today=TODAY)
    for team, row in middle.hosts[DC1].items():
        if any(h.move for h in row) and not any(m.team == team for m in again.moves):
            assert again.lock.hosts[DC1][team] == row
            assert again.lock.copies_of(DC1, team) == middle.copies_of(DC1, team)
            assert again.lock.homes_of(DC1, team) == middle.homes_of(DC1, team)


def steps_of(drain, choices):
    fleet, demands, lock, target = drain
    return compute_schedule(fleet, demands, lock, lambda at: next_step(fleet, demands, at, target, choices, TODAY))


@pytest.mark.parametrize("wave", ["100%", "1"])
def test_every_namespace_moves_whatever_the_wave_is(wave) -> None:
    for seed in range(20):
        drain = random_drain(random.Random(seed))
        if drain is None:
            continue
        wanted = {t for t, row in drain[2].hosts[DC1].items() if drain[3].cluster in {h.cluster for h in row}}
        result = steps_of(drain, replace(CHOICES, wave=wave))
        if not result.diagnostics:
            assert {team for step in result.steps for team in step.teams} == wanted
