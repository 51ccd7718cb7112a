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
