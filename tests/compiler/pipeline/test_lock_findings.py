"""Warnings about apps that run once, on the only cluster of their team, and have no home in the lock."""

from __future__ import annotations

from pathlib import Path

from sixfold_compiler.inputs.sources import ManifestFile
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.pipeline.app_state import AppState, FailedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.lock_findings import unkept_homes
from sixfold_compiler.placement import Host, Placement
from tests.support.facts import facts_of, record_of
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

DC1, DC2 = Cell("prod", "dc1"), Cell("prod", "dc2")
FILE = ManifestFile(Path("apps/shop/web.yaml"), "apps/shop/web.yaml", Path(), AppKey("shop", "web"))
PLACED = {(DC1, "shop"): (Host("dc1-a", 100),), (DC2, "shop"): (Host("dc2-a", 100),)}


def tree_of(spread="home") -> TreeApp:
    records = {cell: record_of(facts_of("shop/web", spread=spread)) for cell in (DC2, DC1)}
    return TreeApp(AppKey("shop", "web"), records)


def warnings(app: AppState, homes=(), hosts=None):
    kept = {(cell, "shop/web"): PLACED[cell, "shop"][0].cluster for cell in homes}
    return list(unkept_homes([app], Placement(PLACED if hosts is None else hosts, kept)))


def test_a_missing_home_gives_one_warning_for_all_data_centers() -> None:
    (warning,) = warnings(UnchangedApp(tree_of(), FILE))
    assert (warning.code, warning.severity, warning.app, str(warning.span)) == (
        "SF428", "warning", "shop/web", "apps/shop/web.yaml"
    )  # fmt: skip
    assert "prod/dc1 and 1 more" in warning.message
    check_snapshot(f"{warning.message}\n{warning.help}\n", SNAPSHOTS / "missing-home.txt")


def test_the_warning_names_the_data_center_without_a_home() -> None:
    app = UnchangedApp(tree_of(), FILE)
    (warning,) = warnings(app, homes=[DC1])
    assert warning.message.endswith(" prod/dc2")
    assert warnings(app, homes=[DC1, DC2]) == []


def test_divided_apps_and_unplaced_teams_give_no_warning() -> None:
    assert [warnings(UnchangedApp(tree_of(spread), FILE)) for spread in ("share", "every")] == [[], []]
    assert warnings(UnchangedApp(tree_of(), FILE), hosts={}) == []


def test_failed_and_unselected_apps_give_no_warning() -> None:
    assert warnings(FailedApp(tree_of(), FILE)) == []
    assert warnings(UnchangedApp(tree_of())) == []
