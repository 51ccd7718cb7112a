"""`sixfold place` as people run it."""

from __future__ import annotations

import json
import shutil

from tests.cli.running import edit, sixfold, tree

LOCK = "environments/placements.lock.json"
HELLO = "apps/storefront/hello.yaml"


def test_placing_what_is_placed_changes_nothing(deploy) -> None:
    before = tree(deploy)
    done = sixfold("place", cwd=deploy)
    assert (done.code, done.err) == (0, f"{LOCK} is current.\n")
    assert "prod/dc1/dc1-a" in done.out
    assert tree(deploy) == before


def test_a_new_team_is_placed_and_nobody_else_moves(deploy) -> None:
    edit(deploy / "environments/teams.libsonnet", "  ads: team(", "  polls: team('polls', 'small'),\n  ads: team(")
    before = json.loads((deploy / LOCK).read_text())
    assert sixfold("place", "--check", cwd=deploy).code == 1
    assert json.loads((deploy / LOCK).read_text()) == before
    dry = sixfold("place", "--dry-run", cwd=deploy)
    assert (dry.code, dry.err) == (0, f"{LOCK} would change.\n")
    assert "is new here" in dry.out
    done = sixfold("place", cwd=deploy)
    assert (done.code, done.err) == (0, f"Wrote {LOCK}.\n")
    after = json.loads((deploy / LOCK).read_text())
    for cell, value in after["placements"].items():
        assert value["teams"].pop("polls")
        assert value == before["placements"][cell]
    assert sixfold("place", "--check", cwd=deploy).code == 0


def test_a_cluster_that_leaves_the_fleet_moves_what_was_on_it_and_says_why(deploy) -> None:
    edit(deploy / "environments/prod.libsonnet", "'dc1-c': mumbai(", "'dc1-d': mumbai(")
    edit(deploy / "environments/prod.libsonnet", "mumbai('dc1-c'", "mumbai('dc1-d'")
    assert "SF422" in sixfold("check", cwd=deploy).out
    done = sixfold("place", "--output", "json", cwd=deploy)
    assert done.code == 0, done.err
    plan = json.loads(done.out)
    assert not plan["failed"]
    moved = [m for m in plan["moves"] if "dc1-c" in m["before"]]
    assert moved
    assert all(m["why"] == "dc1-c left the data center" and "dc1-c" not in m["after"] for m in moved)
    assert plan["clusters"]["prod/dc1/dc1-d"]["before"]["teams"] == 0
    shutil.rmtree(deploy / "overlays")  # else the guard asks who approved that the cluster goes
    assert sixfold("compile", cwd=deploy).code == 0


def test_when_a_rule_cannot_be_met_nothing_is_written(deploy) -> None:
    edit(deploy / "environments/prod.libsonnet", "P2: { spread: 1 }", "P2: { spread: 4 }")
    before = (deploy / LOCK).read_bytes()
    done = sixfold("place", cwd=deploy)
    assert done.code == 1
    assert "SF431" in done.err
    assert "was not written" in done.err
    assert (deploy / LOCK).read_bytes() == before


def test_a_mistake_in_a_manifest_keeps_the_others_placed_and_its_home_where_it_is(deploy) -> None:
    edit(deploy / HELLO, "replicas: 6", "replicas: 1")
    assert sixfold("place", cwd=deploy).code == 0
    before = (deploy / LOCK).read_bytes()
    assert b"storefront/hello" in before
    edit(deploy / HELLO, "replicas: 1", "replicas: none")
    done = sixfold("place", cwd=deploy)
    assert done.code == 1
    assert (deploy / LOCK).read_bytes() == before


def test_the_reasons_for_a_team_are_told_for_every_cluster(deploy) -> None:
    done = sixfold("place", "--explain", "storefront", "--at", "prod/dc1", cwd=deploy)
    assert done.code == 0
    assert done.out.startswith("storefront in prod/dc1\n")
    assert all(f"  {name}: " in done.out for name in ("dc1-a", "dc1-b", "dc1-c"))
    assert "hosts it, weight" in done.out
    assert "cores" in done.out
    value = json.loads(sixfold("place", "--explain", "storefront", "--output", "json", cwd=deploy).out)
    assert set(value["cells"]) == {"dev/dc1", "staging/dc1", "staging/dc2", "prod/dc1", "prod/dc2"}
    assert "SF422" in sixfold("place", "--explain", "storefrnt", cwd=deploy).err


def test_the_first_placement_needs_no_lock(deploy) -> None:
    (deploy / LOCK).unlink()
    shutil.rmtree(deploy / "overlays")
    assert "SF420" in sixfold("check", cwd=deploy).out
    assert sixfold("place", cwd=deploy).code == 0
    assert sixfold("check", cwd=deploy).code == 0
