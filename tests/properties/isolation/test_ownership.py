"""I2: every name has one owner. An oracle that compares each pair of apps checks claims of several teams over time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.profiles import examples
from tests.properties.isolation.claims import SCHEMES, Claims, collide


@pytest.fixture(scope="module", params=sorted(SCHEMES))
def claims(request, tmp_path_factory):
    return Claims(tmp_path_factory.mktemp("claims") / "repo", SCHEMES[request.param])


HOSTS = [
    "example.com",
    "own.example.org",
    "a.own.example.org",
    "*.own.example.org",
    "b.a.own.example.org",
    "*.a.own.example.org",
    "pay.example.com",
]
PATHS = ["/", "/api", "/API/", "/api/match", "/api/match/x", "/apis"]
KEYS = [f"{t}/{n}" for t in ("shop", "pay", "a", "a-b") for n in ("x", "b-c", "c", "b")]
EXTERNAL = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "host": st.sampled_from(HOSTS),
        "loadBalancer": st.sampled_from([False, False, False, True]),
        "sharedWith": st.lists(st.sampled_from(["*", "shop", "pay/x", "a"]), max_size=2),
    },
)
ROADS = st.fixed_dictionaries({"external": EXTERNAL}, optional={"intra-dc": st.just({}), "inter-dc": st.just({})})
SPECS = st.fixed_dictionaries(
    {"roads": ROADS | ROADS | ROADS | st.fixed_dictionaries({}, optional={"intra-dc": st.just({}), "inter-dc": st.just({})})},
    optional={
        "dataCenters": st.sampled_from([{"prod": ["dc1"]}, {"prod": ["dc2"]}, {"staging": ["dc1"]}, {"prod": ["dc1", "dc2"]}]),
    },
)  # fmt: skip
RUNS = st.lists(st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=2, max_size=6), min_size=1, max_size=4)


@given(runs=RUNS)
@examples(40)
def test_every_name_has_one_owner_and_the_owner_keeps_it(claims, runs) -> None:
    """No two apps have the same name; an app that fails keeps its names; an unchanged app never fails."""
    records: dict[str, dict] = {}
    committed: dict[str, dict] = {}  # the spec of each record
    for wanted in runs:
        left, failures = claims.compile(records, wanted)
        for first, other in itertools.combinations(sorted(left), 2):
            assert not collide(claims.fleet, first, other, left), (first, other)
        for key, spec in wanted.items():
            if key in failures:
                assert left.get(key) == records.get(key)
            if committed.get(key) == spec:
                assert key not in failures
                assert left[key] == records[key]
        committed = {k: committed[k] if k in failures else wanted[k] for k in left}
        event("some apps failed" if failures else "every app got its names")
        records = left
    assert claims.compile(records, committed) == (records, {})


@given(wanted=st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=2, max_size=6), data=st.data())
@examples(25)
def test_the_order_of_reading_does_not_matter(claims, wanted, data) -> None:
    first = claims.compile({}, wanted)
    shuffled = {key: wanted[key] for key in data.draw(st.permutations(sorted(wanted)))}
    assert claims.compile({}, shuffled) == first


@given(
    wanted=st.dictionaries(st.sampled_from(KEYS), SPECS, min_size=1, max_size=5),
    newcomer=st.sampled_from(KEYS),
    spec=SPECS,
)
@examples(40)
def test_a_newcomer_fails_exactly_when_it_collides(claims, wanted, newcomer, spec) -> None:
    """A newcomer fails exactly if the oracle finds a collision, and existing apps get no diagnostics."""
    records, failures = claims.compile({}, {k: s for k, s in wanted.items() if k != newcomer})
    settled = {k: wanted[k] for k in records if k not in failures}
    alone, invalid = claims.compile({}, {newcomer: spec})
    left, reported = claims.compile(records, {**settled, newcomer: spec})
    if newcomer not in alone:
        return  # rejected without any other app
    together = {**{k: records[k] for k in settled}, newcomer: alone[newcomer]}
    expected = any(collide(claims.fleet, newcomer, key, together) for key in settled) or invalid
    assert reported.keys() == ({newcomer} if expected else set())
    assert {k: left[k] for k in settled} == {k: records[k] for k in settled}
    event("rejected" if expected else "accepted")
