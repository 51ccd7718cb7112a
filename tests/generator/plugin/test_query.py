"""The body of a request as a query: rejected if it is invalid, and shortened in a log line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sixfold_generator.plugin.query import MAX_BRIEF, Refusal, parse
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def query(**parameters):
    return parse(json.dumps({"applicationSetName": "set", "input": {"parameters": parameters}}).encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b"{}", b'{"input":{}}', b'{"applicationSetName":1,"input":{}}', b"\xff", b"NaN", b"{",
     b'{"applicationSetName":"a","input":[]}', b'{"applicationSetName":"a","input":{"parameters":[]}}',
     b'{"applicationSetName":"a","input":{"parameters":null}}', b"[" * 60000, b'{"a":' * 10000 + b"1" + b"}" * 10000,
     b'{"applicationSetName":"a","input":{"parameters":' + b'{"team":' * 17 + b"1" + b"}" * 17 + b"}}"],
    ids=lambda text: text[:24].decode("latin-1"),
)  # fmt: skip
def test_an_invalid_body_is_a_400(text):
    with pytest.raises(Refusal) as raised:
        parse(text)
    assert raised.value.status == 400


def test_order_and_repetition_in_a_list_make_no_difference():
    first, second = (query(team=values) for values in (["ads", "playback"], ["playback", "ads", "ads"]))
    assert first.key == second.key


def test_a_log_line_has_the_query_and_the_beginning_of_long_lists():
    clusters = [f"c-{number:03}" for number in range(MAX_BRIEF + 5)]
    brief = query(team="shop", cluster=clusters).brief
    assert brief["unit"] == "namespace"
    assert brief["team"] == ["shop"]
    assert len(brief["cluster"]) == MAX_BRIEF


def test_the_first_fault_of_a_body_is_named():
    """The order is: the structure, unknown parameters, the unit, then parameters by name."""
    faults = {"team": ["Ads"], "app": "x", "nothing": "x", "unit": "apps"}
    messages = []
    for fixed in ({}, {"nothing": None}, {"nothing": None, "unit": "namespace"}, {"nothing": None, "unit": "app"}):
        parameters = {key: value for key, value in (faults | fixed).items() if value is not None}
        with pytest.raises(Refusal) as raised:
            query(**parameters)
        messages.append(raised.value.message)
    check_snapshot("".join(f"{message}\n" for message in messages), SNAPSHOTS / "faults.txt")
