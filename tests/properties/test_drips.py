"""Compiler and generator on the same commits of one deploy repo: the same verdict, in the same words."""

from __future__ import annotations

from datetime import date

from sixfold_generator.adoption.run import run
from sixfold_generator.state.folder import State
from tests.support.git import commit_all, new_repo
from tests.support.repos import Repo, is_overlay

EVERY = {"spread": "every"}


def at(day: int) -> str:
    return f"2026-11-{day:02}T12:00:00Z"


def test_the_compiler_refuses_what_the_generator_would_hold_and_what_it_writes_is_adopted_in_full(tmp_path) -> None:
    repo, state = Repo(tmp_path / "repo", ("pay/cards",)), tmp_path / "state"
    repo.data["deletions"] = {"overlays": 3, "objects": "50%"}
    repo.write_fleet()
    for number in range(6):
        repo.put(f"shop/app-{number}", **EVERY)

    def compiled(day: int, **options):
        return repo.compile(**{"guard": True, "today": date(2026, 11, day)} | options)

    def adopted(day: int):
        result = run(repo.out, state, today=date(2026, 11, day))
        assert result.outcome == "adopted", result
        return State(state).read()

    assert compiled(1).codes == []
    new_repo(repo.folder)
    commit_all(repo.folder, "first", at=at(1))
    adopted(1)
    repo.remove("shop/app-0")
    assert compiled(3).codes == []
    commit_all(repo.folder, "skipped", at=at(3))
    repo.remove("shop/app-1")
    repo.put("search/index")
    run_of_compiler = compiled(5)
    assert run_of_compiler.codes == ["SF710"]
    commit_all(repo.folder, "what the compiler writes", at=at(5))
    snapshot = adopted(5)
    assert (snapshot.held, snapshot.pinned) == ({}, ()), "nobody waits for the team that the compiler holds"
    assert [item.day for item in snapshot.spent] == ["2026-11-03"] * 3
    assert {cluster.revision for cluster in snapshot.clusters.values()} == {snapshot.commit}, "all roads have moved on"
    assert any("/search/" in path for path in repo.tree() if is_overlay(path))
    assert compiled(5, guard=False).codes == []
    commit_all(repo.folder, "past the compiler", at=at(6))
    (reason, _) = adopted(6).held["shop"].reasons
    assert f"team shop would lose too much: {reason}" == run_of_compiler.diagnostics[0].message
