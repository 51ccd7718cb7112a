"""`sixfold place` on a deploy repo."""

from __future__ import annotations

import json
import shutil

from tests.support.cli import edit, sixfold, tree
from tests.support.repos import manifest

LOCK = "environments/placements.lock.json"
HELLO = "apps/storefront/hello.yaml"


def test_a_second_placement_changes_nothing(deploy) -> None:
    before = tree(deploy)
    done = sixfold("place", cwd=deploy)
    assert (done.code, done.err) == (0, f"{LOCK} is current.\n")
    assert "prod/dc1/dc1-a" in done.out
    assert tree(deploy) == before


def test_a_new_team_is_placed_and_no_other_team_moves(deploy) -> None:
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


def test_teams_of_a_cluster_that_left_the_fleet_move_with_that_reason(deploy) -> None:
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
    shutil.rmtree(deploy / "overlays")  # otherwise the guard holds back the deletion of the cluster
    assert sixfold("compile", cwd=deploy).code == 0


def test_nothing_is_written_if_a_rule_cannot_be_met(deploy) -> None:
    edit(deploy / "environments/prod.libsonnet", "P2: { spread: 1 }", "P2: { spread: 4 }")
    before = (deploy / LOCK).read_bytes()
    done = sixfold("place", cwd=deploy)
    assert done.code == 1
    assert "SF431" in done.err
    assert "was not written" in done.err
    assert (deploy / LOCK).read_bytes() == before


def test_with_a_broken_manifest_the_plan_is_shown_and_nothing_is_written(deploy) -> None:
    """A lock from such manifests would count no demand for the app, and give it no home."""
    edit(deploy / HELLO, "replicas: 6", "replicas: none")
    edit(deploy / "environments/teams.libsonnet", "  ads: team(", "  polls: team('polls', 'small'),\n  ads: team(")
    before = (deploy / LOCK).read_bytes()
    done = sixfold("place", cwd=deploy)
    assert done.code == 1
    assert "polls" in done.out
    assert f"{LOCK} was not written" in done.err
    assert "storefront/hello" in done.err
    check = sixfold("place", "--check", cwd=deploy)
    assert check.code == 1
    assert f"{LOCK} cannot be checked: " in check.err
    assert "is current" not in check.err
    document = json.loads(sixfold("place", "--output", "json", cwd=deploy).out)
    assert (document["broken"], document["failed"]) == (["storefront/hello"], False)
    assert (deploy / LOCK).read_bytes() == before
    forced = sixfold("place", "--keep-going", cwd=deploy)
    assert (forced.code, "polls" in (deploy / LOCK).read_text()) == (1, True)


def test_a_broken_app_keeps_its_home_in_the_plan(deploy) -> None:
    edit(deploy / HELLO, "replicas: 6", "replicas: 1")
    assert sixfold("place", cwd=deploy).code == 0
    assert "storefront/hello" in (deploy / LOCK).read_text()
    edit(deploy / HELLO, "replicas: 1", "replicas: none")
    plan = json.loads(sixfold("place", "--output", "json", cwd=deploy).out)
    assert plan["moves"] == []


def test_a_home_that_is_missing_in_the_lock_is_a_warning_of_check_and_compile(deploy) -> None:
    """In dev the team is on one cluster, so the app compiles without a home, but `place --check` fails."""
    (deploy / "apps/storefront/nightly.yaml").write_text(manifest("storefront/nightly", replicas=1))
    assert sixfold("place", cwd=deploy).code == 0
    assert sixfold("place", "--check", cwd=deploy).code == 0
    assert sixfold("compile", cwd=deploy).code == 0
    document = json.loads((deploy / LOCK).read_text())
    row = document["placements"]["dev/dc1"]
    assert len(row["teams"]["storefront"]) == 1
    del row["homes"]["storefront/nightly"]
    (deploy / LOCK).write_text(json.dumps(document))
    for _ in range(2):  # the second compile does not evaluate the app again
        done = sixfold("compile", "--output", "json", cwd=deploy)
        assert done.code == 0
        (record,) = json.loads(done.out)
        assert (record["code"], record["severity"], record["app"]) == ("SF428", "warning", "storefront/nightly")
        assert "dev/dc1" in record["message"]
    assert sixfold("place", "--check", cwd=deploy).code == 1
    assert sixfold("place", cwd=deploy).code == 0
    assert sixfold("check", "--output", "json", cwd=deploy).out == "[]\n"


def test_explain_lists_the_reasons_for_every_cluster(deploy) -> None:
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
