"""From a tree in git to the adopted state: what is adopted, at which revision, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from compiler.diagnostics import DiagnosticError
from generator.adopt import Result, run
from generator.adoption import adopt
from generator.state import State
from tests.generator.running import ROOT
from tests.generator.trees import REPOSITORY, GitTree, Spec, read, sealed_dump

TODAY = date(2026, 11, 24)


class Case:
    """One repo and one state folder."""

    def __init__(self, folder):
        self.git = GitTree(folder / "git")
        self.state = folder / "state"
        self.spec = Spec()

    def adopt(self, **options):
        return run(self.git.link, self.state, today=TODAY, **options)

    def commit(self, **options):
        commit = self.git.commit(self.spec)
        return commit, self.adopt(**options)

    @property
    def snapshot(self):
        return State(self.state).read()

    def namespace(self, key, name):
        return self.snapshot.clusters[key].namespaces[name]


class Desk:
    """The same without a disk: trees that are read whole, and the pure step from one snapshot to the next."""

    def __init__(self):
        self.spec = Spec()
        self.snapshot = None
        self.commits = 0

    def commit(self):
        self.commits += 1
        commit = f"{self.commits:040}"
        try:
            adoption = adopt(self.snapshot, *read(self.spec, commit), TODAY)
        except DiagnosticError as error:
            return commit, Result("refused", None, error.diagnostics)
        self.snapshot = adoption.snapshot
        return commit, Result("adopted", None, adoption.diagnostics)

    def namespace(self, key, name):
        return self.snapshot.clusters[key].namespaces[name]


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path)


@pytest.fixture
def desk():
    return Desk()


def codes(result):
    return [problem.code for problem in result.problems]


def test_the_first_commit_is_adopted_whole(case):
    commit, result = case.commit()
    assert (result.outcome, result.problems) == ("adopted", ())
    assert case.snapshot.commit == commit
    revisions = {one.revision for _, _, one in case.snapshot.namespaces()}
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
    assert {one.revision for _, _, one in case.snapshot.namespaces()} == {first}


def test_going_back_to_an_old_content_is_a_change_like_any_other(case):
    case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player 2\n"
    case.commit()
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# player\n"
    third, _ = case.commit()
    assert case.namespace("prod/dc1/dc1-a", "playback").revision == third


def test_packed_objects_and_packed_refs_are_read(case):
    """What a clone or git-sync's housekeeping leaves: one pack, no loose objects."""
    case.git.commit(case.spec)
    case.git.git("gc", "--quiet", "--prune=now")
    assert case.adopt().outcome == "adopted"


def test_a_plain_clone_without_worktrees_is_read(case, tmp_path):
    commit = case.git.commit(case.spec)
    case.git.git("clone", "--quiet", "--depth=1", f"file://{case.git.repo}", str(tmp_path / "clone"))
    assert run(tmp_path / "clone", case.state, today=TODAY).outcome == "adopted"
    assert case.snapshot.commit == commit


def test_a_repository_that_lost_objects_is_refused(case):
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
    assert {one.revision for _, _, one in snapshot.namespaces()} == {"release"}


def test_a_tree_that_the_checkout_ignores_counts_as_outside_git(case):
    case.git.commit(case.spec)
    built = Spec().write(case.git.repo / "build")
    assert run(built, case.state, today=TODAY).outcome == "adopted"
    assert case.snapshot.commit == ""


def test_from_a_folder_to_git_every_revision_becomes_a_commit(case, tmp_path):
    plain = case.spec.write(tmp_path / "plain")
    run(plain, case.state, today=TODAY)
    commit, _ = case.commit()
    assert {one.revision for _, _, one in case.snapshot.namespaces()} == {commit}


def test_a_tree_in_a_folder_of_its_repo_is_found_there(case):
    case.spec = Spec(repository={"path": "deploy/overlays"})
    commit = case.git.commit(case.spec)
    result = run(case.git.link / "deploy/overlays", case.state, today=TODAY)
    assert result.outcome == "adopted"
    assert case.snapshot.commit == commit


def test_an_inventory_that_names_another_folder_of_the_repo_is_refused(case):
    case.spec.write(case.git.repo / "elsewhere")
    case.git.publish()
    result = run(case.git.link / "elsewhere", case.state, today=TODAY)
    assert codes(result) == ["SF807"]


def change(path, text):
    def apply(tree):
        (tree / path).write_text(text)

    return apply


def edit_root(apply):
    def edited(tree):
        path = tree / "inventory.json"
        document = json.loads(path.read_bytes())
        apply(document)
        path.write_bytes(sealed_dump(document))

    return edited


def reword(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def link(target):
    def apply(tree):
        path = tree / "prod/dc1/dc1-a/playback/player.yaml"
        path.unlink()
        path.symlink_to(target)

    return apply


def with_folder(tree):
    (tree / "prod/dc1/dc1-a/_platform/more").mkdir()
    (tree / "prod/dc1/dc1-a/_platform/more/x.yaml").write_text("# x\n")


def tombstone(**fields):
    whole = {"team": "ads", "approvedBy": "someone", "reason": "for the test", "until": "2999-01-01", **fields}
    stone = {key: value for key, value in whole.items() if value is not None}
    return edit_root(lambda root: root["tombstones"].append(stone))


def count(value):
    return edit_root(lambda root: root["teams"]["ads"]["applications"].update({"prod/dc1": value}))


def repository(**fields):
    return edit_root(lambda root: root["repository"].update(fields))


def without(path):
    return lambda tree: (tree / path).unlink()


CLUSTER = "prod/dc1/dc1-a"
PLAYER = f"{CLUSTER}/playback/player.yaml"
REFUSED = {
    "an overlay is not the one that the inventory names": (change(PLAYER, "# no\n"), "SF803"),
    "a platform file is not the one that is named": (change(f"{CLUSTER}/_platform/gateway.yaml", "# no\n"), "SF803"),
    "a cluster inventory is not the one that the root names": (change(f"{CLUSTER}/inventory.json", "{}"), "SF803"),
    "a facts file is not the one that the root names": (change("prod/dc1/facts.json", "{ }"), "SF803"),
    "an Argo CD file is not the one that is named": (change("argocd/ap-south-1/bootstrap.yaml", "# no\n"), "SF803"),
    "an overlay is missing": (without(PLAYER), "SF801"),
    "an overlay is a link inside the tree": (link("match-service.yaml"), "SF804"),
    "an overlay is a link out of the tree": (link("/etc/hostname"), "SF804"),
    "an overlay lies there that no inventory names": (change(f"{CLUSTER}/playback/extra.yaml", "# x\n"), "SF805"),
    "a tenancy file lies there that no inventory names": (change(f"{CLUSTER}/_tenancy/extra.yaml", "# x\n"), "SF805"),
    "a folder lies among the platform files": (with_folder, "SF805"),
    "the root was edited by hand": (lambda tree: reword(tree / "inventory.json", b"main", b"mean"), "SF803"),
    "the root is not JSON": (change("inventory.json", "{"), "SF802"),
    "the root is of another version": (edit_root(lambda root: root.update(apiVersion="sixfold.dev/v2")), "SF802"),
    "the root leaves a field out": (edit_root(lambda root: root.pop("teams")), "SF802"),
    "a count is a string": (count("3"), "SF802"),
    "a count is wrong": (count(2), "SF808"),
    "a team is not listed": (edit_root(lambda root: root["teams"].pop("ads")), "SF808"),
    "a team is in another project": (edit_root(lambda root: root["teams"]["ads"].update(project="x")), "SF808"),
    "the path leads out": (repository(path="a/../.."), "SF802"),
    "a template hides in the URL": (repository(url="https://x/{{name}}"), "SF802"),
    "a cluster's key leads out": (
        edit_root(lambda root: root["clusters"].update({"prod/../x": root["clusters"][CLUSTER]})),
        "SF802",
    ),
    "a tombstone covers everything": (tombstone(team=None), "SF802"),
    "a tombstone covers an environment": (tombstone(team=None, environment="prod"), "SF802"),
    "a tombstone covers a cluster name of every environment": (tombstone(team=None, cluster="dc1-a"), "SF802"),
    "a tombstone covers an app name of every team": (
        tombstone(team=None, environment="prod", cluster="dc1-a", app="x"),
        "SF802",
    ),
    "a budget has an unknown field": (edit_root(lambda root: root["deletions"].update(pods=1)), "SF802"),
    "a tombstone has an unknown field": (tombstone(namespace="x"), "SF802"),
    "a tombstone's day does not exist": (tombstone(until="2026-02-30"), "SF802"),
}


@pytest.mark.parametrize("claim", REFUSED)
def test_a_wrong_tree_is_refused_and_the_adopted_one_goes_on(tmp_path, claim):
    """Every fault of a tree leaves the adopted state as it was, to the byte."""
    apply, code = REFUSED[claim]
    state = tmp_path / "state"
    run(Spec().write(tmp_path / "tree"), state, today=TODAY)
    before = contents(state, "attempt.json")
    apply(tmp_path / "tree")
    result = run(tmp_path / "tree", state, today=TODAY, force=True)
    assert (result.outcome, codes(result)[0]) == ("refused", code), claim
    assert contents(state, "attempt.json") == before
    assert all(problem.help for problem in result.problems)


GIT_ONLY = {
    "an overlay that it does not hold": (lambda tree: (tree / ".gitignore").write_text("player.yaml\n"), "SF806"),
    "an overlay that is a link in it": (link("match-service.yaml"), "SF804"),
    "an overlay of it that no inventory names": (change(f"{CLUSTER}/playback/extra.yaml", "# x\n"), "SF805"),
}


@pytest.mark.parametrize("claim", GIT_ONLY)
def test_what_the_commit_holds_counts_not_what_the_disk_shows(case, claim):
    apply, code = GIT_ONLY[claim]
    case.spec.write(case.git.repo)
    apply(case.git.repo)
    case.git.publish(force=False)
    case.spec.write(case.git.link.resolve())  # the disk looks right
    assert codes(case.adopt()) == [code]


def test_a_checkout_with_other_content_than_its_commit_is_refused(case):
    """Argo CD reads the commit; a file that was changed on the disk alone would never reach a cluster."""
    case.commit()
    overlay = case.git.link / "prod/dc1/dc1-a/playback/player.yaml"
    overlay.write_text("# dirty\n")
    assert codes(case.adopt(force=True)) == ["SF806"]
    case.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = "# dirty\n"
    case.spec.write(case.git.link.resolve())
    assert codes(case.adopt(force=True)) == ["SF806"], "with inventories to match as well"


def test_a_source_that_is_away_is_refused_and_comes_back(case):
    case.commit()
    target = case.git.link.readlink()
    case.git.link.unlink()
    assert codes(case.adopt()) == ["SF801"]
    case.git.link.symlink_to(target)
    assert case.adopt(force=True).outcome == "unchanged"


@pytest.mark.parametrize("kind", ["dangling", "loop", "fifo", "folder"])
def test_what_is_not_a_file_is_never_read_outside_git_either(tmp_path, kind):
    tree = Spec().write(tmp_path / "tree")
    path = tree / "prod/dc1/dc1-a/playback/player.yaml"
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if kind == "loop" else "nowhere")
    assert codes(run(tree, tmp_path / "state", today=TODAY)) == ["SF804"]


def test_a_folder_that_is_a_link_is_not_followed(tmp_path):
    tree = Spec().write(tmp_path / "tree")
    (tree / "prod/dc1/dc1-a").rename(tmp_path / "away")
    (tree / "prod/dc1/dc1-a").symlink_to(tmp_path / "away")
    assert codes(run(tree, tmp_path / "state", today=TODAY)) == ["SF804"]


class TestTheGuard:
    def test_a_team_that_drops_an_app_is_held_back_alone(self, desk):
        first, _ = desk.commit()
        del desk.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"]
        desk.spec.where["prod/dc1/dc1-b"]["playback"][1]["player"] = "# player 2\n"
        desk.spec.where["prod/dc1/dc1-b"]["identity"][1]["auth"] = "# auth 2\n"
        second, result = desk.commit()
        assert (result.outcome, codes(result)) == ("adopted", ["SF811"])
        assert set(desk.snapshot.held) == {"playback"}
        assert "prod/dc1/dc1-a/playback/player.yaml" in desk.snapshot.held["playback"].reasons[-1]
        assert "player" in desk.namespace("prod/dc1/dc1-a", "playback").apps
        assert desk.namespace("prod/dc1/dc1-b", "playback").revision == first, "its other changes wait too"
        assert desk.namespace("prod/dc1/dc1-b", "identity").revision == second

    def test_a_held_team_goes_on_once_the_drop_is_undone(self, desk):
        desk.commit()
        app = desk.spec.where["prod/dc1/dc1-a"]["playback"][1].pop("player")
        desk.commit()
        desk.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = app
        _, result = desk.commit()
        assert result.problems == ()
        assert desk.snapshot.held == {}

    def test_a_held_team_stays_held_commit_after_commit(self, desk):
        first, _ = desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        for _ in range(3):
            _, result = desk.commit()
            assert codes(result) == ["SF811"]
            assert desk.namespace("prod/dc1/dc1-a", "ads").revision == first
            assert desk.snapshot.teams["ads"].applications["prod/dc1"] == 3

    def test_the_tenancy_of_a_held_team_stays_with_it(self, desk):
        """The cluster's Application would prune the namespace of a team whose Application is held back."""
        first, _ = desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.platform["prod/dc1/dc1-a"]["_platform/gateway.yaml"] = "# gateway 2\n"
        desk.spec.platform["prod/dc1/dc1-b"]["_platform/gateway.yaml"] = "# gateway 2\n"
        second, _ = desk.commit()
        assert desk.snapshot.pinned == ("prod/dc1/dc1-a",)
        assert "_tenancy/ads.yaml" in desk.snapshot.clusters["prod/dc1/dc1-a"].files
        assert desk.snapshot.clusters["prod/dc1/dc1-a"].revision == first
        assert desk.snapshot.clusters["prod/dc1/dc1-b"].revision == second

    def test_a_tombstone_lets_it_go(self, desk):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.bury(team="ads", environment="prod", cluster="dc1-a")
        _, result = desk.commit()
        assert result.problems == ()
        assert "ads" not in desk.snapshot.clusters["prod/dc1/dc1-a"].namespaces
        assert "_tenancy/ads.yaml" not in desk.snapshot.clusters["prod/dc1/dc1-a"].files

    def test_a_tombstone_for_the_only_app_lets_the_namespace_go(self, desk):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.bury(team="ads", app="ads", cluster="dc1-a")
        _, result = desk.commit()
        assert result.problems == ()

    @pytest.mark.parametrize(
        "scope",
        [
            {"team": "playback", "cluster": "dc1-a"},
            {"team": "ads", "cluster": "dc1-b"},
            {"team": "ads", "environment": "staging"},
            {"team": "ads", "app": "other"},
            {"team": "ads", "cluster": "dc1-a", "until": "2026-11-23"},
        ],
        ids=str,
    )
    def test_a_tombstone_for_something_else_or_of_yesterday_does_not(self, desk, scope):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.bury(**scope)
        _, result = desk.commit()
        assert codes(result) == ["SF811"]

    def test_a_tombstone_holds_through_its_last_day(self, desk):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.bury(team="ads", until="2026-11-24")
        _, result = desk.commit()
        assert result.problems == ()

    def test_a_cluster_that_vanishes_refuses_the_commit(self, desk):
        first, _ = desk.commit()
        desk.spec.remove_cluster("prod/dc1/dc1-a")
        _, result = desk.commit()
        assert codes(result) == ["SF810"]
        assert "cluster prod/dc1/dc1-a" in result.problems[0].message
        assert desk.snapshot.commit == first

    def test_a_cluster_goes_with_a_tombstone_of_its_own_not_of_a_team(self, desk):
        desk.commit()
        desk.spec.remove_cluster("prod/dc1/dc1-a")
        desk.spec.bury(team="playback", cluster="dc1-a")
        assert codes(desk.commit()[1]) == ["SF810"]
        desk.spec.bury(environment="prod", dataCenter="dc1", cluster="dc1-a")
        assert desk.commit()[1].problems == ()
        assert desk.snapshot.teams["ads"].applications["prod/dc1"] == 2

    def test_a_platform_file_that_vanishes_refuses_the_commit(self, desk):
        desk.commit()
        desk.spec.platform["prod/dc1/dc1-a"] = {}
        assert codes(desk.commit()[1]) == ["SF810"]

    def test_a_move_between_clusters_is_a_drop(self, desk):
        desk.commit()
        desk.spec.remove_team("identity", "prod/dc1/dc1-a")
        desk.commit()
        assert set(desk.snapshot.held) == {"identity"}

    def test_another_argo_cd_instance_is_a_drop(self, desk):
        """The instance that managed the cluster would be told that all of it is gone."""
        desk.commit()
        desk.spec.instances["prod/dc1/dc1-a"] = "elsewhere"
        assert codes(desk.commit()[1]) == ["SF810"]

    def test_a_namespace_that_changes_hands_waits_with_both_teams(self, desk):
        desk.commit()
        apps = desk.spec.where["prod/dc1/dc1-a"]["ads"][1]
        desk.spec.where["prod/dc1/dc1-a"]["ads"] = ("newcomer", apps)
        desk.commit()
        assert set(desk.snapshot.held) == {"ads", "newcomer"}
        assert desk.namespace("prod/dc1/dc1-a", "ads").team == "ads"
        assert "newcomer" not in desk.snapshot.teams

    def test_another_unit_is_a_drop_of_every_application(self, desk):
        desk.commit()
        desk.spec.units["ads"] = "app"
        desk.commit()
        assert desk.snapshot.held["ads"].unit == "app"
        assert desk.snapshot.teams["ads"].unit == "namespace"

    def test_weights_labels_and_additions_are_no_drops(self, desk):
        desk.commit()
        desk.spec.servers["prod/dc1/dc1-a"] = "https://other.example.com"
        desk.spec.where["prod/dc1/dc1-a"]["fresh"] = ("fresh", {"one": "# one\n"})
        _, result = desk.commit()
        assert result.problems == ()
        assert "fresh" in desk.snapshot.clusters["prod/dc1/dc1-a"].namespaces

    def test_a_moved_repository_does_not_leave_a_held_team_behind(self, desk):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.repository["url"] = "https://git.example.com/other.git"
        assert codes(desk.commit()[1]) == ["SF810"]
        assert desk.snapshot.repository.url == REPOSITORY["url"]

    def test_a_retired_team_is_remembered_until_it_returns(self, desk):
        desk.commit()
        ads = {key: names["ads"] for key, names in desk.spec.where.items() if "ads" in names}
        desk.spec.remove_team("ads")
        desk.spec.bury(team="ads")
        desk.commit()
        assert "ads" in desk.snapshot.retired
        desk.spec.tombstones.clear()
        desk.commit()
        assert "ads" in desk.snapshot.retired, "after its tombstone is gone as well"
        for key, namespace in ads.items():
            desk.spec.where[key]["ads"] = namespace
        desk.commit()
        assert desk.snapshot.retired == {}


def test_the_command_prints_one_line_and_its_exit_code_tells(case):
    case.git.commit(case.spec)

    def command():
        return subprocess.run(
            [sys.executable, "-m", "generator.adopt", "--tree", case.git.link, "--state", case.state],
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


def contents(folder, *without):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in without
    }


def test_a_commit_that_was_replaced_is_not_adopted_again(tmp_path):
    """An old checkout beside a new one: what it once approved was taken back since. A revert is a new commit."""
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
