"""Deletions of the last days, read from git, in a compile: they hold the team that deletes more, and no other."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
import yaml

from sixfold_compiler.pipeline.verify import verify
from tests.support.git import commit_all, git, new_repo
from tests.support.repos import Repo, is_overlay

if TYPE_CHECKING:
    from pathlib import Path

EVERY = {"spread": "every"}
IMAGE = "registry.example.com/app:2.0"


def at(day: int) -> str:
    return f"2026-11-{day:02}T12:00:00Z"


class Drips(Repo):
    """A deploy repo in git. The ten apps of team shop are on three clusters each; three overlays fit into its budget."""

    @classmethod
    def begin(cls, folder: Path) -> Drips:
        repo = cls(folder, ("pay/cards", "pay/ledger"))
        repo.data["deletions"] = {"overlays": 3, "objects": "50%"}
        repo.write_fleet()
        for number in range(10):
            repo.put(f"shop/app-{number}", **EVERY)
        assert repo.judged().codes == []
        new_repo(folder)
        commit_all(folder, "first", at=at(2))
        return repo

    def judged(self, day: int = 2, **fields):
        return self.compile(guard=True, today=date(2026, 11, day), **fields)

    def drop(self, number: int, day: int):
        """Delete an app, compile and commit; return the compile."""
        self.remove(f"shop/app-{number}")
        run = self.judged(day)
        commit_all(self.folder, f"drop {number}", at=at(day))
        return run

    def verified(self, base: str, **fields):
        return verify(self.options(guard=True, stage_in_tree=False, **fields), base)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Return a repo that deleted one app on the 10th, which is all that its budget allows."""
    repo = Drips.begin(tmp_path_factory.mktemp("drips") / "repo")
    assert repo.drop(0, day=10).codes == []
    return repo


@pytest.fixture
def repo(begun, tmp_path):
    return begun.copied_to(tmp_path / "repo")


def overlays(repo, team: str) -> dict[str, bytes]:
    return {path: data for path, data in repo.tree().items() if is_overlay(path) and f"/{team}/" in path}


def facts(repo) -> dict[str, object]:
    return json.loads((repo.out / "prod/dc1/facts.json").read_bytes())["apps"]


def test_a_drip_is_refused_where_it_is_written_and_everybody_else_moves_on(repo) -> None:
    before, known = overlays(repo, "shop"), facts(repo)
    repo.remove("shop/app-1")
    repo.put("shop/app-2", image=IMAGE, **EVERY)
    repo.put("pay/cards", image=IMAGE, roads={"intra-dc": {"callers": ["*"]}})
    repo.put("search/index")
    run = repo.judged(12)
    assert (run.codes, run.fatal, run.summary.held) == (["SF710"], False, ("shop",))
    (held,) = run.diagnostics
    assert held.app == "shop/*"
    assert held.message.startswith(
        "team shop would lose too much: prod: 3 of 30 overlays would be deleted after 3 earlier"
    )
    lines = (held.help or "").splitlines()
    assert "`sixfold retire app shop/app-1" in lines[0]
    assert lines[1] == "or wait until 2026-11-17: then earlier deletions no longer count"
    assert lines[-4:] == [
        "what was deleted already and still counts (3):",
        *(f"  overlay prod/dc{d}/dc{d}-{c}/shop/app-0.yaml on 2026-11-10" for d, c in ((1, "a"), (1, "b"), (2, "a"))),
    ]
    assert overlays(repo, "shop") == before, "its other changes wait too"
    assert {app: facts(repo)[app] for app in known if app.startswith("shop/")} == {
        app: known[app] for app in known if app.startswith("shop/")
    }
    assert any(IMAGE.encode() in data for data in overlays(repo, "pay").values())
    assert overlays(repo, "search"), "a new app of another team has its overlays"
    roads = [data for path, data in repo.tree().items() if "/_platform/" in path]
    assert any(b"index" in data for data in roads), "and its roads"
    assert any(b"app-1" in data for data in roads), "the held team keeps its own"
    assert repo.judged(16).codes == ["SF710"], "every further compile says it again"
    assert repo.judged(17).codes == [], "on the day that it names the deletion fits"


def test_a_tombstone_approves_the_deletion_and_one_for_the_earlier_one_makes_room(repo) -> None:
    repo.remove("shop/app-1")
    for app in ("app-0", "app-1"):
        entry = {"team": "shop", "app": app, "approvedBy": "ada", "reason": "as agreed", "until": "2026-11-20"}
        document = {"apiVersion": "sixfold.dev/v1", "kind": "Tombstones", "tombstones": [entry]}
        repo.write("environments/tombstones.yaml", yaml.safe_dump(document))
        with_memory = repo.judged(12, stage_in_tree=False)
        assert with_memory.codes == [], app


def test_what_is_deleted_in_no_commit_yet_counts_as_of_today(begun, tmp_path) -> None:
    repo = Drips.existing(tmp_path / "repo", begun.data)
    git(tmp_path, "clone", "--quiet", str(begun.folder), str(repo.folder))
    git(repo.folder, "checkout", "--quiet", "HEAD~1")
    repo.remove("shop/app-1")
    assert repo.judged(20).codes == []
    repo.remove("shop/app-2")
    run = repo.judged(20)
    assert run.codes == ["SF710"]
    assert "or wait until 2026-11-27" in (run.diagnostics[0].help or "")
    assert "app-1.yaml on 2026-11-20" in (run.diagnostics[0].help or "")


def test_only_the_trees_of_first_parents_count(repo) -> None:
    """A merged branch had trees that were never served; what it deletes is deleted on the day of the merge."""
    git(repo.folder, "checkout", "--quiet", "-b", "branch", "HEAD~1")
    repo.remove("shop/app-5")
    assert repo.judged(3).codes == []
    commit_all(repo.folder, "on a branch", at=at(3))
    git(repo.folder, "checkout", "--quiet", "main")
    git(repo.folder, "merge", "--quiet", "-s", "ours", "-m", "merge", "branch", at=at(12))
    repo.remove("shop/app-1")
    assert repo.judged(17).codes == [], "the tree of main never lost app-5"
    git(repo.folder, "checkout", "--quiet", "--", ".")
    repo.remove("shop/app-1")
    assert repo.judged(16).codes == ["SF710"]


def test_dates_that_run_backward_shorten_no_memory(repo) -> None:
    repo.put("pay/ledger", image=IMAGE)
    assert repo.judged(12).codes == []
    commit_all(repo.folder, "an old date", at="2020-01-01T00:00:00Z")
    repo.remove("shop/app-1")
    assert repo.judged(12, stage_in_tree=False).codes == ["SF710"]
    assert repo.judged(17, stage_in_tree=False).codes == []


def test_the_verdict_of_a_commit_is_the_same_a_month_later(repo, monkeypatch) -> None:
    """Its day is that of the commit; the clock is far beyond these days, and decides about uncommitted inputs alone."""
    base = git(repo.folder, "rev-parse", "HEAD")
    repo.remove("shop/app-1")
    unchecked = repo.compile()
    assert unchecked.codes == []
    commit_all(repo.folder, "past the compiler", at=at(12))
    results = []
    for clock in ("2026-11-12", "2026-12-12"):
        monkeypatch.setattr("sixfold_compiler.inputs.day.datetime", _Clock.at(clock))
        results.append(repo.verified(base).diagnostics)
    assert results[0] == results[1]
    assert {d.code for d in results[0]} == {"SF710", "SF731", "SF730"}
    git(repo.folder, "commit", "--quiet", "--amend", "--no-edit", at=at(17))
    assert repo.verified(base).diagnostics == ()
    repo.put("pay/ledger", image=IMAGE)
    repo.remove("shop/app-2")
    assert repo.compile(guard=True).codes == [], "not committed: judged by the clock, and the memory is empty"
    git(repo.folder, "add", "--all")
    git(repo.folder, "commit", "--quiet", "-m", "the same", at=at(18))
    assert "SF710" in {d.code for d in repo.verified("HEAD~1").diagnostics}


class _Clock:
    """A stand-in for `datetime` whose `now` is a fixed day."""

    @staticmethod
    def at(day: str) -> type:
        from datetime import datetime

        class Fixed(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromisoformat(day).replace(tzinfo=tz)

        return Fixed


@pytest.fixture
def shallow(begun, tmp_path):
    """Clone the last commit, which deletes app-0, and delete another app."""
    repo = Drips.existing(tmp_path / "clone", begun.data)
    git(tmp_path, "clone", "--quiet", "--depth=1", begun.folder.as_uri(), str(repo.folder))
    repo.remove("shop/app-1")
    return repo


def test_a_clone_that_is_too_shallow_is_an_error_that_names_what_to_fetch(shallow) -> None:
    before = overlays(shallow, "shop")
    shallow.put("pay/cards", image=IMAGE)
    run = shallow.judged(12)
    assert (run.codes, run.fatal, run.summary.held) == (["SF723"], False, ("shop",))
    (finding,) = run.diagnostics
    assert finding.message == (
        "the deletions of team shop cannot be added up: "
        "this clone begins on 2026-11-10, and the deletions since 2026-11-06 count"
    )
    assert finding.app == "shop/*"
    assert overlays(shallow, "shop") == before
    assert any(IMAGE.encode() in data for data in overlays(shallow, "pay").values())
    commands = [part for part in (finding.help or "").split("`") if part.startswith("git fetch")]
    assert commands == [
        "git fetch --shallow-since=2026-11-06T00:00:00Z",
        "git fetch --deepen=1",
        "git fetch --unshallow",
    ]
    for command in commands[:2]:
        assert shallow.judged(12).codes == ["SF723"]
        git(shallow.folder, *command.split()[1:])
    assert shallow.judged(12).codes == ["SF710"]


def test_a_shallow_clone_is_deep_enough_if_its_first_commit_is_old(shallow) -> None:
    assert shallow.judged(16, stage_in_tree=False).codes == ["SF723"]
    assert shallow.judged(17, stage_in_tree=False).codes == []


def test_whoever_deletes_nothing_needs_no_history(shallow, monkeypatch) -> None:
    git(shallow.folder, "checkout", "--quiet", "--", "apps")
    shallow.put("shop/app-2", image=IMAGE, **EVERY)
    monkeypatch.setattr("sixfold_compiler.pipeline.deletions.memory_of", None)
    assert shallow.judged(12).codes == []


def test_a_verification_in_a_shallow_clone_says_so(shallow) -> None:
    shallow.compile()
    commit_all(shallow.folder, "drop", at=at(12))
    codes = {d.code for d in shallow.verified("HEAD~1").diagnostics}
    assert "SF723" in codes


def test_a_repository_that_git_refuses_to_read_is_no_empty_memory(repo) -> None:
    repo.remove("shop/app-1")
    (repo.folder / ".git/HEAD").write_text("ref: refs/heads/../../x\n")
    run = repo.judged(12)
    assert run.codes == ["SF723"]
    assert run.diagnostics[0].help.startswith("make the repository readable")


def test_outside_of_git_and_before_the_first_commit_nothing_is_remembered(repo) -> None:
    (repo.folder / ".git").rename(repo.folder / "was-git")
    repo.remove("shop/app-1")
    assert repo.judged(12, stage_in_tree=False).codes == []
    new_repo(repo.folder)
    assert repo.judged(12, stage_in_tree=False).codes == []


def test_a_commit_that_no_generator_adopts_is_no_state(repo) -> None:
    """Its root inventory has a wrong checksum, or lists other bytes, or there is none."""
    root = (repo.out / "inventory.json").read_text()
    cluster = repo.out / "prod/dc1/dc1-a/inventory.json"
    rows = cluster.read_text()
    for path, text in ((repo.out / "inventory.json", root + "\n"), (cluster, rows + "\n")):
        path.write_text(text)
        commit_all(repo.folder, "torn", at=at(11))
    (repo.out / "inventory.json").unlink()
    commit_all(repo.folder, "none", at=at(11))
    (repo.out / "inventory.json").write_text(root)
    cluster.write_text(rows)
    commit_all(repo.folder, "back", at=at(11))
    repo.remove("shop/app-1")
    run = repo.judged(12)
    assert run.codes == ["SF710"]
    assert "still counts (3)" in run.diagnostics[0].help
