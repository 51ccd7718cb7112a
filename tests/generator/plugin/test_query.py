"""The body of a request as a query: rejected if it is invalid, and shortened in a log line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sixfold_generator.plugin.query import PARAMETERS, Query, Refusal, parse, shown
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
    clusters = [f"c-{number:03}" for number in range(15)]
    brief = query(team="shop", cluster=clusters).brief
    assert brief["unit"] == "namespace"
    assert brief["team"] == ["shop"]
    assert brief["cluster"][0] == "c-000"
    assert len(brief["cluster"]) == 10


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


def refusal(body):
    with pytest.raises(Refusal) as raised:
        parse(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert (raised.value.status, raised.value.outcome) == (400, "bad-request")
    return raised.value.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        ([], "the body must be an object with an object called input"),
        ({"applicationSetName": "a"}, "the body must be an object with an object called input"),
        ({"applicationSetName": "a", "input": 1}, "the body must be an object with an object called input"),
        ({"input": 1}, "the body must be an object with an object called input"),
        ({"input": {}}, "applicationSetName must be a string"),
        ({"applicationSetName": 1, "input": {"parameters": 1}}, "applicationSetName must be a string"),
        ({"applicationSetName": 1, "input": {"parameters": {"x": 1}}}, "applicationSetName must be a string"),
        ({"applicationSetName": "a", "input": {"parameters": 1}}, "input.parameters must be an object"),
    ],
)
def test_the_structure_of_a_body_is_checked_from_outside_to_inside(body, message):
    assert refusal(body) == message


EMPTY = "parameter team must be a string or a list of strings, not empty"
UNIT = "parameter unit must be one of cluster, namespace, app, argocd"
ONE = "unit argocd is one Argo CD instance: parameter instance must be its name"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"team": []}, EMPTY), ({"team": 1}, EMPTY), ({"team": None}, EMPTY), ({"team": ["a", 1]}, EMPTY),
        ({"team": [["a"]]}, EMPTY), ({"team": {}}, EMPTY), ({"team": [f"t{number}" for number in range(1001)]}, EMPTY),
        ({"unit": 1}, UNIT), ({"unit": []}, UNIT), ({"unit": ["app", "app"]}, UNIT), ({"unit": None}, UNIT),
        ({"unit": "shops"}, 'unknown unit "shops"; known: cluster, namespace, app, argocd'),
        ({"unit": "argocd"}, ONE), ({"unit": "argocd", "instance": []}, ONE), ({"unit": ["argocd"], "instance": 1}, ONE),
        ({"unit": "argocd", "instance": ["a", "b"]}, ONE),
        ({"unit": "argocd", "instance": "a", "cluster": "b"}, "parameter cluster does not apply to unit argocd"),
        ({"unit": "argocd", "instanc": "a"}, 'unknown parameter "instanc"; did you mean instance?'),
        (
            {"unit": "argocd", "instance": "A"},
            '"A" is no instance: names have lower-case letters, digits and hyphens, at most 63',
        ),
        ({"unit": ["apps"]}, 'unknown unit "apps"; did you mean app?'),
        ({"teams": "a"}, 'unknown parameter "teams"; did you mean team?'),
        ({"unit": "cluster", "team": "a"}, "parameter team does not apply to unit cluster"),
        ({"unit": ["cluster"], "namespace": "a"}, "parameter namespace does not apply to unit cluster"),
        ({"team": ""}, '"" is no team: names have lower-case letters, digits and hyphens, at most 63'),
        ({"team": "a" * 64}, f'"{"a" * 63}…" is no team: names have lower-case letters, digits and hyphens, at most 63'),
        ({"team": "a\n"}, '"a?" is no team: names have lower-case letters, digits and hyphens, at most 63'),
        ({"team": "Ads", "environment": []}, EMPTY.replace("team", "environment")),
        ({"team": ["Ads", 1]}, EMPTY),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_wrong_parameter_is_named(parameters, message):
    assert refusal({"applicationSetName": "a", "input": {"parameters": parameters}}) == message


@pytest.mark.parametrize(
    ("parameters", "unit", "selection"),
    [
        ({}, "namespace", ()),
        ({"unit": "cluster"}, "cluster", ()),
        ({"unit": ["app"], "app": "web"}, "app", (("app", ("web",)),)),
        ({"unit": ["argocd"], "instance": "prod"}, "argocd", (("instance", ("prod",)),)),
        ({"unit": "argocd", "instance": ["prod"]}, "argocd", (("instance", ("prod",)),)),
        (
            {"team": ["b", "a"], "cluster": "a" * 63, "instance": "x", "dataCenter": "y", "environment": "z"},
            "namespace",
            (
                ("cluster", ("a" * 63,)),
                ("dataCenter", ("y",)),
                ("environment", ("z",)),
                ("instance", ("x",)),
                ("team", ("a", "b")),
            ),
        ),
    ],
)
def test_a_query_has_the_given_parameters_in_order(parameters, unit, selection):
    assert query(**parameters) == Query("set", unit, selection)
    assert query(**parameters).key == (unit, selection)


def test_a_parameter_has_at_most_a_thousand_values():
    ((_, values),) = query(team=[f"t{number}" for number in range(1000)]).selection
    assert len(values) == 1000


def test_a_body_without_parameters_and_with_fields_of_a_newer_argo_cd_is_a_query():
    body = {"applicationSetName": "set", "input": {"newer": 1}, "newer": {}}
    assert parse(json.dumps(body).encode()) == Query("set", "namespace", ())


def test_a_body_has_at_most_sixteen_levels():
    def nested(levels):
        return b'{"applicationSetName":"set","input":{},"newer":' + b"[" * levels + b"1" + b"]" * levels + b"}"

    assert parse(nested(15)) == Query("set", "namespace", ())
    assert refusal(nested(16)) == "the body is nested deeper than 16 levels"


def test_each_parameter_applies_to_some_units():
    every, teams = ("cluster", "namespace", "app"), ("namespace", "app")
    assert {
        "environment": every,
        "dataCenter": every,
        "cluster": every,
        "instance": (*every, "argocd"),
        "team": teams,
        "namespace": teams,
        "app": ("app",),
    } == PARAMETERS


@pytest.mark.parametrize(
    ("value", "plain"),
    [("a b", "a b"), ("é" * 63, "é" * 63), ("a" * 64, "a" * 63 + "…"), ('a"\nb', "a??b"), ("\n" * 63, "?" * 63)],
)
def test_a_value_is_shown_on_one_line_and_cut(value, plain):
    assert shown(value) == f'"{plain}"'
    assert shown(value, quoted=False) == plain
