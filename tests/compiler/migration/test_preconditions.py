"""Preconditions of a step: the step before is committed, and the manifests of the teams that move have no errors."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.migration import preconditions
from sixfold_compiler.migration.checkout import Checkout
from sixfold_compiler.migration.preconditions import commit_problems, manifest_problems
from sixfold_compiler.migration.step import Step, moves_between
from sixfold_compiler.placement import Host, Lock
from tests.support.git import commit_all, new_repo
from tests.support.moves import DC1, OLD

STEP = Step("join", Lock(), moves_between(DC1, {}, {"shop": OLD}, "starts"))


def test_errors_of_teams_that_move_stop_the_step_and_others_do_not() -> None:
    errors = [Diagnostic("SF204", "text", app=app) for app in ("shop/web", "pay/cards", "", "shop/api", "shop/web")]
    warning = Diagnostic("SF624", "text", severity="warning", app="shop/web")
    *own, problem = manifest_problems([*errors, warning], STEP)
    assert [error.app for error in own] == ["shop/web", "shop/api", "shop/web"]
    assert (problem.code, problem.severity) == ("SF455", "error")
    assert problem.message.endswith(": shop/api and shop/web")
    assert manifest_problems([errors[1], errors[2], warning], STEP) == []


def test_an_app_without_a_place_stops_no_step_unless_it_is_in_the_tree() -> None:
    problem = Diagnostic("SF430", "no place", app="shop/web")
    assert manifest_problems([problem], STEP, {"shop/api"}) == []
    assert [p.code for p in manifest_problems([problem], STEP, {"shop/web"})] == ["SF430", "SF455"]
    assert [p.code for p in manifest_problems([problem], STEP)] == ["SF430", "SF455"]
    broken = Diagnostic("SF204", "text", app="shop/web")
    assert [p.code for p in manifest_problems([broken], STEP, set())] == ["SF204", "SF455"]


@pytest.mark.parametrize("drifted", [[], ["pay in prod/dc1"]])
def test_a_tree_that_differs_from_the_lock_is_shown_with_every_error_and_else_those_of_teams_that_move(
    tmp_path, monkeypatch, drifted
) -> None:
    errors = tuple(Diagnostic("SF204", "text", app=app) for app in ("shop/web", "pay/cards"))
    previous = SimpleNamespace(clusters={"prod/dc1/dc1-a": None}, facts={})
    result = SimpleNamespace(diagnostics=errors, previous=previous, fatal=False, changes=())
    monkeypatch.setattr(preconditions, "plan", lambda *_: nullcontext(result))
    monkeypatch.setattr(preconditions, "drift", lambda *_: drifted)
    lock = Lock({DC1: {"shop": (Host("dc1-a", 100, (100, 0)),)}})
    *shown, last = preconditions.compile_problems(Options(tmp_path, tmp_path, tmp_path), None, lock, [DC1], None)
    assert [error.app for error in shown] == (["shop/web", "pay/cards"] if drifted else ["shop/web"])
    assert last.message == f"the tree differs from the lock: {drifted[0] if drifted else 'shop/web'}"


@pytest.fixture
def checkout(tmp_path):
    """Return a checkout whose lock, tombstones and tree are committed."""
    fleet = tmp_path / "environments"
    for folder in (fleet, tmp_path / "overlays"):
        folder.mkdir()
    for name in ("placements.lock.json", "tombstones.yaml"):
        (fleet / name).write_text("a\n")
    (tmp_path / "overlays" / "inventory.json").write_text("a\n")
    new_repo(tmp_path)
    commit_all(tmp_path, "a step")
    return Checkout(tmp_path, fleet)


def test_a_step_that_is_committed_with_its_tree_is_done(checkout) -> None:
    (checkout.root / "notes.txt").write_text("of no matter\n")
    assert commit_problems(checkout, checkout.root / "overlays") == []
    assert commit_problems(checkout, None) == []


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        (["environments/placements.lock.json"], "environments/placements.lock.json has"),
        (["environments/tombstones.yaml"], "environments/tombstones.yaml has"),
        (
            ["environments/placements.lock.json", "environments/tombstones.yaml"],
            "environments/placements.lock.json or environments/tombstones.yaml has",
        ),
        (["overlays/inventory.json"], "the tree overlays/ has"),
    ],
)
def test_what_is_not_committed_is_named(changed, shown, checkout) -> None:
    for path in changed:
        (checkout.root / path).write_text("b\n")
    (problem,) = commit_problems(checkout, checkout.root / "overlays")
    assert (problem.code, problem.message) == (
        "SF450", f"the previous step is not done: {shown} uncommitted changes",
    )  # fmt: skip
    assert bool(commit_problems(checkout, None)) is not shown.startswith("the tree")


def test_a_folder_outside_of_git_is_not_checked(tmp_path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "overlays").mkdir()
    assert commit_problems(Checkout(tmp_path, tmp_path / "environments"), tmp_path / "overlays") == []
