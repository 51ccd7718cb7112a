"""Every command accepts the same spellings of clusters and data centers."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.inputs.lookup import find_app, find_cell, find_cluster, find_place, no_place, selected_targets
from sixfold_compiler.model.addresses import AppKey, Cell, Target
from tests.support.worlds import app, world

B = Target("prod", "dc1", "dc1-b")
KEYS = [AppKey("shop", "web"), AppKey("pay", "web"), AppKey("shop", "cart")]
MISSING = Diagnostic("SF720", "no such app", Span("releases/dev.yaml"))


@pytest.fixture
def fleet():
    clusters = {"dc1": {"dc1-a": 10, "dc1-b": 10}, "dc2": {"dc2-a": 10}}
    return world(clusters, {"dc1": {"shop": {"dc1-a": 100}}}, {"dc1": {"shop": [app("web")]}}).fleet


@pytest.mark.parametrize("name", ["prod/dc1/dc1-b", "/prod/dc1/dc1-b/", "prod/dc1-b", "dc1/dc1-b", "dc1-b"])
def test_every_spelling_of_a_cluster_finds_that_cluster(name, fleet) -> None:
    assert find_cluster(fleet, name) == B
    assert find_place(fleet, name, "SF460") == {B}


def test_a_data_center_selects_all_of_its_clusters(fleet) -> None:
    assert find_cell(fleet, "dc1") == Cell("prod", "dc1")
    assert find_place(fleet, "prod/dc1", "SF460") == {B, Target("prod", "dc1", "dc1-a")}
    assert len(find_place(fleet, "prod", "SF411", environments=True)) == 3
    with pytest.raises(DiagnosticError):
        find_place(fleet, "prod", "SF460")


@pytest.mark.parametrize("name", ["prod/dc1-x", "prod/dc1/dc1-x", "prod/dc3"])
def test_a_misspelled_cluster_suggests_a_cluster(name, fleet) -> None:
    with pytest.raises(DiagnosticError) as caught:
        find_place(fleet, name, "SF460")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.message) == ("SF460", f"the fleet has no cluster or data center {name!r}")
    assert problem.help.startswith("did you mean 'prod/")
    assert ("-" in problem.help) == ("-" in name)


@pytest.mark.parametrize(
    ("find", "name", "suggestions"),
    [
        (find_cluster, "same", ["prod/dc1/same", "prod/dc2/same"]),
        (find_cluster, "prod/same", ["prod/dc1/same", "prod/dc2/same"]),
        (find_cluster, "dc1-z", ["'dc1-a'"]),
        (find_cell, "dc3", ["prod/dc1", "prod/dc2"]),
    ],
)
def test_ambiguous_and_unknown_names_are_rejected_with_suggestions(find, name, suggestions) -> None:
    fleet = world({"dc1": {"dc1-a": 1, "same": 1}, "dc2": {"same": 1}}, {}, {}).fleet
    with pytest.raises(DiagnosticError) as caught:
        find(fleet, name)
    (problem,) = caught.value.diagnostics
    assert problem.code == "SF440"
    assert repr(name) in problem.message
    assert all(suggestion in f"{problem.message} {problem.help}" for suggestion in suggestions)


def test_suggestions_include_environments_where_they_are_allowed(fleet) -> None:
    with pytest.raises(DiagnosticError) as caught:
        find_place(fleet, "prdo", "SF411", environments=True)
    (problem,) = caught.value.diagnostics
    assert problem.message == "the fleet has no environment, data center or cluster 'prdo'"
    assert problem.help == "did you mean 'prod'?"


@pytest.mark.parametrize(
    ("only", "clusters"),
    [
        (("dc1-b",), {"dc1-b"}),
        (("dc1",), {"dc1-a", "dc1-b"}),
        (("prod",), {"dc1-a", "dc1-b", "dc2-a"}),
        (("dc1-b", "dc2"), {"dc1-b", "dc2-a"}),
    ],
)
def test_the_option_only_selects_the_clusters_of_all_its_names(only, clusters, fleet) -> None:
    assert {target.cluster for target in selected_targets(fleet, only)} == clusters


def test_without_the_option_only_all_clusters_are_selected(fleet) -> None:
    assert selected_targets(fleet, ()) is None
    with pytest.raises(DiagnosticError, match="SF411"):
        selected_targets(fleet, ("dc1", "dc9"))


def test_an_unknown_cell_suggests_the_nearest_one(fleet) -> None:
    for at in ("prod", "prod/", "/prod/dc2", "prod/dc1"):
        assert no_place(fleet, at) == ""
    assert no_place(fleet, "prdo") == "did you mean 'prod'?"
    assert no_place(fleet, "prod/dc3") in {"did you mean 'prod/dc1'?", "did you mean 'prod/dc2'?"}
    assert no_place(fleet, "dc1") == suggest("dc1", ["prod"]), "a data center goes by its environment here"


def test_an_app_is_found_by_its_key_or_by_a_unique_name() -> None:
    assert find_app("pay/web", KEYS, MISSING) == KEYS[1]
    assert find_app("cart", KEYS, MISSING) == KEYS[2]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", ("pay/web", "shop/web", "TEAM/APP")),
        ("nope", ("no such app", suggest("nope", ["cart", "pay/web", "shop/cart", "shop/web"]))),
        ("cartt", ("no such app", "'cart'")),
        ("shop/carts", ("no such app", "'shop/cart'")),
    ],
)
def test_an_ambiguous_or_unknown_name_is_refused_with_the_candidates(name, words) -> None:
    with pytest.raises(DiagnosticError) as error:
        find_app(name, KEYS, MISSING)
    (problem,) = error.value.diagnostics
    assert (problem.code, problem.span) == (MISSING.code, MISSING.span)
    assert all(word in f"{problem.message}; {problem.help}" for word in words)
