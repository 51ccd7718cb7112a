"""Apps that run once, on the only cluster of their team, whose home the lock does not keep: a warning, and no more."""

from __future__ import annotations

from pathlib import Path

from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.pipeline.app_state import AppState
from sixfold_compiler.pipeline.lock_findings import unkept_homes
from sixfold_compiler.placement import Host, Placement

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
FILE = ManifestFile(Path("apps/shop/web.yaml"), "apps/shop/web.yaml", Path(), "shop/web")
PLACED = {(DC1, "shop"): (Host("dc1-a", 100),), (DC2, "shop"): (Host("dc2-a", 100),)}


def state(spread="home", **more) -> AppState:
    facts = {cell: {"name": "web", "spread": spread} for cell in (DC2, DC1)}
    return AppState("shop/web", **{"manifest": FILE, "facts": facts} | more)


def told(one: AppState, homes=(), hosts=None):
    kept = {(cell, "shop/web"): PLACED[cell, "shop"][0].cluster for cell in homes}
    return list(unkept_homes([one], Placement(PLACED if hosts is None else hosts, kept)))


def test_an_app_whose_home_is_written_down_nowhere_is_warned_of_once_for_all_data_centers() -> None:
    (warning,) = told(state())
    assert (warning.code, warning.severity, warning.app, str(warning.span)) == (
        "SF428", "warning", "shop/web", "apps/shop/web.yaml"
    )  # fmt: skip
    assert warning.message == "shop/web runs once, and the lock does not keep its home in prod/dc1 (and in 1 more)"
    assert warning.help.startswith("run `sixfold place`")


def test_only_the_data_center_whose_home_is_lacking_is_named() -> None:
    (warning,) = told(state(), homes=[DC1])
    assert warning.message == "shop/web runs once, and the lock does not keep its home in prod/dc2"
    assert told(state(), homes=[DC1, DC2]) == []


def test_nothing_is_said_of_an_app_that_is_divided_or_whose_team_is_placed_nowhere() -> None:
    assert told(state(spread="share")) == told(state(spread="every")) == []
    assert told(state(), hosts={}) == []


def test_nothing_is_said_of_an_app_that_failed_or_was_not_looked_at() -> None:
    """Whose facts are those of the tree, and whose author is told of something else or of nothing."""
    assert told(state(failed=True)) == []
    assert told(state(manifest=None)) == []
