"""Live readings as a record: the last good values with their age, and hostile values are left out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.live import Capacity
from sixfold_compiler.model.quantities import Resources
from sixfold_generator.live.file import FILE, read, write
from sixfold_generator.live.record import Live, Reading, Registration, decode, encode
from sixfold_generator.live.rounds import next_live
from sixfold_generator.state.clock import Instant

KEY = "prod/dc1/dc1-a"
CAPACITY = Capacity(Resources(4000, 1 << 30, 110), Resources(1500, 1 << 20, 7))


def instant(seconds):
    return Instant("boot", float(seconds))


def test_a_written_record_is_read_back_equal(tmp_path):
    live = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration({KEY: "elsewhere"}, instant(1)), instant(2))
    write(tmp_path, live)
    assert read(tmp_path) == live
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_cluster_may_have_and_request_nothing(tmp_path):
    nothing = Capacity(Resources(0, 0, 0), Resources(0, 0, 0))
    live = next_live(None, [KEY], {KEY: nothing}, {}, Registration(at=instant(1)), instant(2))
    assert decode(encode(live)) == live


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


def test_a_file_has_at_most_eight_mebibytes(tmp_path):
    live = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(2))
    for size, record in ((8 << 20, live), ((8 << 20) + 1, None)):
        (tmp_path / FILE).write_bytes(encode(live).ljust(size))
        assert read(tmp_path) == record


@pytest.mark.parametrize("value", [-1, "1", True, None, [], 1e400])
def test_a_record_with_an_invalid_amount_is_none(tmp_path, value):
    live = next_live(None, [KEY], {KEY: CAPACITY}, {}, Registration(), instant(2))
    write(tmp_path, live)
    raw = json.loads((tmp_path / FILE).read_text())
    raw["clusters"][KEY]["allocatable"]["cpu"] = value
    (tmp_path / FILE).write_text(json.dumps(raw))
    assert read(tmp_path) is None
