"""What a tree must show of the lock before the next step of a walk."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.drift import differences
from sixfold_compiler.placement import Host, Lock
from tests.support.moves import DC1, center, cluster, fleet_input, team

FLEET = fleet_input(center({"a": cluster("a"), "b": cluster("b")}, {"shop": team(), "idle": team()}, {}))
LOCK = Lock({DC1: {"shop": (Host("a", 40), Host("b", 60)), "idle": (Host("b", 100),)}}, {DC1: {"shop/job": "b"}})


def tree(*, a=40, b=60, job=("b",), idle=("b",)):
    """The inventories of a tree; a weight of None leaves the namespace out."""
    found = {}
    for name, weight in (("a", a), ("b", b)):
        apps = {"web": {}} | ({"job": {}} if name in job else {})
        there = {"shop": {"weight": weight, "apps": apps}} if weight is not None else {}
        files = {"_tenancy/idle.yaml": {}} if name in idle else {}
        found[f"{DC1}/{name}"] = {"namespaces": there, "files": files}
    return found


@pytest.mark.parametrize(
    ("clusters", "told"),
    [
        (tree(), []),
        (tree(a=None), ["shop is not on a yet"]),
        (tree(a=50, b=50), ["shop has weight 50 on a and not 40", "shop has weight 50 on b and not 60"]),
        (tree(job=("a", "b")), ["shop/job is still on a"]),
        (tree(idle=("a",)), ["idle is still on a", "idle is not on b yet"]),
        ({}, ["shop is not on a yet", "idle is not on b yet", "shop is not on b yet"]),
    ],
)
def test_hosts_weights_and_homes_are_compared_with_the_tree(clusters, told) -> None:
    assert list(differences(FLEET, LOCK, DC1, clusters)) == told


def test_a_copy_and_a_stopped_app_are_where_the_lock_has_them() -> None:
    """While it moves, an app that runs once may be on two clusters; one that is stopped is on none."""
    moving = Lock(LOCK.hosts, {DC1: {"shop/job": "a"}}, {DC1: {"shop/job": "b"}})
    assert list(differences(FLEET, moving, DC1, tree(job=("a", "b")))) == []
    stopped = Lock(LOCK.hosts, {DC1: {"shop/job": ""}})
    assert list(differences(FLEET, stopped, DC1, tree(job=()))) == []
    assert list(differences(FLEET, stopped, DC1, tree())) == ["shop/job is still on b"]
