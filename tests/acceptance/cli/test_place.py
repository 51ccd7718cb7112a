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


def test_teams_that_a_new_rule_excludes_stay_where_they_are_and_are_named(deploy) -> None:
    edit(deploy / "environments/prod.libsonnet", "P2: { spread: 1 }", "P2: { spread: 4 }")
    before = (deploy / LOCK).read_bytes()
    done = sixfold("place", cwd=deploy)
    assert done.code == 1
    assert "error[SF431]" in done.err
    assert "cannot be placed in prod/dc1 and stays on dc1-" in done.err
    assert f"{LOCK} is current." in done.err
    assert (deploy / LOCK).read_bytes() == before


def test_a_fleet_that_names_nobody_is_corrected_before_anything_is_written(deploy) -> None:
    edit(
        deploy / "environments/prod.libsonnet",
        "'dc1-c': mumbai(",
        "'dc1-c': { dedicated: { teams: ['polls'] } } + mumbai(",
    )
    before = (deploy / LOCK).read_bytes()
    done = sixfold("place", cwd=deploy)
    assert (done.code, "SF439" in done.err) == (1, True)
    assert f"{LOCK} was not written: correct the fleet first." in done.err
    assert (deploy / LOCK).read_bytes() == before


def test_a_team_with_a_broken_manifest_stays_where_it_is_and_the_others_are_placed(deploy) -> None:
    before = json.loads((deploy / LOCK).read_text())["placements"]
    edit(deploy / HELLO, "replicas: 6", "replicas: none")
    edit(deploy / "environments/teams.libsonnet", "  ads: team(", "  polls: team('polls', 'small'),\n  ads: team(")
    check = sixfold("place", "--check", cwd=deploy)
    assert (check.code, f"{LOCK} would change." in check.err) == (1, True)
    done = sixfold("place", "--output", "json", cwd=deploy)
    assert (done.code, f"Wrote {LOCK}." in done.err) == (1, True)
    assert json.loads(done.out)["broken"] == ["storefront/hello"]
    after = json.loads((deploy / LOCK).read_text())["placements"]
    for cell, value in after.items():
        assert value["teams"].pop("polls")
        assert value == before[cell]
    host = next(iter(before["prod/dc1"]["teams"]["storefront"]))
    left = sixfold("place", "--leave", f"prod/dc1/{host}", cwd=deploy)
    assert (
        left.code,
        host in json.loads((deploy / LOCK).read_text())["placements"]["prod/dc1"]["teams"]["storefront"],
    ) == (1, True)
    forced = sixfold("place", "--leave", f"prod/dc1/{host}", "--keep-going", cwd=deploy)
    assert (
        forced.code,
        host in json.loads((deploy / LOCK).read_text())["placements"]["prod/dc1"]["teams"]["storefront"],
    ) == (1, False)


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


def test_an_app_that_fits_nowhere_is_left_out_alone_by_place_compile_drain_and_whatif(deploy) -> None:
    """The fleet allows the team any quota and P0, so its demand is no error of its manifest."""
    edit(
        deploy / "environments/teams.libsonnet",
        "  ads: team('ads', 'medium', { highestTier: 'P1',",
        "  ads: team('ads', 'medium', { quota: { cpu: 100000, memory: '999Ti', pods: 2000000 }, quotas: {},",
    )
    edit(
        deploy / "environments/prod.libsonnet",
        "'dc1-a': mumbai('dc1-a', {",
        "'dc1-a': mumbai('dc1-a', { state: 'draining',",
    )
    assert sixfold("place", cwd=deploy).code == 0
    assert sixfold("compile", cwd=deploy).code == 0
    before, lock, drain = (
        tree(deploy / "overlays"),
        json.loads((deploy / LOCK).read_text()),
        sixfold("drain", "prod/dc1-a", cwd=deploy),
    )
    assert (drain.code, "join" in drain.out) == (0, True)
    (deploy / "apps/ads").mkdir()
    (deploy / "apps/ads/big.yaml").write_text(manifest("ads/big", replicas=10**6))
    assert sixfold("check", cwd=deploy).code == 0, "whether it fits is known where all demands are"
    assert sixfold("drain", "prod/dc1-a", cwd=deploy) == drain, "the lock need not know of it"
    done = sixfold("place", "--output", "github", cwd=deploy)
    assert (done.code, f"Wrote {LOCK}." in done.err) == (1, True)
    assert done.err.count("file=apps/ads/big.yaml") == 3
    after = json.loads((deploy / LOCK).read_text())
    for cell in ("dev/dc1", "staging/dc1", "prod/dc1"):
        assert after["placements"][cell].pop("unplaced") == ["ads/big"]
    assert after == lock
    compiled = sixfold("compile", cwd=deploy)
    assert (compiled.code, compiled.out.count("error[SF429]")) == (1, 1)
    assert tree(deploy / "overlays") == before
    assert sixfold("drain", "prod/dc1-a", cwd=deploy) == drain
    whatif = sixfold("whatif", "--lose", "prod/dc1/dc1-b", cwd=deploy)
    assert (whatif.code, "warning[SF430]" in whatif.err) == (0, True)
    (deploy / "apps/ads/big.yaml").write_text(manifest("ads/big", replicas=2))
    assert "SF429" in sixfold("compile", cwd=deploy).out, "the lock decides"
    assert (sixfold("place", cwd=deploy).code, sixfold("compile", cwd=deploy).code) == (0, 0)
    assert "unplaced" not in (deploy / LOCK).read_text()
