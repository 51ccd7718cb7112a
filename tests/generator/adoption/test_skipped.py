"""Commits that the generator skipped: what they delete counts from their own days, as in a compile."""

from __future__ import annotations

from datetime import date

import pytest

from sixfold_generator.adoption.run import run
from sixfold_generator.adoption.skipped import Days
from sixfold_generator.state.folder import State, read_attempt
from tests.support.trees import GitTree, Spec, placements

APPS = [f"app-{n:02}" for n in range(10)]
KEY = "prod/dc1/dc1-a"


def day(number: int) -> date:
    return date(2026, 11, number)


class Case:
    """A repo whose team shop has ten apps on a cluster, of which one may be deleted within seven days."""

    def __init__(self, folder):
        self.git = GitTree(folder / "git")
        self.state = folder / "state"
        where = placements({"prod": {"dc1": ["dc1-a"]}}, {"shop": APPS, "pay": ["cards"]})
        self.spec = Spec(where).allow(applications=0, overlays=1, objects=1, minimum=0)

    def commit(self, number: int) -> str:
        return self.git.commit(self.spec, at=f"2026-11-{number:02}T12:00:00Z")

    def look(self, number: int, **options):
        result = run(self.git.link, self.state, today=day(number), **options)
        return result.outcome, [problem.code for problem in result.problems]

    def drop(self, app: str, team: str = "shop") -> None:
        del self.spec.where[KEY][team][1][app]

    @property
    def snapshot(self):
        return State(self.state).read()

    @property
    def spent(self):
        return [(item.day[-2:], item.drop.app) for item in self.snapshot.spent]

    @property
    def seen(self):
        attempt = read_attempt(State(self.state).attempt)
        return attempt.head[:5], attempt.seen


@pytest.fixture
def case(tmp_path):
    case = Case(tmp_path)
    case.commit(1)
    assert case.look(1) == ("adopted", [])
    return case


def test_deletions_of_skipped_commits_count_from_the_days_of_these_commits(case):
    case.drop("app-00")
    case.commit(3)
    case.spec.where[KEY]["shop"][1]["app-01"] = "# app-01 2\n"
    case.commit(4)
    case.drop("app-01")
    case.commit(10)
    assert case.look(11) == ("adopted", [])
    assert case.spent == [("10", "app-01")], "the first one counted until the ninth"


def test_a_drip_in_skipped_commits_is_held_alone(case):
    case.drop("app-00")
    case.commit(3)
    case.drop("app-01")
    case.spec.where[KEY]["pay"][1]["cards"] = "# cards 2\n"
    last = case.commit(9)
    assert case.look(20) == ("adopted", ["SF811"])
    assert set(case.snapshot.held) == {"shop"}
    assert "after 1 earlier" in case.snapshot.held["shop"].reasons[0]
    assert "app-00" in case.snapshot.clusters[KEY].namespaces["shop"].apps, "the team stays as it was adopted"
    assert case.snapshot.clusters[KEY].namespaces["pay"].revision == last
    case.drop("app-02")
    case.commit(28)
    assert case.look(28) == ("adopted", ["SF811"])
    assert "3 of 10 overlays" in case.snapshot.held["shop"].reasons[0], "three are missing of what is served"


def test_a_tombstone_of_a_skipped_commit_approves_what_that_commit_deletes(case):
    case.drop("app-00")
    case.drop("app-01")
    case.spec.bury(team="shop", until="2026-11-03")
    case.commit(3)
    case.spec.tombstones.clear()
    case.commit(4)
    assert case.look(5) == ("adopted", [])
    assert case.spent == []


def test_a_skipped_commit_that_would_be_refused_changes_nothing(case):
    tenancy = case.spec.platform[KEY].pop("_platform/gateway.yaml")
    case.drop("app-00")
    case.commit(3)
    case.spec.platform[KEY]["_platform/gateway.yaml"] = tenancy
    case.commit(4)
    assert case.look(5) == ("adopted", [])
    assert case.spent == [("04", "app-00")]


def test_a_damaged_commit_is_left_out(case):
    case.drop("app-00")
    case.spec.write(case.git.repo / case.spec.repository["path"])
    root = case.git.repo / case.spec.repository["path"] / "inventory.json"
    for text in (root.read_text() + " \n", "{}", None):
        if text is None:
            root.unlink()
        else:
            root.write_text(text)
        case.git.publish(at="2026-11-03T12:00:00Z")
    cluster = root.parent / KEY / "inventory.json"
    case.spec.write(root.parent)
    cluster.write_text(cluster.read_text() + "\n")
    case.git.publish(at="2026-11-03T12:00:00Z")
    case.commit(5)
    assert case.look(6) == ("adopted", [])
    assert case.spent == [("05", "app-00")]


def test_no_commit_is_older_than_the_last_look_at_the_adopted_one(case):
    """Whoever writes commits chooses their dates; those of one push are as old as the push at most."""
    assert case.look(20) == ("known", [])
    case.drop("app-00")
    case.commit(3)
    case.drop("app-01")
    case.commit(11)
    assert case.look(20) == ("adopted", ["SF811"])


def test_without_the_record_of_a_look_everything_is_of_today(case):
    State(case.state).attempt.unlink()
    case.drop("app-00")
    case.commit(3)
    case.drop("app-01")
    case.commit(10)
    assert case.look(11) == ("adopted", ["SF811"])


def test_the_last_look_is_noted_once_a_day_and_survives_a_refused_commit(case):
    head = case.snapshot.commit[:5]
    assert case.seen == (head, "2026-11-01")
    assert case.look(2) == ("known", [])
    assert case.seen == (head, "2026-11-02")
    written = State(case.state).attempt.stat().st_mtime_ns
    assert case.look(2) == ("known", [])
    assert State(case.state).attempt.stat().st_mtime_ns == written
    case.spec.platform[KEY].pop("_platform/gateway.yaml")
    case.commit(5)
    for today in (5, 6):
        assert case.look(today, force=True) == ("refused", ["SF810"])
        assert case.seen == (head, "2026-11-02")


def test_a_checkout_without_the_adopted_commit_is_judged_in_one_step(case, tmp_path):
    case.drop("app-00")
    case.commit(3)
    case.drop("app-01")
    case.commit(11)
    shallow = tmp_path / "shallow"
    case.git.git("clone", "--quiet", "--depth=1", case.git.repo.as_uri(), str(shallow))
    case.git.link.unlink()
    case.git.link.symlink_to(shallow)
    assert case.look(11) == ("adopted", ["SF811"])


def test_days_run_forward_between_the_last_look_and_today():
    days = Days(day(3), day(20))
    seconds = [int((date(2026, 11, number) - date(1970, 1, 1)).days) * 86400 for number in (1, 5, 4, 25, 6)]
    assert [days.of(moment).day for moment in seconds] == [3, 5, 5, 20, 20]
    assert Days(day(30), day(20)).of(0) == day(20)
