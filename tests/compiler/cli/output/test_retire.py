"""Output of `retire`."""

from __future__ import annotations

from pathlib import Path

from sixfold_compiler.cli.output.retire import deletions_text, next_text
from sixfold_compiler.guard import Drop
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def drop(cluster, **counts):
    return Drop("prod", "dc1", cluster, "ads", "ads", "web", "overlay", f"{cluster}/web", **counts)


def test_deletions_of_a_team_are_counted_by_kind_and_cluster() -> None:
    drops = [drop("dc1-a", overlays=1, objects=3), drop("dc1-b", applications=1, overlays=1, objects=2)]
    text = deletions_text("app ads/web", drops, 5, 7)
    check_snapshot(text + "\n", SNAPSHOTS / "retire-app.txt")
    assert "1 Application, 2 overlays, 5 objects" in text
    assert "2 clusters" in text


def test_objects_outside_of_clusters_add_no_cluster() -> None:
    argocd = Drop("", "", "", "ads", "", "", "argocd", "main: AppProject/ads", objects=1)
    text = deletions_text("team ads", [drop("dc1-a"), argocd], 0, 0)
    assert "1 object " in text
    assert "1 cluster " in text


def test_of_an_empty_cluster_the_files_of_the_platform_are_counted() -> None:
    text = deletions_text("cluster prod/dc1/dc1-a", [], 12, 1234)
    check_snapshot(text + "\n", SNAPSHOTS / "retire-cluster.txt")
    assert "12 platform files" in text
    assert "1,234" in text
    assert "no file" in deletions_text("cluster x", [], 0, 2)


def test_one_next_step_is_a_sentence_and_several_are_a_list() -> None:
    assert next_text(["look at it"]) == "Next: look at it."
    assert next_text(["look at it", "commit it"]) == "Next:\n  1. look at it\n  2. commit it"
