"""Live readings as gauges and as reasons; only adopted clusters become labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from sixfold_generator.live.record import Amounts, Live, Reading, Registration
from sixfold_generator.live.report import LiveGauges, reasons
from sixfold_generator.state.clock import Instant

KEY = "prod/dc1/dc1-a"


def instant(seconds):
    return Instant("boot", float(seconds))


def test_unregistered_clusters_are_reasons_at_once_and_failures_after_three_rounds():
    failing = {"a/b/c": Reading(failing=2, why="x"), "a/b/d": Reading(failing=3, why="it does not answer")}
    live = Live(
        instant(1), failing, Registration({KEY: "no", "a/b/c": "elsewhere", "a/b/e": "frozen"}, failing=3, why="w")
    )
    lines = reasons(live)
    assert lines == [
        "SF843: cluster a/b/c is registered in Argo CD under another server",
        f"SF843: cluster {KEY} is not registered in Argo CD",
        "SF842: cluster a/b/d cannot be read: it does not answer",
        "SF842: Argo CD's cluster Secrets cannot be read: w",
    ]
    assert reasons(None) == []
    many = Live(instant(1), {}, Registration({f"a/b/{number}": "no" for number in range(50)}))
    assert len(reasons(many)) == 11


def test_a_reading_of_another_boot_has_no_age():
    """Times of different boots cannot be compared, so the age is unknown."""
    known = {KEY: Reading(Amounts(4, 8, 9), at=instant(1)), "a/b/never": Reading()}
    ages, *_ = [
        gauge for gauge in LiveGauges(Live(instant(1), known), known).collect() if gauge.name.endswith("age_seconds")
    ]
    assert ages.samples == []


def test_without_a_record_there_are_no_gauges():
    assert list(LiveGauges(None, [KEY]).collect()) == []


def test_only_adopted_clusters_become_labels():
    clusters = {KEY: Reading(Amounts(4, 8, 9), None, Instant.now(), 3), 'evil"\n': Reading(failures=1)}
    live = Live(instant(1), clusters, Registration({KEY: "no", "evil": "yes"}))
    registry = CollectorRegistry()
    registry.register(LiveGauges(live, [KEY]))
    text = generate_latest(registry).decode()
    for resource, amount in (("cpu", "4.0"), ("memory", "8.0"), ("pods", "9.0")):
        assert f'sixfold_generator_cluster_allocatable{{cluster="{KEY}",resource="{resource}"}} {amount}\n' in text
    assert f'sixfold_generator_cluster_reading_age_seconds{{cluster="{KEY}"}} ' in text
    assert f'sixfold_generator_cluster_registered{{cluster="{KEY}"}} 0.0' in text
    assert f'sixfold_generator_cluster_reading_failures_total{{cluster="{KEY}"}} 3.0' in text
    assert "evil" not in text
