"""What `retire` tells: how much will go from where, and what is to be done next."""

from __future__ import annotations

from sixfold_compiler.cli.output.retire import going_text, next_text
from sixfold_compiler.guard import Drop


def drop(cluster, **counts):
    return Drop("prod", "dc1", cluster, "ads", "ads", "web", "overlay", f"{cluster}/web", **counts)


def test_what_goes_of_a_team_is_counted_by_kind_and_cluster() -> None:
    going = [drop("dc1-a", overlays=1, objects=3), drop("dc1-b", applications=1, overlays=1, objects=2)]
    assert going_text("app ads/web", going, 5, 7) == (
        "app ads/web: 1 Application, 2 overlays, 5 objects will go from 2 clusters once this is compiled and adopted."
    )


def test_what_stands_on_no_cluster_is_not_counted_as_one() -> None:
    argocd = Drop("", "", "", "ads", "", "", "argocd", "main: AppProject/ads", objects=1)
    assert "1 object will go from 1 cluster once" in going_text("team ads", [drop("dc1-a"), argocd], 0, 0)


def test_of_an_empty_cluster_the_files_are_counted() -> None:
    told = going_text("cluster prod/dc1/dc1-a", [], 12, 1234)
    assert told == (
        "cluster prod/dc1/dc1-a: nothing of a team is there any more; 12 platform files will go from the tree once this"
        " is compiled, and 1,234 others change."
    )
    assert "no file will go from the tree" in going_text("cluster x", [], 0, 2)


def test_one_next_step_is_a_sentence_and_several_are_a_list() -> None:
    assert next_text(["look at it"]) == "Next: look at it."
    assert next_text(["look at it", "commit it"]) == "Next:\n  1. look at it\n  2. commit it"
