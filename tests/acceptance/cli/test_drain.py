"""`sixfold drain` and `sixfold evacuate` with the real compiler, guard and adoption.

The first test follows the runbook docs/runbooks/replace-cluster.md from its first command to its last. `--wait` asks a
recorded API server on loopback (tests/support/apiserver.py), not a real one.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess

import pytest

from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.read_tree import read_tree
from tests.support.apiserver import ApiServer
from tests.support.cli import ROOT, sixfold, started
from tests.support.git import GIT, commit_all, git, new_repo
from tests.support.repos import Repo, cluster, tree
from tests.support.trees import Memory

TODAY = dt.datetime.now(dt.UTC).date()
DRAIN = ("drain", "prod/dc1-a", "--wave", "100%", "--once", "stop-then-start")


class Deploy(Repo):
    """A deploy repo in git with a lock of its own. Its trees are adopted, as by the generator."""

    locked = True

    def __init__(self, folder) -> None:
        super().__init__(folder, ())
        self.put("shop/web", tier="P0", replicas=6)
        self.put("shop/cart", tier="P0", replicas=2)
        self.put("pay/cards")
        self.put("pay/report", kind="CronJob", schedule={"cron": "0 3 * * *"}, ports=[])
        self.put("search/index", autoscaling={"min": 3, "max": 9, "cpu": 70}, resources={"requests": {"cpu": "100m"}})
        new_repo(folder)
        self.snapshot = None
        assert sixfold("place", cwd=folder).code == 0
        self.deliver("A fleet")

    def clusters(self):
        return self.data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]

    def commit(self, message) -> str:
        return commit_all(self.folder, message)

    def deliver(self, message):
        """Compile with the guard, commit, adopt, and return the adoption."""
        run = self.compile(guard=True, today=TODAY)
        assert [d for d in run.diagnostics if d.severity == "error"] == [], run
        adoption = self.adoption(self.commit(message))
        self.snapshot = adoption.snapshot
        return adoption

    def adoption(self, commit, tombstones=None):
        snapshot, inventory = read_tree(Memory(tree(self.out), commit, "overlays"))
        return adopt(
            self.snapshot,
            snapshot,
            inventory.tombstones if tombstones is None else tombstones,
            inventory.deletions,
            TODAY,
        )

    def lock(self):
        return json.loads((self.folder / "environments/placements.lock.json").read_bytes())["placements"]

    def on(self, name) -> set[str]:
        return {"/".join(p.split("/")[3:]) for p in self.tree() if f"/dc1/{name}/" in p and p.count("/") == 4}


def overlays(files) -> set[str]:
    return {f for f in files if not f.startswith("_")}


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return Deploy(tmp_path_factory.mktemp("drain") / "deploy")


@pytest.fixture
def deploy(start, tmp_path):
    """Copy a deploy repo with clusters dc1-a (draining) and dc1-b, everything adopted."""
    import copy
    import shutil

    repo = copy.copy(start)
    repo.folder = shutil.copytree(start.folder, tmp_path / "deploy")
    repo.out, repo.data = repo.folder / "overlays", copy.deepcopy(start.data)
    repo.clusters()["dc1-a"]["state"] = "draining"
    repo.write_fleet()
    repo.deliver("Drain dc1-a")
    return repo


def test_the_runbook_replaces_a_cluster_and_every_step_is_adopted(start, tmp_path) -> None:
    """docs/runbooks/replace-cluster.md: a new cluster, the old one draining, drain, retire.

    Without its tombstones the step that deletes namespaces is held back.
    """
    import copy
    import shutil

    text = (ROOT / "docs/runbooks/replace-cluster.md").read_text()
    for command in ("sixfold drain prod/dc1-a", "--commit --wait", "sixfold retire cluster prod/dc1-a"):
        assert command in text
    repo = copy.copy(start)
    repo.folder = shutil.copytree(start.folder, tmp_path / "deploy")
    repo.out, repo.data = repo.folder / "overlays", copy.deepcopy(start.data)
    repo.clusters()["dc1-c"] = cluster("dc1-c", 120)
    repo.write_fleet()
    assert repo.deliver("Add dc1-c").diagnostics == ()
    repo.clusters()["dc1-a"]["state"] = "draining"
    repo.write_fleet()
    assert repo.deliver("Drain dc1-a").diagnostics == ()

    plan = sixfold("drain", "prod/dc1-a", "--once", "stop-then-start", cwd=repo.folder)
    assert plan.code == 0, plan.err
    assert "Drain prod/dc1/dc1-a: 3 namespaces" in plan.out
    stages = []
    for _ in range(20):
        done = sixfold(*DRAIN, "--commit", cwd=repo.folder)
        assert done.code == 0, done.out + done.err
        if "nothing is left to move" in done.err:
            break
        subject = git(repo.folder, "log", "-1", "--format=%s")
        stages.append(subject.split()[2])
        deletes = stages[-1] in ("leave", "stop")
        files = git(repo.folder, "show", "--stat", "--format=", "HEAD")
        assert ("tombstones.yaml" in files) == deletes, (stages, git(repo.folder, "show", "HEAD"))
        run = repo.compile(guard=True, today=TODAY)
        assert run.codes == []
        commit = repo.commit("Tree")
        if stages[-1] == "leave":
            assert {t for t, h in repo.adoption(commit, tombstones=()).snapshot.held.items() if h}
        adoption = repo.adoption(commit)
        assert adoption.diagnostics == ()
        assert not adoption.snapshot.held
        assert not adoption.snapshot.pinned
        repo.snapshot = adoption.snapshot
    assert stages == ["join", "shift", "empty", "stop", "leave", "join", "shift", "empty", "leave"]
    assert repo.on("dc1-a") == {p for p in repo.on("dc1-a") if p.startswith("_platform/")}
    assert "shop/web.yaml" in repo.on("dc1-c")
    again = repo.lock()
    assert sixfold(*DRAIN, "--commit", cwd=repo.folder).code == 0
    assert repo.lock() == again
    who = ("--reason", "replaced by dc1-c", "--until", (TODAY + dt.timedelta(days=7)).isoformat())
    done = sixfold("retire", "cluster", "prod/dc1-a", *who, cwd=repo.folder)
    assert done.code == 0
    count = len([p for p in repo.tree() if p.startswith("prod/dc1/dc1-a/")])
    assert count > 1
    assert f"compiling this deletes {count} platform files from the tree" in " ".join(done.err.split())


def test_a_step_is_written_for_review_and_reverted_by_git(deploy) -> None:
    before = deploy.lock()
    done = sixfold(*DRAIN, "--step", cwd=deploy.folder)
    assert done.code == 0, done.err
    assert "git commit -m 'Drain prod/dc1/dc1-a: join" in done.err
    row = deploy.lock()["prod/dc1"]["teams"]["pay"]
    assert {c: v["weight"] for c, v in row.items()} == before["prod/dc1"]["teams"]["pay"]
    assert {c: v["to"] for c, v in row.items()} == {"dc1-a": 0, "dc1-b": 100}
    git(deploy.folder, "checkout", "--", ".")
    assert deploy.lock() == before


def test_while_a_namespace_moves_both_clusters_have_its_pods(deploy) -> None:
    """The minimum of the autoscaler is unchanged on the old cluster and already complete on the new one."""

    def least(name):
        lines = (deploy.out / f"prod/dc1/{name}/search/index.yaml").read_text().splitlines()
        return next(line.strip() for line in lines if "minReplicas:" in line)

    before = least("dc1-a"), least("dc1-b")
    assert before == ("minReplicas: 2", "minReplicas: 1")
    assert sixfold(*DRAIN, "--commit", cwd=deploy.folder).code == 0
    deploy.compile()
    assert (least("dc1-a"), least("dc1-b")) == ("minReplicas: 2", "minReplicas: 3")


def test_apps_that_must_not_run_twice_move_only_by_choice(deploy) -> None:
    home = deploy.lock()["prod/dc1"]["homes"]["pay/report"]
    done = sixfold("drain", f"prod/{home}", "--output", "concise", cwd=deploy.folder)
    assert done.code == 1
    assert "SF443" in done.err
    assert "pay/report" in done.err
    assert "pay/cards" not in done.err


def test_a_cluster_that_accepts_teams_is_not_drained(deploy) -> None:
    before = tree(deploy.folder)
    done = sixfold("drain", "dc1-b", "--step", "--output", "concise", cwd=deploy.folder)
    assert done.code == 1
    assert "SF448" in done.err
    assert tree(deploy.folder) == before


def test_an_unknown_cluster_is_reported_with_the_nearest_name(deploy) -> None:
    done = sixfold("drain", "prod/dc1-x", cwd=deploy.folder)
    assert done.code == 1
    assert "did you mean 'prod/dc1-" in done.err


def test_no_step_follows_one_that_is_not_compiled_and_committed(deploy) -> None:
    """Two steps in one compile would delete a namespace while it starts elsewhere. A rejected step changes nothing."""
    assert sixfold(*DRAIN, "--commit", cwd=deploy.folder).code == 0
    head, lock = git(deploy.folder, "rev-parse", "HEAD"), deploy.lock()

    def refused(reason, *options, how="--commit"):
        done = sixfold(*DRAIN, how, *options, cwd=deploy.folder)
        assert (done.code, git(deploy.folder, "rev-parse", "HEAD"), deploy.lock()) == (1, head, lock), done.out
        assert "SF450" in done.err
        assert "sixfold compile" in done.err or "commit and push the tree" in done.err
        assert reason in done.err, done.err

    refused("a compile would change")
    deploy.compile(guard=True, today=TODAY)
    refused("the tree overlays/ has uncommitted changes")
    deploy.commit("Tree")
    head = git(deploy.folder, "rev-parse", "HEAD")
    assert sixfold(*DRAIN, "--step", cwd=deploy.folder).code == 0
    lock = deploy.lock()
    refused("placements.lock.json has uncommitted changes", "--no-tree", how="--step")


def test_a_tree_in_another_repo_must_be_named_or_skipped(deploy, tmp_path) -> None:
    """A step without a tree is rejected. --out names a tree in another repo, --no-tree skips the check."""
    elsewhere = tmp_path / "trees"
    deploy.out.rename(elsewhere)
    deploy.commit("The tree has moved out")
    done = sixfold(*DRAIN, "--commit", cwd=deploy.folder)
    assert (done.code, "contains no tree" in done.err, "--no-tree" in done.err) == (1, True, True), done.err
    assert sixfold(*DRAIN, "--commit", "--out", elsewhere, cwd=deploy.folder).code == 0
    done = sixfold(*DRAIN, "--commit", "--out", elsewhere, "--output", "concise", cwd=deploy.folder)
    assert (done.code, "a compile would change" in done.err) == (1, True)
    assert sixfold(*DRAIN, "--commit", "--no-tree", cwd=deploy.folder).code == 0
    assert sixfold(*DRAIN, "--commit", "--no-tree", "--wait", cwd=deploy.folder).code == 2


def test_the_commands_that_a_step_prints_compile_and_commit_all_of_it(deploy) -> None:
    """After these commands lock, tombstones and tree are committed, and the next step may begin.

    If a compile holds the last step back, because its tombstones are missing, no step follows.
    """
    for how in ("--step", "--commit", "--step", "--step", "--step"):
        done = sixfold(*DRAIN, how, cwd=deploy.folder)
        assert done.code == 0, done.err
        lines = [line.strip() for line in done.err.splitlines() if line.startswith("  ")]
        assert lines[0] == "sixfold compile"
        if ": leave " in lines[1]:
            break
        assert deploy.compile(guard=True, today=TODAY).codes == []
        for line in lines[1:]:
            subprocess.run(["sh", "-c", line], cwd=deploy.folder, env=os.environ | GIT, check=True, capture_output=True)
        assert git(deploy.folder, "status", "--porcelain") == ""
    assert ": leave " in lines[1]
    assert "tombstones.yaml" in lines[1]
    deploy.write("environments/tombstones.yaml", "apiVersion: sixfold.dev/v1\nkind: Tombstones\ntombstones: []\n")
    assert deploy.compile(guard=True, today=TODAY).codes
    deploy.commit("Without approval")
    done = sixfold(*DRAIN, "--commit", "--output", "concise", cwd=deploy.folder)
    assert done.code == 1
    assert "because the lock cannot be compiled" in done.err, done.err
    assert "SF711" in done.err


class ArgoCD(ApiServer):
    """The recorded API server with Applications."""

    applications = ()

    def serve(self, method, path, query, body, accept):
        if path == "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications":
            return self._list("ApplicationList", list(self.applications), query)
        return super().serve(method, path, query, body, accept)


def applications(deploy, commit, **statuses):
    """Return every Application of the tree as Argo CD reports it; `statuses` replace the healthy status, by name."""
    items = []
    for inventory in sorted(deploy.out.glob("*/*/*/inventory.json")):
        cluster_ = json.loads(inventory.read_bytes())
        for entry in (cluster_, *cluster_["namespaces"].values()):
            name = entry["application"]
            status = {"sync": {"status": "Synced", "revision": commit}, "health": {"status": "Healthy"}}
            items.append({"metadata": {"name": name}, "spec": {}, "status": {**status, **statuses.get(name, {})}})
    return items


def test_wait_refuses_a_step_until_the_one_before_is_healthy(deploy, tmp_path) -> None:
    with ArgoCD() as server:
        login = ("--kubeconfig", server.kubeconfig(tmp_path / "kubeconfig"), "--timeout", "0", "--output", "concise")
        first = started(*DRAIN, "--commit", cwd=deploy.folder)
        assert first.code == 0
        lock = deploy.lock()

        def step(code):
            done = started(*DRAIN, "--commit", "--wait", *login, cwd=deploy.folder)
            assert done.code == code, done.err
            assert (deploy.lock() == lock) == bool(code)
            return done.err

        assert "SF450" in step(1)  # the tree is not compiled from the lock yet
        old = git(deploy.folder, "rev-parse", "HEAD~1")
        deploy.deliver("Tree")
        head = git(deploy.folder, "rev-parse", "HEAD")
        assert "prod-dc1-b-pay does not exist yet" in step(1)
        server.applications = applications(deploy, old)
        assert "which is before" in step(1)
        degraded = {"prod-dc1-b-pay": {"health": {"status": "Degraded"}}}
        server.applications = applications(deploy, head, **degraded)
        assert "prod-dc1-b-pay is Degraded" in step(1)
        server.applications = applications(
            deploy, head, **{"prod-dc1-b": {"sync": {"status": "OutOfSync", "revision": head}}}
        )
        assert "prod-dc1-b is OutOfSync" in step(1)
        server.applications = applications(deploy, head)
        step(0)


def test_a_data_center_is_evacuated_except_for_teams_that_cannot_leave(deploy) -> None:
    """Callers leave before the teams that they call. A team without another data center stays, and is listed."""
    deploy.data["teams"]["pay"]["dataCenters"] = {"prod": ["dc1"]}
    deploy.clusters()["dc1-b"]["state"] = "draining"
    deploy.write_fleet()
    deploy.put("search/index", replicas=3, calls=[{"app": "web"}])
    deploy.put("shop/web", tier="P0", replicas=6, roads={"intra-dc": {"callers": ["search"]}})
    lock = json.loads((deploy.folder / "environments/placements.lock.json").read_bytes())
    lock["placements"]["prod/dc2"]["teams"].pop("pay", None)
    deploy.write("environments/placements.lock.json", json.dumps(lock))
    assert sixfold("place", cwd=deploy.folder).code == 0
    deploy.compile()
    deploy.commit("Closed")
    refused = sixfold("evacuate", "prod/dc1", "--output", "concise", cwd=deploy.folder)
    assert refused.code == 1
    assert "SF446" in refused.err
    order = []
    for _ in range(8):
        done = sixfold("evacuate", "prod/dc1", "--sized", "--commit", cwd=deploy.folder)
        assert done.code == 0, done.err
        if "nothing is left to move" in done.err:
            break
        order.append(git(deploy.folder, "log", "-1", "--format=%s"))
        run = deploy.compile(guard=True, today=TODAY)
        assert [d for d in run.diagnostics if d.severity == "error"] == [], run
        deploy.commit("Tree")
    assert order == ["Evacuate prod/dc1: leave search", "Evacuate prod/dc1: leave shop"]
    assert "pay" in done.err
    assert set(deploy.lock()["prod/dc1"]["teams"]) == {"pay"}
    assert sixfold("place", "--check", cwd=deploy.folder).code == 0
