"""Drift of a tree from the lock."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.drift import drift
from sixfold_compiler.model.inventory import ClusterInventory, FileEntry, NamespaceEntry, OverlayEntry
from sixfold_compiler.placement import Host, Lock
from tests.support.moves import DC1, center, cluster, fleet_input, team

FLEET = fleet_input(center({"a": cluster("a"), "b": cluster("b")}, {"shop": team(), "idle": team()}, {}))
LOCK = Lock({DC1: {"shop": (Host("a", 40), Host("b", 60)), "idle": (Host("b", 100),)}}, {DC1: {"shop/job": "b"}})
OVERLAY = OverlayEntry("sha256:0", 1, 1, "shop-web")


def tree(*, a=40, b=60, job=("b",), idle=("b",)):
    """Return the inventories of a tree; a weight of None leaves the namespace out."""
    clusters = {}
    for name, weight in (("a", a), ("b", b)):
        apps = dict.fromkeys(("web", "job") if name in job else ("web",), OVERLAY)
        namespaces = (
            {"shop": NamespaceEntry("shop", "shop", f"{name}-shop", weight, apps)} if weight is not None else {}
        )
        files = {"_tenancy/idle.yaml": FileEntry("sha256:0", 1, 1)} if name in idle else {}
        clusters[f"{DC1}/{name}"] = ClusterInventory(
            "sixfold.dev/v1", "ClusterInventory", "prod", "dc1", name, "eu-west-1", f"https://{name}", "main", {},
            f"prod-{name}", "platform", 1, files, namespaces,
        )  # fmt: skip
    return clusters


@pytest.mark.parametrize(
    ("clusters", "phrases"),
    [
        (tree(), []),
        (tree(a=None), ["shop is not on a yet"]),
        (tree(a=50, b=50), ["shop has weight 50 on a, not 40", "shop has weight 50 on b, not 60"]),
        (tree(job=("a", "b")), ["shop/job is still on a"]),
        (tree(idle=("a",)), ["idle is still on a", "idle is not on b yet"]),
        ({}, ["shop is not on a yet", "idle is not on b yet", "shop is not on b yet"]),
    ],
)
def test_hosts_weights_and_homes_are_compared_with_the_tree(clusters, phrases) -> None:
    assert list(drift(FLEET, LOCK, DC1, clusters)) == phrases


def test_a_copy_is_no_drift_and_a_stopped_app_has_no_overlay() -> None:
    """While it moves, an app that runs once is on two clusters, or stopped and on none."""
    moving = Lock(LOCK.hosts, {DC1: {"shop/job": "a"}}, {DC1: {"shop/job": "b"}})
    assert list(drift(FLEET, moving, DC1, tree(job=("a", "b")))) == []
    stopped = Lock(LOCK.hosts, {DC1: {"shop/job": ""}})
    assert list(drift(FLEET, stopped, DC1, tree(job=()))) == []
    assert list(drift(FLEET, stopped, DC1, tree())) == ["shop/job is still on b"]
