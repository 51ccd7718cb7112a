"""Quantities, and what a pod reserves."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.quantities import Resources, number, quantity_value
from sixfold_compiler.model.requests import pod_requests
from sixfold_compiler.placement.demand import app_demand
from tests.support.facts import facts_of

MIB = 2**20
GIB = 2**30


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("500m", 0.5), ("2", 2.0), (3, 3.0), (1.5, 1.5), ("1k", 1000.0), ("2M", 2e6), ("1G", 1e9), ("1T", 1e12),
        ("1Ki", 1024.0), ("3Mi", 3 * 2**20), ("1.5Gi", 1.5 * 2**30), ("62Ti", 62 * 2**40), ("1Pi", 2**50), ("1Ei", 2**60),
        ("0", 0.0), ("1P", 1e15), ("1E", 1e18), ("5n", 5e-9), ("5u", 5e-6), ("2e3", 2000.0), ("2E-1", 0.2), ("+1", 1.0),
        (".5", 0.5), ("1.", 1.0),
    ],
)  # fmt: skip
def test_quantities_are_those_of_kubernetes(quantity, value) -> None:
    assert number(quantity) == value


@pytest.mark.parametrize("quantity", ["", "x", "1K", "1 Gi", "1e", "1m5", "٣", "1gi", None])
def test_other_texts_are_no_quantities(quantity) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        quantity_value(quantity)


def test_quantities_are_exact_and_neither_negative_nor_above_the_largest() -> None:
    assert quantity_value("1e21") == 10**21
    assert quantity_value("0.1") * 10 == 1
    for quantity in ("-1", "-1m", "1.1e21", "1001E"):
        with pytest.raises(ValueError, match="out of range"):
            quantity_value(quantity)


def test_amounts_are_in_millicores_and_bytes_without_a_fraction() -> None:
    assert Resources.of("2", "1Gi", 3) == Resources(2000, GIB, 3)
    assert Resources.of(0.25, 1000, 1) == Resources(250, 1000, 1)
    assert Resources.of("1.6m", "1500m", 0) == Resources(2, 2, 0)
    assert Resources() == Resources(0, 0, 0)


def test_sums_and_differences_are_by_resource() -> None:
    large, small = Resources(100, 20, 3), Resources(1, 2, 5)
    assert large + small == Resources(101, 22, 8)
    assert large - small == Resources(99, 18, -2)


def test_a_multiple_is_rounded_up() -> None:
    amount = Resources(10, 20, 1)
    assert amount.times(3) == Resources(30, 60, 3)
    assert amount.times(1, 3) == Resources(4, 7, 1)
    assert amount.times(2, 4) == Resources(5, 10, 1)
    assert amount.times(0) == Resources()


@pytest.mark.parametrize(
    ("amount", "fits", "fraction"),
    [
        (Resources(), True, 0.0),
        (Resources(100, 50, 5), True, 1.0),
        (Resources(25, 10, 1), True, 0.25),
        (Resources(25, 20, 1), True, 0.4),
        (Resources(25, 10, 4), True, 0.8),
        (Resources(101, 0, 0), False, 1.01),
        (Resources(0, 51, 0), False, 1.02),
        (Resources(0, 0, 6), False, 1.2),
    ],
)
def test_an_amount_fits_if_each_resource_does_and_its_fraction_is_that_of_the_scarcest(amount, fits, fraction) -> None:
    room = Resources(100, 50, 5)
    assert (amount.within(room), amount.fraction_of(room)) == (fits, fraction)


def test_what_a_capacity_lacks_is_used_up_by_any_need() -> None:
    capacity = Resources(100, 0, 10)
    assert Resources(50, 1, 1).fraction_of(capacity) == 1.0
    assert Resources(50, 0, 1).fraction_of(capacity) == 0.5


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Resources(9_940, 2**40, 1), "9.9 cores, 1.0 TiB, 1 pods"),
        (Resources(10_000, GIB, 1000), "10 cores, 1.0 GiB, 1,000 pods"),
        (Resources(1_234_000, MIB, 0), "1,234 cores, 1.0 MiB, 0 pods"),
        (Resources(0, MIB - 1, 0), "0.0 cores, 1,048,575 B, 0 pods"),
        (Resources(0, -3 * GIB, 0), "0.0 cores, -3.0 GiB, 0 pods"),
    ],
)
def test_amounts_are_written_with_few_digits(amount, text) -> None:
    assert str(amount) == text


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
