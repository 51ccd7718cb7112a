"""Source positions of values in the evaluated fleet, found by the names of keys."""

from __future__ import annotations

import pytest

from sixfold_compiler.engine.positions import Places

SOURCES = {
    "fleet.jsonnet": "{\n  teams: import 'teams.libsonnet',\n  defaults: { tier: 'P2' },\n  clusters: (import 'more.libsonnet').all,\n}\n",
    "teams.libsonnet": "{\n  shop: { tier: 'P1' },\n  pay: {},\n}\n",
    "more.libsonnet": "{\n  all: [],\n  shop: 1,\n}\n",
}


def test_a_key_in_its_object_wins_over_a_file_of_the_objects_name() -> None:
    sources = {"fleet.jsonnet": "{\n  teams: { pay: 1 },\n}\n", "teams.libsonnet": "{ pay: 2 }\n"}
    assert str(Places(sources).find(("teams", "pay"), "fleet.jsonnet")) == "fleet.jsonnet:2:12"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("teams", "pay"), "teams.libsonnet:3:3"),
        (("teams", "shop", "tier"), "teams.libsonnet:2:11"),
        (("teams", "shop"), "teams.libsonnet:2:3"),
        (("defaults", "tier"), "fleet.jsonnet:3:15"),
        (("teams", "nobody"), "fleet.jsonnet:2:3"),
        (("clusters", "pay"), "fleet.jsonnet:4:3"),
        (("nothing",), "fleet.jsonnet"),
    ],
)
def test_a_value_is_at_the_key_whose_chain_of_names_matches_best(path, place) -> None:
    assert str(Places(SOURCES).find(path, "fleet.jsonnet")).removesuffix(":1:1") == place


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("{ defaults: { tier : 'P2' } }", ("defaults", "tier"), "1:15"),
        ("{ defaults /* of all */: { tier // here\n: 1 } }", ("defaults", "tier"), "1:28"),
        ("{ 'dc-1': { \"b\": 1 } }", ("dc-1", "b"), "1:13"),
        ("{ @'dc1': { @\"b\": 1 } }", ("dc1", "b"), "1:13"),
        ("\n{ a: 1 }", ("a",), "2:3"),
        ("{ web(x): { image: x } }", ("web", "image"), "1:13"),
        ("{ web: { a: 1 }, image: 2 }", ("web", "image"), "1:3"),
        ("{ web: 1, [name]: { image: 2 } }", ("web", "image"), "1:3"),
        ("{ web: base + { image: 1 } }", ("web", "image"), "1:17"),
        ("} { a: 1 }", ("a",), "1:5"),
        ("{ prod: { a: { x: { tier: 1 } } } }", ("a", "y", "tier"), "1:11"),
        ("{ apps: { web: { tier: 1 } } }", ("prod", "web", "tier"), "1:18"),
    ],
)
def test_keys_of_a_source_are_at_their_lines_and_columns(text, path, place) -> None:
    assert str(Places({"x.jsonnet": text}).find(path, "fallback")) == f"x.jsonnet:{place}"


def test_a_file_counts_as_the_value_of_its_name_below_other_names_too() -> None:
    sources = {"a.libsonnet": "{ pay: 1 }", "teams.libsonnet": "{\n  pay: 1 }"}
    assert str(Places(sources).find(("all", "teams", "pay"), "a.libsonnet")) == "teams.libsonnet:2:3"


def test_among_equal_chains_the_file_that_the_path_names_wins() -> None:
    sources = dict.fromkeys(("apps.libsonnet", "teams.libsonnet", "x.libsonnet"), "{ web: { tier: 1 } }")
    assert Places(sources).find(("teams", "prod", "web", "tier"), "fallback").file == "teams.libsonnet"
