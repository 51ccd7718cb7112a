"""The metrics of one worker and of all, and their folder, which the service empties when it starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from prometheus_client import values
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.service.metrics import DEATHS, FOLDER, Metrics, prepare


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    """Leave the environment as it was."""
    monkeypatch.setenv(FOLDER, "")


def test_what_an_earlier_service_left_is_deleted(tmp_path):
    left = ("counter_0.db", "gauge_mostrecent_1.db", "histogram_12.db", "slot-3", "left-4711", "deaths")
    for name in left:
        (tmp_path / name).touch()
    prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert os.environ[FOLDER] == str(tmp_path)


@pytest.mark.parametrize("name", ["snapshot.json", "deaths/x", "counter_0.db.bak"])
def test_a_folder_with_files_of_others_is_refused_and_nothing_is_deleted(name, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("precious")
    (tmp_path / "slot-0").touch()
    with pytest.raises(DiagnosticError, match="the service would delete") as raised:
        prepare(tmp_path)
    assert {problem.code for problem in raised.value.diagnostics} == {"SF830"}
    assert (tmp_path / name).read_text() == "precious"
    assert (tmp_path / "slot-0").exists()


def test_a_missing_folder_is_created(tmp_path):
    prepare(tmp_path / "new" / "metrics")
    assert (tmp_path / "new" / "metrics").is_dir()


def test_a_file_in_place_of_the_folder_is_a_finding(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiagnosticError, match="no folder to write to"):
        prepare(tmp_path / "file")


def descriptors():
    return sum(1 for _ in Path("/dev/fd").iterdir())


class Ready(Collector):
    def collect(self):
        yield GaugeMetricFamily("sixfold_generator_ready", "The gauge of a health.", value=1)


def rendered(metrics):
    """Return the samples as {name and labels: value}, without the prefix of all names."""
    lines = metrics.render(Ready()).decode().splitlines()
    samples = [line.rpartition(" ") for line in lines if not line.startswith("#") and "_created" not in line]
    return {name.removeprefix("sixfold_generator_"): float(value) for name, _, value in samples}


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.delenv(FOLDER)
    return Metrics()


def test_a_request_is_counted_by_its_outcome_with_its_time_and_its_bytes(alone):
    alone.request("ok", 0.003, 100)
    alone.request("ok", 0.001, 10)
    alone.request("unauthorized", 20.0, 5)
    alone.adoption("refused")
    seen = rendered(alone)
    assert seen["ready"] == 1
    assert (seen['requests_total{outcome="ok"}'], seen['requests_total{outcome="unauthorized"}']) == (2, 1)
    assert (seen["response_bytes_total"], seen["authentication_failures_total"]) == (115, 1)
    assert seen['adoptions_total{outcome="refused"}'] == 1
    assert (seen["request_seconds_count"], seen["request_seconds_sum"]) == (3, pytest.approx(20.004))
    buckets = {name.split('"')[1]: count for name, count in seen.items() if name.startswith("request_seconds_bucket")}
    assert buckets == {
        "0.0005": 0, "0.001": 1, "0.0025": 1, "0.005": 2, "0.01": 2, "0.025": 2, "0.05": 2, "0.1": 2, "0.25": 2,
        "0.5": 2, "1.0": 2, "2.5": 2, "5.0": 2, "15.0": 2, "+Inf": 3,
    }  # fmt: skip


def test_an_application_set_has_a_series_under_its_name_if_that_is_valid(alone):
    for name, count in (("shop", 3), ("shop", 4), ("a" * 253, 5), ("a" * 254, 6), ('evil"', 7), ("", 8)):
        alone.sets(name, count)
    sets = {name: value for name, value in rendered(alone).items() if name.startswith("parameter_sets")}
    assert sets == {
        f'parameter_sets{{application_set="{name}"}}': value
        for name, value in (("shop", 4), ("a" * 253, 5), ("invalid", 8))
    }


def test_five_hundred_application_sets_have_a_series_and_the_others_share_one(alone):
    for number in range(503):
        alone.sets(f"set-{number}", number)
    alone.sets("set-0", 9)
    sets = {name: value for name, value in rendered(alone).items() if name.startswith("parameter_sets")}
    assert len(sets) == 501
    assert sets['parameter_sets{application_set="set-0"}'] == 9
    assert sets['parameter_sets{application_set="set-499"}'] == 499
    assert sets['parameter_sets{application_set="other"}'] == 502


def test_workers_add_up_in_the_folder_and_each_has_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    prepare(tmp_path)
    opened = [descriptors()]
    for _ in range(2):
        Metrics().adoption("adopted")
        opened.append(descriptors())
    assert opened[2] - opened[1] == opened[1] - opened[0], "a number that another worker holds is not kept open"
    assert {"slot-0", "slot-1", "counter_0.db", "counter_1.db"} <= {path.name for path in tmp_path.iterdir()}
    third = Metrics()
    third.adoption("adopted")
    assert rendered(third)['adoptions_total{outcome="adopted"}'] == 3
    assert (rendered(third)["worker_deaths_total"], rendered(third)["ready"]) == (0, 1)
    (tmp_path / DEATHS).write_bytes(b"..")
    assert rendered(third)["worker_deaths_total"] == 2
