"""Dividing a data center's pods over its clusters."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Host
from sixfold_compiler.placement.apportion import divide, headroom
from sixfold_compiler.placement.scale import budget, quota_on, scales, scales_on

WEIGHTS = st.lists(st.integers(1, 100), min_size=1, max_size=8)
TOTALS = st.integers(0, 5000)


@given(TOTALS, WEIGHTS)
def test_shares_add_up_to_what_was_asked_for(total, weights) -> None:
    assert sum(divide(total, weights)) == total


@given(TOTALS, WEIGHTS)
@example(3, [98, 1, 1])
@example(4, [97, 1, 1, 1])
def test_every_cluster_gets_one_where_there_is_one_for_each(total, weights) -> None:
    assert sum(part > 0 for part in divide(total, weights)) == min(total, len(weights))
    assert min(divide(total, weights)) >= (total >= len(weights))


@given(TOTALS, WEIGHTS)
def test_where_there_are_too_few_the_heaviest_clusters_get_one_each(total, weights) -> None:
    parts = divide(total, weights)
    if total >= len(weights):
        return
    chosen = [w for w, part in zip(weights, parts, strict=True) if part]
    left_out = [w for w, part in zip(weights, parts, strict=True) if not part]
    assert set(parts) <= {0, 1}
    assert not chosen or not left_out or min(chosen) >= max(left_out)


@given(TOTALS, WEIGHTS)
def test_a_share_is_within_one_of_exact_unless_one_for_each_asked_for_more(total, weights) -> None:
    """Exact shares are rounded up or down by largest remainders; only the floor of one pod may lower others."""
    exact = [Fraction(total * w, sum(weights)) for w in weights]
    parts = divide(total, weights)
    if all(e >= 1 for e in exact):
        assert all(abs(part - e) < 1 for part, e in zip(parts, exact, strict=True))


@given(TOTALS, WEIGHTS)
def test_a_heavier_cluster_never_gets_less(total, weights) -> None:
    parts = divide(total, weights)
    for i, a in enumerate(weights):
        for j, b in enumerate(weights):
            if a > b:
                assert parts[i] >= parts[j]


@given(st.integers(0, 500), WEIGHTS)
def test_one_pod_more_goes_somewhere_and_the_sum_follows(total, weights) -> None:
    assert sum(divide(total + 1, weights)) - sum(divide(total, weights)) == 1


@given(TOTALS, WEIGHTS, st.integers(2, 50))
def test_only_the_ratio_of_weights_counts(total, weights, factor) -> None:
    assert divide(total, weights) == divide(total, [w * factor for w in weights])


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (180, [35, 34, 31], [63, 61, 56]),
        (10, [34, 33, 33], [4, 3, 3]),
        (3, [34, 33, 33], [1, 1, 1]),
        (2, [33, 33, 34], [1, 0, 1]),
        (1, [50, 50], [1, 0]),
        (0, [50, 50], [0, 0]),
        (3, [98, 1, 1], [1, 1, 1]),
    ],
)
def test_division_by_hand(total, weights, parts) -> None:
    assert divide(total, weights) == parts


def test_nothing_is_asked_of_clusters_without_capacity() -> None:
    """The fleet may declare 0 cores for a cluster that is being built, which must cause no division by zero."""
    assert divide(100, [0, 0]) == [50, 50]
    assert divide(100, [0, 1]) == [1, 99]


@given(st.integers(1, 5000), WEIGHTS)
def test_the_others_absorb_the_loss_of_any_cluster(total, weights) -> None:
    shares = headroom(total, weights)
    if len(weights) == 1:
        assert shares == [total]
        return
    for lost in range(len(weights)):
        assert sum(shares) - shares[lost] >= total


@given(st.integers(1, 5000), WEIGHTS)
def test_headroom_is_never_more_than_the_whole(total, weights) -> None:
    assert max(headroom(total, weights)) <= total


@given(st.integers(1, 5000), st.integers(0, 500), WEIGHTS)
def test_more_in_total_is_never_less_on_a_cluster(total, extra, weights) -> None:
    before, after = headroom(total, weights), headroom(total + extra, weights)
    assert all(a <= b for a, b in zip(before, after, strict=True))


@given(st.integers(1, 300), st.integers(0, 300), WEIGHTS)
def test_an_autoscaled_app_keeps_its_range_on_every_cluster_and_in_the_data_center(low, extra, weights) -> None:
    high = low + extra
    rows = scales({"autoscaling": {"min": low, "max": high}}, "share", weights)
    placed = [row for row in rows if row is not None]
    assert sum(row["min"] for row in placed) == low
    assert all(1 <= row["min"] <= row["max"] for row in placed)
    assert sum(row["max"] for row in placed) >= high
    if len(placed) > 1:
        assert sum(row["max"] for row in placed) - max(row["max"] for row in placed) >= high


def test_maxima_leave_room_among_the_clusters_where_the_app_runs_and_no_others() -> None:
    """The app runs on two of three clusters; if one is lost, the other must carry all pods."""
    rows = scales({"autoscaling": {"min": 2, "max": 8}}, "share", [34, 33, 33])
    assert rows == [{"min": 1, "max": 8}, {"min": 1, "max": 8}, None]


def test_what_has_a_home_or_is_everywhere_is_not_divided() -> None:
    assert scales({"replicas": 3}, "home", [100]) == [{"replicas": 3}]
    assert scales({"replicas": 3}, "every", [50, 50]) == [{"replicas": 3}] * 2
    assert scales({"autoscaling": {"max": 9}}, "every", [50, 50]) == [{"min": 1, "max": 9}] * 2


def test_kinds_without_a_count_have_none() -> None:
    for kind in ("DaemonSet", "Job", "CronJob"):
        assert scales({"kind": kind, "replicas": 3}, "every", [50, 50]) == [{}, {}]


@pytest.mark.parametrize(
    ("disruption", "scale", "total", "expected"),
    [
        ({"maxUnavailable": "10%"}, {"replicas": 5}, 10, {"maxUnavailable": "10%"}),
        ({"maxUnavailable": 4}, {"replicas": 5}, 10, {"maxUnavailable": 2}),
        ({"maxUnavailable": 1}, {"replicas": 5}, 50, {"maxUnavailable": 1}),
        ({"minAvailable": 8}, {"replicas": 5}, 10, {"minAvailable": 4}),
        ({"minAvailable": 10}, {"replicas": 5}, 10, {"minAvailable": 4}),
        ({"minAvailable": "50%"}, {"min": 4, "max": 9}, 8, {"minAvailable": "50%"}),
        ({"minAvailable": "90%"}, {"replicas": 3}, 9, {"maxUnavailable": 1}),
        ({"maxUnavailable": 1}, {"replicas": 2}, 2, {"maxUnavailable": 1}),
        ({"minAvailable": 1}, {"replicas": 1}, 3, None),
        ({}, {"replicas": 5}, 5, None),
        ({"maxUnavailable": "10%"}, {}, 0, None),
    ],
)
def test_a_cluster_s_part_of_the_disruption_budget(disruption, scale, total, expected) -> None:
    assert budget(disruption, scale, total) == expected


@given(
    st.one_of(
        st.builds(lambda n: {"maxUnavailable": n}, st.integers(1, 50) | st.integers(1, 100).map("{}%".format)),
        st.builds(lambda n: {"minAvailable": n}, st.integers(0, 50) | st.integers(0, 99).map("{}%".format)),
    ),
    st.integers(0, 100),
    st.integers(0, 200),
)
@example({"minAvailable": "90%"}, 2, 4)
def test_no_budget_that_is_written_forbids_every_eviction(disruption, pods, elsewhere) -> None:
    """The disruption controller rounds percentages of pods up."""
    result = budget(disruption, {"replicas": pods}, pods + elsewhere)
    if result is None:
        return

    def count(value) -> int:
        return value if isinstance(value, int) else math.ceil(int(value[:-1]) * pods / 100)

    allowed = count(result["maxUnavailable"]) if "maxUnavailable" in result else pods - count(result["minAvailable"])
    assert allowed >= 1


@given(st.integers(1, 500), WEIGHTS, st.integers(1, 3))
def test_a_cluster_of_weight_0_keeps_one_pod_and_the_others_carry_the_whole(total, weights, idle) -> None:
    rows = scales({"replicas": total}, "share", [*weights, *[0] * idle])
    assert rows[: len(weights)] == scales({"replicas": total}, "share", weights)
    assert rows[len(weights) :] == [{"replicas": 1}] * idle


@given(st.integers(1, 300), st.integers(0, 300), WEIGHTS)
def test_an_autoscaled_app_keeps_its_bounds_elsewhere_while_a_cluster_is_drained(low, extra, weights) -> None:
    spec = {"autoscaling": {"min": low, "max": low + extra}}
    rows = scales(spec, "share", [*weights, 0])
    assert rows[:-1] == scales(spec, "share", weights)
    assert rows[-1] is not None
    assert rows[-1]["min"] == 1


@given(st.integers(1, 5000), WEIGHTS)
def test_the_quota_of_a_drained_cluster_is_that_of_the_smallest_of_the_others(total, weights) -> None:
    """Its pods still run, and must be admitted again if their node is deleted."""
    shares = headroom(total, [*weights, 0])
    assert shares[:-1] == headroom(total, weights)
    assert shares[-1] == min(shares[:-1])


def test_nothing_is_kept_of_an_app_without_pods() -> None:
    assert scales({"replicas": 0}, "share", [60, 40, 0]) == [None, None, None]


def test_weights_with_fractions_count_by_their_ratio_and_nothing_is_rounded_on_the_way() -> None:
    assert (
        divide(100, [0.1, 0.2, 0.7]) == divide(100, [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)]) == [10, 20, 70]
    )
    assert divide(7, [1.5, 2]) == divide(7, [3, 4]) == [3, 4]


def test_a_room_of_pods_that_is_autoscaled_is_divided_over_clusters_without_weight_all_alike() -> None:
    assert scales({"autoscaling": {"min": 4, "max": 8}}, "share", [0, 0]) == [{"min": 2, "max": 8}] * 2


QUOTA = Resources(100, 100 * 2**20, 100)
# Weights before and after a move from a to c, with a larger weight on b.
MOVING = (Host("a", 0, (60, 0)), Host("b", 50, (40, 50)), Host("c", 50, (0, 50)))


def test_without_a_move_each_host_has_its_share_by_weight() -> None:
    hosts = (Host("a", 60), Host("b", 40))
    assert scales_on({"replicas": 10}, "share", hosts) == scales({"replicas": 10}, "share", [60, 40])
    assert quota_on(QUOTA, hosts) == [QUOTA, QUOTA]


def test_while_a_namespace_moves_every_host_has_what_it_had_and_what_it_will_have() -> None:
    """No pod is deleted before its replacements run, with any weights of this step."""
    assert scales_on({"replicas": 10}, "share", MOVING) == [{"replicas": 6}, {"replicas": 5}, {"replicas": 5}]
    limits = {"autoscaling": {"min": 10, "max": 20}}
    assert scales_on(limits, "share", MOVING) == [{"min": 6, "max": 20}, {"min": 5, "max": 20}, {"min": 5, "max": 20}]
    assert quota_on(QUOTA, MOVING) == [QUOTA, QUOTA, QUOTA], "the one that goes and the one that comes"


def test_parts_of_a_quota_carry_a_lost_host_and_have_full_mebibytes() -> None:
    hosts = (Host("a", 50), Host("b", 30), Host("c", 20))
    assert quota_on(Resources(16100, 10 * 2**20 + 1, 7), hosts) == [
        Resources(16100, 11 * 2**20, 7),
        Resources(9660, 7 * 2**20, 5),
        Resources(6440, 5 * 2**20, 3),
    ]


def test_where_fewer_pods_than_hosts_move_a_host_without_any_before_and_after_has_none() -> None:
    assert scales_on({"replicas": 1}, "share", MOVING) == [{"replicas": 1}, {"replicas": 1}, None]


def test_a_quota_of_nothing_admits_nothing_on_any_host_of_a_move() -> None:
    hosts = (Host("a", 100, (100, 0)), Host("b", 0, (0, 100)))
    assert quota_on(Resources(1000, 0, 0), hosts) == [Resources(1000, 0, 0)] * 2
