"""The day of a verdict: that of the commit for committed inputs, that of the clock for others."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sixfold_compiler.inputs.day import Day
from sixfold_compiler.inputs.options import Options
from tests.support.git import commit_all, git, new_repo

COMMITTED = date(2026, 11, 20)


def clock() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Commit a deploy repo late on a day in UTC, which is the next day where it was committed."""
    folder = tmp_path_factory.mktemp("dated")
    for name in (
        "environments/fleet.jsonnet",
        "apps/shop/web.yaml",
        "releases/prod/shop.yaml",
        "overlays/inventory.json",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a\n")
    new_repo(folder)
    commit_all(folder, "first", at="2026-11-21T01:59:59+0200")
    return folder


def day(folder, **fields) -> date:
    settings = {"fleet": folder / "environments", "out": folder / "overlays", "base": folder}
    return Day(Options(**settings | fields)).value


@pytest.fixture
def restored(committed):
    yield committed
    git(committed, "checkout", "--quiet", "--", ".")
    git(committed, "clean", "--quiet", "--force", "-d", "-x")


def test_committed_inputs_have_the_day_of_their_commit_in_utc(committed) -> None:
    assert day(committed) == COMMITTED
    assert day(committed, paths=(committed / "apps",)) == COMMITTED


def test_a_day_that_is_given_is_taken(committed, tmp_path) -> None:
    assert day(committed, today=date(2020, 1, 1)) == date(2020, 1, 1)
    assert day(tmp_path, today=date(2020, 1, 1)) == date(2020, 1, 1)


@pytest.mark.parametrize("name", ["environments/fleet.jsonnet", "apps/shop/web.yaml", "releases/prod/shop.yaml"])
def test_an_input_that_differs_from_its_commit_has_the_day_of_the_clock(restored, name) -> None:
    (restored / name).write_text("b\n")
    assert day(restored) == clock()
    (restored / name).unlink()
    assert day(restored) == clock()


@pytest.mark.parametrize("name", ["environments/x.libsonnet", "more/apps/pay/new.yaml", "releases/dev/pay.yaml"])
def test_an_input_that_is_in_no_commit_has_the_day_of_the_clock(restored, name) -> None:
    (restored / name).parent.mkdir(parents=True, exist_ok=True)
    (restored / name).write_text("b\n")
    assert day(restored) == clock()


def test_the_tree_the_names_lock_and_other_files_do_not_count(restored) -> None:
    (restored / "overlays/inventory.json").write_text("b\n")
    (restored / "environments/names.lock.json").write_text("{}\n")
    (restored / "preview.md").write_text("b\n")
    assert day(restored) == COMMITTED
    assert day(restored, paths=(restored,)) == clock(), "what was named is an input"


def test_no_commit_and_no_repository_have_the_day_of_the_clock(committed, tmp_path) -> None:
    assert day(tmp_path) == clock()
    new_repo(tmp_path)
    assert day(tmp_path) == clock()
    assert day(committed, fleet=tmp_path) == clock(), "the fleet is in no commit of the deploy repo"


def test_git_is_asked_once_and_only_when_the_day_is_needed(committed, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("sixfold_compiler.inputs.day._committed", asked.append)
    lazy = Day(Options(base=committed))
    assert asked == []
    assert lazy.value == lazy.value == clock()
    assert len(asked) == 1
