"""One spelling of clusters and data centers for every command."""

from __future__ import annotations

import pytest

from compiler.diagnostics import DiagnosticError
from compiler.fleet import Cell, Target
from compiler.places import find_cell, find_cluster, find_place
from tests.compiler.whatif.worlds import app, world

B = Target("prod", "dc1", "dc1-b")


@pytest.fixture
def fleet():
    clusters = {"dc1": {"dc1-a": 10, "dc1-b": 10}, "dc2": {"dc2-a": 10}}
    return world(clusters, {"dc1": {"shop": {"dc1-a": 100}}}, {"dc1": {"shop": [app("web")]}}).fleet


@pytest.mark.parametrize("name", ["prod/dc1/dc1-b", "/prod/dc1/dc1-b/", "prod/dc1-b", "dc1/dc1-b", "dc1-b"])
def test_every_spelling_of_a_cluster_means_it_alone(name, fleet) -> None:
    assert find_cluster(fleet, name) == B
    assert find_place(fleet, name, "SF460") == {B}


def test_a_data_center_is_all_of_its_clusters_and_an_environment_only_where_it_may_be_meant(fleet) -> None:
    assert find_cell(fleet, "dc1") == Cell("prod", "dc1")
    assert find_place(fleet, "prod/dc1", "SF460") == {B, Target("prod", "dc1", "dc1-a")}
    assert len(find_place(fleet, "prod", "SF411", environments=True)) == 3
    with pytest.raises(DiagnosticError):
        find_place(fleet, "prod", "SF460")


@pytest.mark.parametrize("name", ["prod/dc1-x", "prod/dc1/dc1-x", "prod/dc3"])
def test_a_slip_in_a_clusters_name_leads_to_a_cluster_and_never_to_a_whole_data_center(name, fleet) -> None:
    with pytest.raises(DiagnosticError) as caught:
        find_place(fleet, name, "SF460")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.message) == ("SF460", f"the fleet has no cluster or data center {name!r}")
    assert problem.help.startswith("did you mean 'prod/")
    assert ("-" in problem.help) == ("-" in name)
