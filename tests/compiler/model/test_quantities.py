"""Quantities, and what a pod reserves."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.quantities import Resources, number
from sixfold_compiler.placement.demand import app_demand, pod_requests
from tests.support.facts import facts_of

MIB = 2**20


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("500m", 0.5), ("2", 2.0), (3, 3.0), (1.5, 1.5), ("1k", 1000.0), ("2M", 2e6), ("1G", 1e9), ("1T", 1e12),
        ("1Ki", 1024.0), ("3Mi", 3 * 2**20), ("1.5Gi", 1.5 * 2**30), ("62Ti", 62 * 2**40), ("1Pi", 2**50), ("1Ei", 2**60),
        ("0", 0.0), ("1P", 1e15), ("1E", 1e18),
    ],
)  # fmt: skip
def test_quantities_are_those_of_kubernetes(quantity, value) -> None:
    assert number(quantity) == value


def container(cpu, memory, **fields):
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **fields}


def test_a_pod_reserves_the_sum_of_its_containers() -> None:
    spec = container("500m", "1Gi", containers=[container("100m", "64Mi", name="proxy")])
    assert pod_requests(spec) == Resources(600, 1088 * MIB, 1)


def test_an_init_container_counts_when_it_requests_more_than_the_containers() -> None:
    spec = container("500m", "1Gi", initContainers=[container(2, "64Mi", name="warm")])
    assert pod_requests(spec) == Resources(2000, 1024 * MIB, 1)


def test_a_sidecar_runs_beside_the_containers_and_beside_the_init_containers_after_it() -> None:
    side = container("300m", "100Mi", name="side", restartPolicy="Always")
    first = container(1, "10Mi", name="first")
    spec = container("500m", "200Mi", initContainers=[first, side, container(1, "10Mi", name="last")])
    assert pod_requests(spec) == Resources(1300, 300 * MIB, 1)


def test_a_limit_without_a_request_is_the_request_and_the_namespace_has_a_default() -> None:
    spec = {"resources": {"limits": {"cpu": 2}}}
    assert pod_requests(spec) == Resources(2000, 128 * MIB, 1)


@pytest.mark.parametrize(
    ("kind", "spread", "spec", "pods", "where"),
    [
        ("Deployment", "share", {"replicas": 7}, 7, "share"),
        ("Deployment", "share", {"autoscaling": {"min": 2, "max": 40}}, 40, "share"),
        ("Deployment", "home", {}, 1, "home"),
        ("StatefulSet", "every", {"replicas": 3}, 3, "every"),
        ("DaemonSet", "every", {}, 1, "node"),
        ("CronJob", "home", {"job": {"parallelism": 4}}, 4, "home"),
        ("Job", "home", {"replicas": 9}, 1, "home"),
    ],
)
def test_an_app_counts_with_as_many_pods_as_may_run_at_once(kind, spread, spec, pods, where) -> None:
    demand = app_demand(facts_of("t/a", kind=kind, spread=spread), spec)
    assert (demand.pods, demand.spread, demand.scaled) == (pods, where, "autoscaling" in spec)
