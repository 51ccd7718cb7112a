"""Budgets of the adopter: the deletions that it accepts, remembers, and holds back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.adoption.run import run
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import decode, encode
from tests.support.snapshots import check_snapshot
from tests.support.trees import Spec, placements, read

SNAPSHOTS = Path(__file__).parent / "snapshots"

TODAY = date(2026, 11, 24)
APPS = [f"app-{n:02}" for n in range(10)]  # on two clusters: 20 overlays in prod, of which a tenth are two


class Desk:
    """A repo without a disk: complete trees, and the pure step from one snapshot to the next on a given day."""

    def __init__(self):
        where = placements({"prod": {"dc1": ["dc1-a", "dc1-b"]}}, {"shop": APPS, "pay": ["cards", "ledger"]})
        self.spec = Spec(where).allow()
        self.snapshot = None
        self.commits = 0

    def commit(self, day=0):
        self.commits += 1
        tree = read(self.spec, f"{self.commits:040}")
        adoption = adopt(self.snapshot, *tree, TODAY + timedelta(days=day))
        self.snapshot = decode(encode(adoption.snapshot))  # as the next process reads it
        assert self.snapshot == adoption.snapshot
        return [problem.code for problem in adoption.diagnostics]

    def drop(self, *apps, team="shop", clusters=("dc1-a", "dc1-b")):
        for cluster in clusters:
            for app in apps:
                del self.spec.where[f"prod/dc1/{cluster}"][team][1][app]

    def apps(self, team="shop", cluster="dc1-a"):
        return set(self.snapshot.clusters[f"prod/dc1/{cluster}"].namespaces[team].apps)


@pytest.fixture
def desk():
    desk = Desk()
    desk.commit()
    return desk


def test_deletions_within_the_budget_are_adopted_and_remembered(desk):
    desk.drop("app-00")
    assert desk.commit() == []
    assert "app-00" not in desk.apps()
    assert {(spent.day, spent.drop.app) for spent in desk.snapshot.spent} == {("2026-11-24", "app-00")}
    assert len(desk.snapshot.spent) == 2


def test_deletions_in_several_commits_share_one_budget(desk):
    desk.drop("app-00")
    assert desk.commit() == []
    desk.drop("app-01")
    assert desk.commit(day=1) == ["SF811"]
    assert "app-01" in desk.apps()
    check_snapshot("".join(f"{reason}\n" for reason in desk.snapshot.held["shop"].reasons), SNAPSHOTS / "budget.txt")
    assert [row.kind for row in desk.snapshot.held["shop"].rows] == ["overlays", "objects"]
    desk.spec.where["prod/dc1/dc1-b"]["shop"][1]["app-01"] = "# app-01\n"
    assert desk.commit(day=6) == ["SF811"], "a single further deletion is too much"
    assert desk.commit(day=7) == [], "a week later the budget is again a tenth of the remaining overlays"


def test_other_teams_are_not_held_and_have_their_own_budgets(desk):
    desk.drop("app-00", "app-01", "app-02")
    desk.drop("cards", team="pay", clusters=["dc1-a"])
    assert desk.commit() == ["SF811"]
    assert set(desk.snapshot.held) == {"shop"}
    assert desk.apps("pay") == {"ledger"}
    assert {spent.drop.team for spent in desk.snapshot.spent} == {"pay"}


def test_objects_of_argo_cd_need_a_tombstone(desk):
    desk.spec.argocd["ap-south-1"] |= {
        "clusters.yaml": ["Secret/cluster-prod-dc1-a", "Secret/cluster-prod-dc1-b"],
        "team-pay.yaml": ["AppProject.argoproj.io/pay", "ApplicationSet.argoproj.io/pay"],
    }
    desk.commit()
    desk.spec.argocd["ap-south-1"]["clusters.yaml"] = ["Secret/cluster-prod-dc1-a"]
    with pytest.raises(DiagnosticError, match=r"SF810.*argocd/ap-south-1/clusters.yaml: Secret/cluster-prod-dc1-b"):
        desk.commit()
    desk.spec.bury(environment="prod", cluster="dc1-a")
    with pytest.raises(DiagnosticError):
        desk.commit()
    desk.spec.bury(environment="prod", cluster="dc1-b")
    assert desk.commit() == []
    del desk.spec.argocd["ap-south-1"]["team-pay.yaml"]
    assert desk.commit() == ["SF811"]
    assert desk.commit() == ["SF811"], "the objects of a held team are remembered"
    desk.spec.bury(team="pay", instance="ap-south-1")
    assert desk.commit() == []
    desk.spec.argocd = {}
    with pytest.raises(DiagnosticError, match="sixfold-platform"):
        desk.commit()
    desk.spec.bury(instance="ap-south-1")
    assert desk.commit() == []


def test_the_road_of_a_held_app_stays_with_it(desk):
    """Without its road the held app would still run, but no caller could reach it."""
    desk.spec.allow(applications=0, overlays=0, objects=0, minimum=0)
    key = "prod/dc1/dc1-a"
    desk.spec.platform[key]["_platform/roads.yaml"] = "# cards ledger\n"
    desk.spec.holds[f"{key}/_platform/roads.yaml"] = ["Service/cards", "Service/ledger"]
    desk.commit()
    first = desk.snapshot.clusters[key].revision
    desk.spec.platform[key]["_platform/roads.yaml"] = "# ledger\n"
    desk.spec.holds[f"{key}/_platform/roads.yaml"] = ["Service/ledger"]
    desk.drop("cards", team="pay")
    assert desk.commit() == ["SF811"]
    assert desk.snapshot.pinned == (key,)
    assert desk.snapshot.clusters[key].revision == first
    desk.spec.bury(team="pay", app="cards")
    assert desk.commit() == []
    assert desk.snapshot.pinned == ()


def test_the_history_of_budgets_survives_the_process(tmp_path):
    desk = Desk()
    tree, state = tmp_path / "tree", tmp_path / "state"
    for step, expected in enumerate(([], [], ["SF811"])):
        if step:
            desk.drop(f"app-0{step}")
        result = run(desk.spec.write(tree), state, today=TODAY + timedelta(days=step), force=True)
        assert [problem.code for problem in result.problems] == expected
    assert len(State(state).read().spent) == 2


def test_a_team_that_leaves_an_instance_with_approval_needs_none_for_its_project_there(desk):
    """The tombstone names the environment only, so it does not cover files in argocd/."""
    desk.spec.remove_team("pay")
    assert desk.commit() == ["SF811"]
    desk.spec.bury(team="pay", environment="prod")
    assert desk.commit() == []
    assert "pay" not in desk.snapshot.clusters["prod/dc1/dc1-a"].namespaces
