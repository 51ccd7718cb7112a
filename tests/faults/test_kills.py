"""F1: `kill -9` at each named point of an adoption and of a compile leaves the old files or the new ones."""

from __future__ import annotations

import pytest

from sixfold_generator.adoption.run import run
from tests.faults.kills import STATE_POINTS, TODAY, TREE_POINTS, double_kills, state_kills, tree_kills
from tests.faults.seeds import change
from tests.faults.tally import verify
from tests.support.repos import Repo
from tests.support.trees import Spec


@pytest.mark.parametrize("seed", [6])
def test_a_killed_adopter_leaves_the_old_snapshot_or_the_new_one(tmp_path, seed):
    verify(state_kills(tmp_path, STATE_POINTS, [seed]))


@pytest.mark.parametrize("seed", [6])
def test_a_killed_compiler_leaves_the_old_tree_the_new_one_or_one_that_readers_reject(tmp_path, seed):
    verify(tree_kills(tmp_path, TREE_POINTS[::-2], [seed]))  # the long set has all points


def test_two_kills_in_a_row_leave_no_trace(tmp_path):
    """The second kill is during the write of the journal, the only list of the files that the first run had renamed."""
    verify(double_kills(tmp_path, ["journal: half written", "journal: synced", "journal: folder synced"], [6]))


def test_the_listed_points_are_those_that_a_run_passes(tmp_path):
    """At a point that no run passes, no kill would happen; every new point must be in the lists."""
    passed = tmp_path / "passed"

    def note(point):
        with passed.open("a") as stream:  # workers pass points as well
            stream.write(point + "\n")

    repo = Repo(tmp_path / "repo")
    repo.compile(jobs=1)
    change(repo, 6)
    repo.compile(jobs=1, checkpoint=note)
    assert set(passed.read_text().splitlines()) == set(TREE_POINTS)
    passed.unlink()
    run(Spec().write(tmp_path / "tree"), tmp_path / "state", today=TODAY, checkpoint=note)
    assert set(passed.read_text().splitlines()) == set(STATE_POINTS)
    assert len(TREE_POINTS) >= 20
    assert len(STATE_POINTS) >= 20
