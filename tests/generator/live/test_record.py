"""Live readings as a record: last known good with an age, and nothing hostile gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from sixfold_compiler.live import Capacity, Registered
from sixfold_compiler.live.capacity import Resources
from sixfold_generator.live.file import FILE, read, write
from sixfold_generator.live.record import Amounts, Live, Reading, Registration, decode, encode
from sixfold_generator.live.report import LiveGauges, reasons
from sixfold_generator.live.rounds import managed_by, next_live, registration
from sixfold_generator.state.clock import Instant
from tests.support.trees import Spec
from tests.support.trees import read as read_tree

KEY = "prod/dc1/dc1-a"
CAPACITY = Capacity(Resources(4.0, 1 << 30, 110), Resources(1.5, 1 << 20, 7), 1, 1)


def instant(seconds):
    return Instant("boot", float(seconds))


def test_a_written_record_is_read_back_equal(tmp_path):
    live = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration({KEY: "elsewhere"}, instant(1)), instant(2))
    write(tmp_path, live)
    assert read(tmp_path) == live
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_equal_records_give_equal_bytes_in_any_order_of_keys():
    first = Live(instant(1), {"a": Reading(failures=1), "b": Reading(why="x")}, Registration({"a": "yes", "b": "no"}))
    other = Live(instant(1), dict(reversed(first.clusters.items())), Registration({"b": "no", "a": "yes"}))
    assert encode(first) == encode(other)
    assert decode(encode(first)) == first


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("at boot", 5), ("at boot", "b" * 1001), ("at seconds", "1"), ("at seconds", -1), ("at seconds", True),
        (f"clusters {KEY} failures", -1), (f"clusters {KEY} failures", 1.0), (f"clusters {KEY} failing", 1 << 53),
        (f"clusters {KEY} failing", False), (f"clusters {KEY} why", None), (f"clusters {KEY} at", 1),
        (f"clusters {KEY} allocatable", {}), (f"clusters {KEY} requested cpu", None), (f"clusters {KEY}", "x"), ("clusters", []),
        ("registration clusters x", "perhaps"), ("registration at", "now"), ("registration", None),
    ],
)  # fmt: skip
def test_a_record_with_a_wrong_value_is_none(path, value):
    document = json.loads(encode(next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(at=instant(1)), instant(2))))
    assert decode(json.dumps(document).encode()) is not None
    *parents, last = path.split()
    place = document
    for name in parents:
        place = place[name]
    place[last] = value
    assert decode(json.dumps(document).encode()) is None


def test_a_failed_reading_keeps_the_last_good_values_and_their_time():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    second = next_live(first, [KEY], {}, {KEY: "it does not answer"}, Registration(), instant(2))
    third = next_live(second, [KEY], {}, {KEY: "it does not answer"}, Registration(), instant(3))
    assert third.clusters[KEY].allocatable == first.clusters[KEY].allocatable == Amounts(4, 1 << 30, 110)
    assert third.clusters[KEY].at == instant(1)
    assert (third.clusters[KEY].failures, third.clusters[KEY].failing) == (2, 2)
    again = next_live(third, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(4)).clusters[KEY]
    assert (again.at, again.failures, again.failing) == (instant(4), 2, 0)


def test_a_cluster_that_is_no_longer_adopted_leaves_the_record():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    assert next_live(first, [], {}, {}, Registration(), instant(2)).clusters == {}


def test_registration_compares_servers_of_the_clusters_of_one_instance():
    snapshot = read_tree(Spec())[0]
    ours = managed_by("ap-south-1", snapshot.clusters)
    assert {cluster.data_center for cluster in ours} == {"dc1"}
    known = [
        Registered("prod-dc1-a", "https://prod-dc1-a.example.com/"),
        Registered("prod-dc1-b", "https://moved.example.com"),
        Registered("any", "https://staging-dc1-s.example.com", frozen=True),
    ]
    assert dict(registration(ours, known, instant(1)).clusters) == {
        "prod/dc1/dc1-a": "yes",
        "prod/dc1/dc1-b": "elsewhere",
        "prod/dc1/dc1-c": "no",
        "staging/dc1/dc1-s": "frozen",
    }


def test_the_cluster_that_argo_cd_runs_in_is_registered_without_a_secret():
    spec = Spec()
    spec.servers[KEY] = "https://kubernetes.default.svc"
    ours = managed_by("ap-south-1", read_tree(spec)[0].clusters)
    assert registration(ours, [], instant(1)).clusters[KEY] == "yes"


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


def test_a_cluster_that_a_round_does_not_read_keeps_its_reading():
    first = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(1))
    second = next_live(first, [KEY, "a/b/new"], {}, {}, Registration(), instant(2))
    assert second.clusters == first.clusters
    assert second.at == instant(2)


def test_a_reading_of_another_boot_has_no_age():
    """The clock of another boot says nothing here: no age is better than a wrong one."""
    known = {KEY: Reading(Amounts(4, 8, 9), at=instant(1)), "a/b/never": Reading()}
    ages, *_ = [gauge for gauge in LiveGauges(Live(instant(1), known), known).collect() if gauge.name.endswith("age_seconds")]
    assert ages.samples == []


def test_without_a_record_there_are_no_gauges():
    assert list(LiveGauges(None, [KEY]).collect()) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.fixed_dictionaries(
    {"at": JSON, "clusters": st.dictionaries(st.just(KEY), JSON) | JSON, "registration": JSON}
)


@given(FIELDS | JSON)
def test_a_file_of_any_json_is_a_record_or_none(tmp_path_factory, document):
    folder = tmp_path_factory.mktemp("live")
    (folder / FILE).write_text(json.dumps(document))
    record = read(folder)
    assert record is None or isinstance(record, Live)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"at":1e999}', b"x" * (9 << 20)], ids=range(7)
)
def test_a_file_that_is_no_json_is_none(tmp_path, data):
    (tmp_path / FILE).write_bytes(data)
    assert read(tmp_path) is None


@pytest.mark.parametrize("value", [-1, "1", True, None, [], 1e400])
def test_a_record_with_an_invalid_amount_is_none(tmp_path, value):
    live = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(2))
    write(tmp_path, live)
    raw = json.loads((tmp_path / FILE).read_text())
    raw["clusters"][KEY]["allocatable"]["cpu"] = value
    (tmp_path / FILE).write_text(json.dumps(raw))
    assert read(tmp_path) is None


def test_only_adopted_clusters_become_labels():
    clusters = {KEY: Reading(Amounts(4, 8, 9), None, Instant.now(), 3), 'evil"\n': Reading(failures=1)}
    live = Live(instant(1), clusters, Registration({KEY: "no", "evil": "yes"}))
    registry = CollectorRegistry()
    registry.register(LiveGauges(live, [KEY]))
    text = generate_latest(registry).decode()
    assert f'sixfold_generator_cluster_allocatable{{cluster="{KEY}",resource="cpu"}} 4.0' in text
    assert f'sixfold_generator_cluster_registered{{cluster="{KEY}"}} 0.0' in text
    assert f'sixfold_generator_cluster_reading_failures_total{{cluster="{KEY}"}} 3.0' in text
    assert "evil" not in text
