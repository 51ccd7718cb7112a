"""Adoptions of trees in git: the adopted state, its revisions, and the rejected trees."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from sixfold_generator.adoption.run import run
from sixfold_generator.state.folder import State
from tests.support.adopting import TODAY, codes, contents
from tests.support.generator import ROOT
from tests.support.trees import GitTree, Spec


def test_the_first_commit_is_adopted_completely(case):
    commit, result = case.commit()
    assert (result.outcome, result.problems) == ("adopted", ())
    assert case.snapshot.commit == commit
    revisions = {namespace.revision for _, _, namespace in case.snapshot.namespaces()}
    revisions |= {cluster.revision for cluster in case.snapshot.clusters.values()}
    assert revisions == {commit}


def test_a_revision_moves_only_where_the_folder_changed(case):
    first, _ = case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    second, result = case.commit()
    assert result.outcome == "adopted"
    changed = case.namespace("prod/dc1/dc1-a", "playback")
    assert changed.revision == second
    assert changed.apps["player"].revision == second
    assert changed.apps["match-service"].revision == first
    assert case.namespace("prod/dc1/dc1-b", "playback").revision == first
    assert case.snapshot.clusters["prod/dc1/dc1-a"].revision == first, "no platform file changed"


def test_a_commit_that_changes_nothing_leaves_every_revision_alone(case):
    first, _ = case.commit()
    (case.git.repo / "README").write_text("prose")
    second = case.git.publish()
    case.adopt()
    assert case.snapshot.commit == second
    assert {namespace.revision for _, _, namespace in case.snapshot.namespaces()} == {first}


def test_a_return_to_old_content_gives_a_new_revision(case):
    case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player\n"
    third, _ = case.commit()
    assert case.namespace("prod/dc1/dc1-a", "playback").revision == third


def test_the_folder_of_an_argo_cd_instance_has_a_revision_of_its_own(case):
    first, _ = case.commit()
    assert case.snapshot.instances["ap-south-1"].revision == first
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    case.commit()
    assert case.snapshot.instances["ap-south-1"].revision == first, "no file for Argo CD changed"
    case.spec.argocd["ap-south-1"]["team-ads.yaml"] = ["AppProject/ads"]
    third, _ = case.commit()
    assert case.snapshot.instances["ap-south-1"].revision == third


def test_a_rejected_commit_moves_no_revision_of_argocd(case):
    first, _ = case.commit()
    case.spec.argocd["ap-south-1"] = {"team-ads.yaml": ["AppProject/ads"]}
    _, result = case.commit()
    assert (result.outcome, codes(result)) == ("refused", ["SF810"])
    assert case.snapshot.instances["ap-south-1"].revision == first


def test_another_place_of_the_tree_gives_another_revision_of_argocd(desk):
    desk.commit()
    desk.spec.repository["path"] = "deploy"
    second, _ = desk.commit()
    assert desk.snapshot.instances["ap-south-1"].revision == second


def test_an_instance_that_leaves_stays_as_it_was_for_a_held_team(desk):
    desk.spec.argocd["gone"] = {"team-ads.yaml": ["AppProject/ads"], "platform.yaml": ["AppProject/x"]}
    first, _ = desk.commit()
    del desk.spec.argocd["gone"]
    desk.spec.bury(instance="gone", kind="AppProject", name="x")
    _, result = desk.commit()
    assert (result.outcome, codes(result)) == ("adopted", ["SF811"])
    assert desk.snapshot.instances["gone"].revision == first
    desk.spec.bury(team="ads", instance="gone")
    _, result = desk.commit()
    assert (codes(result), set(desk.snapshot.instances)) == ([], {"ap-south-1"})


def test_packed_objects_and_packed_refs_are_read(case):
    """A clone and the housekeeping of git-sync leave one pack and no loose objects."""
    case.git.commit(case.spec)
    case.git.git("gc", "--quiet", "--prune=now")
    assert case.adopt().outcome == "adopted"


def test_a_plain_clone_without_worktrees_is_read(case, tmp_path):
    commit = case.git.commit(case.spec)
    case.git.git("clone", "--quiet", "--depth=1", f"file://{case.git.repo}", str(tmp_path / "clone"))
    assert run(tmp_path / "clone", case.state, today=TODAY).outcome == "adopted"
    assert case.snapshot.commit == commit


def test_a_repository_without_all_objects_is_rejected(case):
    case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    case.git.commit(case.spec)
    tree = case.git.git("rev-parse", "HEAD:prod/dc1/dc1-a/playback")
    (case.git.repo / ".git/objects" / tree[:2] / tree[2:]).unlink()
    assert codes(case.adopt()) == ["SF801"]
    assert case.snapshot.sequence == 1


def test_a_tree_that_was_tried_is_not_read_again(case):
    case.commit()
    assert case.adopt().outcome == "known"
    assert case.adopt(force=True).outcome == "unchanged"


def test_a_tree_outside_git_has_the_branch_as_its_revision(tmp_path):
    tree = Spec(repository={"branch": "release"}).write(tmp_path / "tree")
    result = run(tree, tmp_path / "state", today=TODAY)
    assert result.outcome == "adopted"
    snapshot = State(tmp_path / "state").read()
    assert snapshot.commit == ""
    assert {namespace.revision for _, _, namespace in snapshot.namespaces()} == {"release"}
    assert snapshot.instances["ap-south-1"].revision == "release"


def test_a_tree_that_the_checkout_ignores_counts_as_outside_git(case):
    case.git.commit(case.spec)
    built = Spec().write(case.git.repo / "build")
    assert run(built, case.state, today=TODAY).outcome == "adopted"
    assert case.snapshot.commit == ""


def test_from_a_folder_to_git_every_revision_becomes_a_commit(case, tmp_path):
    plain = case.spec.write(tmp_path / "plain")
    run(plain, case.state, today=TODAY)
    commit, _ = case.commit()
    assert {namespace.revision for _, _, namespace in case.snapshot.namespaces()} == {commit}
    assert case.snapshot.instances["ap-south-1"].revision == commit


def test_a_tree_in_a_folder_of_its_repo_is_found_there(case):
    case.spec = Spec(repository={"path": "deploy/overlays"})
    commit = case.git.commit(case.spec)
    result = run(case.git.link / "deploy/overlays", case.state, today=TODAY)
    assert result.outcome == "adopted"
    assert case.snapshot.commit == commit


def test_an_inventory_that_names_another_folder_of_the_repo_is_rejected(case):
    case.spec.write(case.git.repo / "elsewhere")
    case.git.publish()
    result = run(case.git.link / "elsewhere", case.state, today=TODAY)
    assert codes(result) == ["SF807"]


def test_the_command_prints_one_line_and_its_exit_code_is_that_of_the_outcome(case):
    case.git.commit(case.spec)

    def command():
        return subprocess.run(
            [sys.executable, "-m", "sixfold_generator.adoption.run", "--tree", case.git.link, "--state", case.state],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )

    done = command()
    assert (done.returncode, json.loads(done.stdout)["outcome"], done.stderr) == (0, "adopted", b"")
    (case.git.repo / "inventory.json").write_text("{}")
    case.git.publish()
    done = command()
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0]["code"] == "SF802"


def test_a_commit_that_was_replaced_is_not_adopted_again(tmp_path):
    """An old checkout beside the new one may approve a deletion that is no longer approved. A revert is a new commit."""
    git, spec = GitTree(tmp_path / "git"), Spec()
    old = git.commit(spec)
    run(git.link, tmp_path / "state", today=TODAY)
    spec.where["prod/dc1/dc1-a"]["new"] = ("new", {"app": "# new\n"})
    git.commit(spec)
    run(git.link, tmp_path / "state", today=TODAY)
    before = contents(tmp_path / "state", "attempt.json")
    result = run(git.folder / old, tmp_path / "state", today=TODAY)
    assert (result.outcome, codes(result)) == ("refused", ["SF812"])
    assert contents(tmp_path / "state", "attempt.json") == before
    spec.bury(team="new").remove_team("new", "prod/dc1/dc1-a")
    git.commit(spec)
    assert run(git.link, tmp_path / "state", today=TODAY).outcome == "adopted"


def test_a_cluster_that_becomes_another_one_is_rejected_until_the_move_is_approved(case):
    first, _ = case.commit()
    before, after = "https://prod-dc1-a.example.com", "https://elsewhere.example.com"
    case.spec.servers["prod/dc1/dc1-a"] = after
    _, result = case.commit()
    assert codes(result) == ["SF810"]
    assert case.snapshot.commit == first
    case.spec.bury(environment="prod", cluster="dc1-a")
    assert codes(case.commit()[1]) == ["SF810"], "the approval of its deletion is none of a move"
    case.spec.bury(environment="prod", cluster="dc1-a", **{"from": {"server": before}, "to": {"server": after}})
    _, result = case.commit()
    assert result.outcome == "adopted"
    assert case.snapshot.clusters["prod/dc1/dc1-a"].server == after


def test_another_repository_is_rejected_until_each_instance_has_an_approval(case):
    first, _ = case.commit()
    before, after = case.spec.repository["url"], "https://git.example.org/deploy.git"
    case.spec.repository["url"] = after
    assert codes(case.commit()[1]) == ["SF810"]
    assert case.snapshot.commit == first
    case.spec.bury(instance="ap-south-1", **{"from": {"url": before}, "to": {"url": after}})
    assert case.commit()[1].outcome == "adopted"
