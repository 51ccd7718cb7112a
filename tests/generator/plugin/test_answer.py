"""Answers to queries: selection, errors with the nearest name, and empty lists only if the inventory approves them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.plugin.answer import answer
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import PARAMETERS, Refusal, parse
from tests.profiles import examples
from tests.support.snapshots import check_snapshot
from tests.support.trees import Spec, read

TODAY = date(2026, 11, 24)


def catalog_of(*specs):
    snapshot = None
    for number, spec in enumerate(specs):
        snapshot = adopt(snapshot, *read(spec, str(number) * 40), TODAY).snapshot
    return Catalog(snapshot)


@pytest.fixture(scope="module")
def catalog():
    spec = Spec(repository={"path": "deploy"})
    spec.cells = {"idle": ["prod/dc1", "prod/dc2"], "ads": ["prod/dc2"]}
    return catalog_of(spec)


def body(**parameters):
    return json.dumps({"applicationSetName": "set", "input": {"parameters": parameters}}).encode()


def sets(catalog, **parameters):
    return json.loads(answer(catalog, parse(body(**parameters))).body)["output"]["parameters"]


def names(catalog, **parameters):
    return [entry["name"] for entry in sets(catalog, **parameters)]


def refusal(catalog, **parameters):
    with pytest.raises(Refusal) as raised:
        answer(catalog, parse(body(**parameters)))
    return raised.value


def test_a_namespace_set_has_every_field_of_a_template(catalog):
    assert sets(catalog, team="playback", cluster="dc1-a") == [
        {
            "name": "prod-dc1-a-playback",
            "unit": "namespace",
            "team": "playback",
            "namespace": "playback",
            "environment": "prod",
            "dataCenter": "dc1",
            "region": "ap-south-1",
            "cluster": "dc1-a",
            "server": "https://prod-dc1-a.example.com",
            "project": "playback",
            "repoURL": "https://git.example.com/deploy.git",
            "revision": "0" * 40,
            "path": "deploy/prod/dc1/dc1-a/playback",
            "include": "*.yaml",
            "wave": "1",
            "weight": "34",
            "labels": {
                "tier": "gold",
                "sixfold.dev/environment": "prod",
                "sixfold.dev/data-center": "dc1",
                "sixfold.dev/cluster": "dc1-a",
                "sixfold.dev/team": "playback",
                "sixfold.dev/unit": "namespace",
                "sixfold.dev/wave": "1",
            },
        }
    ]


def test_a_cluster_set_is_the_platforms_and_has_wave_zero(catalog):
    (entry,) = sets(catalog, unit="cluster", cluster="dc1-a")
    chosen = ("name", "team", "namespace", "project", "path", "include", "wave")
    assert {key: entry[key] for key in chosen} == {
        "name": "prod-dc1-a",
        "team": "sixfold-platform",
        "namespace": "default",
        "project": "sixfold-platform",
        "path": "deploy/prod/dc1/dc1-a",
        "include": "{_platform/*.yaml,_tenancy/*.yaml}",
        "wave": "0",
    }


def test_an_app_set_includes_one_file_of_the_folder(catalog):
    (entry,) = sets(catalog, unit="app", cluster="dc1-a", app="player")
    assert (entry["name"], entry["app"], entry["include"]) == ("prod-dc1-a-playback-player", "player", "player.yaml")
    assert entry["path"] == "deploy/prod/dc1/dc1-a/playback"


def test_every_team_can_be_queried_by_app(catalog):
    assert len(names(catalog, unit="app", team="identity")) == 16


def test_no_parameters_select_every_namespace_sorted_by_name(catalog):
    listed = names(catalog)
    assert len(listed) == 20
    assert listed == sorted(listed)


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"environment": "prod"}, 15),
        ({"environment": ["prod", "staging"]}, 20),
        ({"dataCenter": "dc1", "environment": "prod"}, 9),
        ({"cluster": ["dc1-a", "dc2-b"]}, 5),
        ({"instance": "ap-southeast-1"}, 8),
        ({"team": ["ads", "playback"]}, 12),
        ({"namespace": "identity"}, 8),
        ({"unit": "app", "app": "auth"}, 8),
        ({"unit": "app", "app": ["auth", "ads"], "environment": "prod"}, 9),
        ({"unit": ["namespace"]}, 20),
        ({"unit": "cluster"}, 8),
        ({"team": "ads", "environment": "prod", "dataCenter": ["dc1", "dc2"]}, 3),
    ],
    ids=str,
)  # fmt: skip
def test_parameters_select_sets(catalog, parameters, count):
    assert len(names(catalog, **parameters)) == count


INVALID = [
    {"enviroment": "prod"}, {"param1": "value1"}, {"unit": "names"}, {"unit": "zz"}, {"unit": 5}, {"unit": ["app", "app"]},
    {"unit": "cluster", "team": "ads"}, {"app": "auth"}, {"team": []}, {"team": 5}, {"team": True}, {"team": {"a": "b"}},
    {"team": ["ads", 1]}, {"team": ""}, {"team": "{{ .team }}"}, {"team": ["ads", "Playback"]}, {"team": "\x1b[31m\n"},
    {"team": "ads\n"}, {"cluster": "x" * 64},
]  # fmt: skip
UNKNOWN = [
    {"environment": "prd"}, {"team": "playbak"}, {"team": "zz"}, {"cluster": "dc1-a", "dataCenter": "dc2"},
    {"environment": ["prod", "staging"], "cluster": "dc1-a"}, {"namespace": "playbac"}, {"unit": "app", "app": "aut"},
]  # fmt: skip
WOULD_BE_EMPTY = [{"team": "idle", "environment": "staging"}]


@pytest.mark.parametrize(
    ("parameters", "status", "outcome"),
    [
        *((parameters, 400, "bad-request") for parameters in INVALID),
        *((parameters, 404, "unknown-name") for parameters in UNKNOWN[:-2]),
    ],
    ids=str,
)
def test_a_refusal_has_the_status_of_its_outcome(catalog, parameters, status, outcome):
    """A query with a 404 may be valid after the next commit; one with a 400 never is."""
    refused = refusal(catalog, **parameters)
    assert (refused.status, refused.outcome) == (status, outcome)


def test_refusals_name_the_fault_and_the_nearest_name(catalog):
    lines = []
    for parameters in (*INVALID, *UNKNOWN, *WOULD_BE_EMPTY):
        refused = refusal(catalog, **parameters)
        lines.append(f"{json.dumps(parameters)}\n  {refused.status} {refused.outcome}: {refused.message}\n")
    check_snapshot("".join(lines), Path(__file__).with_name("snapshots") / "refusals.txt")


def test_a_refusal_for_one_team_names_nothing_of_other_teams(catalog):
    """Team ads must not learn by guessing what the others call their apps and namespaces."""
    for parameters in ({"unit": "app", "app": "player"}, {"unit": "app", "app": "playe"}, {"namespace": "playbac"}):
        refused = refusal(catalog, team="ads", **parameters)
        assert refused.status == 404
        assert not re.search(
            r"player\b|playback|auth|profile|identity", refused.message.replace(str(parameters.get("app")), "")
        )


def test_an_argo_cd_instance_gets_one_set(catalog):
    assert [(s["name"], s["instance"], s["path"]) for s in sets(catalog, unit="argocd", instance="ap-south-1")] == [
        ("sixfold-bootstrap", "ap-south-1", "deploy/argocd/ap-south-1")
    ]


def test_an_instance_that_is_not_adopted_is_refused_although_clusters_name_it(catalog):
    assert names(catalog, unit="cluster", instance="ap-southeast-1")
    refused = refusal(catalog, unit="argocd", instance="ap-southeast-1")
    assert (refused.status, refused.outcome) == (404, "unknown-name")
    assert refused.message.startswith('unknown instance "ap-southeast-1"')


class TestEmptyLists:
    def test_a_team_with_a_count_of_zero_everywhere_is_empty_on_purpose(self, catalog):
        assert sets(catalog, team="idle", environment="prod") == []

    def test_a_count_of_zero_approves_only_its_own_cell(self, catalog):
        assert sets(catalog, team="ads", environment="prod", dataCenter="dc2") == []
        assert refusal(catalog, team="idle", environment="staging").status == 404

    def test_a_cluster_of_a_cell_where_the_team_runs_is_not_empty_on_purpose(self):
        spec = Spec()
        spec.remove_team("ads", "prod/dc1/dc1-a")
        assert refusal(catalog_of(spec), team="ads", cluster="dc1-a").status == 404

    def test_a_team_with_sets_beside_an_empty_team_is_answered(self, catalog):
        assert len(names(catalog, team=["idle", "ads"])) == 4

    def test_a_retired_team_gets_an_empty_list(self):
        spec = Spec()
        spec.remove_team("ads")
        spec.bury(team="ads")
        buried = catalog_of(Spec(), spec)
        assert sets(buried, team="ads") == []
        assert sets(buried, team="ads", environment="prod", unit="app") == []

    def test_a_held_team_gets_its_adopted_list(self):
        spec = Spec()
        spec.remove_team("ads")
        assert len(names(catalog_of(Spec(), spec), team="ads")) == 4

    def test_a_held_change_of_unit_is_answered_in_the_old_unit_only(self):
        """Without a list, Argo CD keeps the old Applications; a list in the new unit would end them."""
        spec = Spec()
        spec.units["ads"] = "app"
        held = catalog_of(Spec(), spec)
        assert refusal(held, team="ads", unit="app").status == 409
        assert len(names(held, team="ads")) == 4

    def test_an_unknown_team_gets_an_error_and_no_empty_list(self, catalog):
        assert refusal(catalog, team="nobody").outcome == "unknown-name"


WORDS = ["prod", "staging", "dc1", "dc2", "dc1-a", "dc2-s", "ads", "idle", "playback", "auth", "x", "app"]
values = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))


@examples(300)
@given(
    st.dictionaries(
        st.sampled_from(["unit", *PARAMETERS, "nothing"]),
        st.one_of(values, st.lists(values, max_size=3), st.integers(), st.none(), st.booleans()),
        max_size=4,
    )
)
def test_any_query_gets_matching_sets_of_strings_or_a_refusal(parameters):
    """Sets have only strings, names that are unique and valid, and match the query."""
    try:
        entries = sets(CATALOG, **parameters)
    except Refusal as refused:
        status, entries = refused.status, None
    if entries is None:
        assert status in {400, 404}
        return
    for entry in entries:
        leaves = [value for value in entry.values() if not isinstance(value, dict)] + list(entry["labels"].values())
        assert all(isinstance(leaf, str) and leaf for leaf in leaves)
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", entry["name"])
        for key in parameters.keys() & entry.keys():
            assert entry[key] == parameters[key] or entry[key] in parameters[key]
    assert len({entry["name"] for entry in entries}) == len(entries)
    assert entries or parameters.get("team") in ("idle", ["idle"], "ads", ["ads"], ["ads", "idle"], ["idle", "ads"])


_SPEC = Spec()
_SPEC.cells = {"idle": ["prod/dc1", "prod/dc2", "staging/dc1"], "ads": ["prod/dc2"]}
CATALOG = catalog_of(_SPEC)
