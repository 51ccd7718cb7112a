"""Output of `whatif`: the figures of a simulation as tables, as a summary, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from sixfold_compiler.cli.output.tables import MAX_ROWS
from sixfold_compiler.cli.output.whatif import as_json, as_text, every_json, every_text
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif import Scenario, every_loss, loss_problems, simulate, single_losses
from tests.support.reading import table
from tests.support.snapshots import check_snapshot
from tests.support.worlds import app, world

SNAPSHOTS = Path(__file__).parent / "snapshots"

A, B = (Target("prod", "dc1", f"dc1-{x}") for x in "ab")
WEIGHTS = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 30, "dc1-c": 20}}}
CARRIED = "All load of P0 is carried.\n"


def three(*apps, cores=110, homes=None, **fields):
    clusters = {"dc1": dict.fromkeys(("dc1-a", "dc1-b", "dc1-c"), cores)}
    return world(clusters, WEIGHTS, {"dc1": {"shop": list(apps)}}, homes=homes, **fields)


@pytest.fixture(scope="module")
def lost():
    """Return the loss of dc1-b with 30 % more load, in which some app has each kind of outcome."""
    inputs = three(
        app("web", pods=100, scaled=True),
        app("batch", "P2", pods=100, scaled=True),
        app("db", spread="home", pods=1, claims=True),
        app("cron", "P1", spread="home", pods=3),
        app("fixed", "P1", pods=10),
        homes={"dc1": {"shop/db": "dc1-b", "shop/cron": "dc1-b"}},
    )
    return simulate(*inputs, Scenario(frozenset({B}), Fraction(13, 10)))


class TestOneScenario:
    def test_each_cluster_has_its_load_before_and_after_and_the_pods_that_do_not_fit(self, lost) -> None:
        rows = table(as_text(lost), "cluster")
        assert rows["prod/dc1/dc1-a"][:7] == [
            "95% > 100%", "105 > 110 of 110", "26Gi > 27Gi of 440Gi", "105 > 111 of 880", "45% > 84%", "5%", "45% > 11%",
        ]  # fmt: skip
        assert rows["prod/dc1/dc1-a"][7].startswith("P2: 81 cores, 20Gi, 81"), "38 preempted, 43 that would be new"
        assert rows["prod/dc1/dc1-b"] == [
            "61% > lost", "67 > 0 of 110", "17Gi > 0Gi of 440Gi", "67 > 0 of 880", "28% > -", "5% > -", "27% > -", "-",
        ]  # fmt: skip
        assert rows["prod/dc1/dc1-c"][-1] == "-"

    def test_evicted_cores_are_listed_by_cluster_and_tier(self, lost) -> None:
        text = as_text(lost).partition("Evicted pods")[2]
        assert table(text, "cluster") == {"prod/dc1/dc1-a": ["P2", "38 cores (76%)", "50", "shop 38"]}

    def test_overloaded_teams_are_listed_with_the_reasons(self, lost) -> None:
        text = as_text(lost).partition("Teams with more load")[2].partition("\n\n")[0]
        assert table(text, "where")["prod/dc1"][:4] == ["shop", "P0", "214 > 277", "186"]
        for part in ("6 over a fixed number of replicas", "37.9 preempted", "42.9 without room", "stopped"):
            assert part in text

    def test_apps_that_stop_are_listed_with_the_fix(self, lost) -> None:
        text = as_text(lost).partition("Apps that stop:\n")[2].partition("\n\n")[0]
        stops = {line.split()[1]: line.rpartition("  ")[2] for line in text.splitlines()[1:]}
        assert stops == {
            "shop/db": "its data is there: restore it elsewhere, or wait",
            "shop/cron": "another home in the lock",
        }

    def test_the_summary_names_the_p0_apps_with_load_that_is_not_carried(self, lost) -> None:
        check_snapshot(as_text(lost), SNAPSHOTS / "whatif.txt")
        assert as_text(lost).splitlines()[-1].startswith("  prod/dc1 shop/db: 1 of 1 pods' worth: 1 stopped")

    def test_without_problems_the_text_has_only_the_clusters_and_one_sentence(self) -> None:
        text = as_text(simulate(*three(app("web", pods=100, scaled=True)), Scenario(frozenset({B}))))
        assert text.endswith(CARRIED)
        assert len(text.partition("\n\n")[2].splitlines()) == 1

    def test_unchanged_data_centers_are_left_out_and_counted(self) -> None:
        rows = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 50}}, "dc2": {"ads": {"dc2-a": 100}}}
        apps = {"dc1": {"shop": [app("web", pods=10, scaled=True)]}, "dc2": {"ads": [app("ad", pods=10)]}}
        inputs = world({"dc1": {"dc1-a": 90, "dc1-b": 90}, "dc2": {"dc2-a": 90}}, rows, apps)
        text = as_text(simulate(*inputs, Scenario(frozenset({B}))))
        assert table(text, "cluster").keys() == {"prod/dc1/dc1-a", "prod/dc1/dc1-b"}
        assert "1 cluster of data centers where nothing changes left out.\n" in text
        assert len(table(as_text(simulate(*inputs, Scenario())), "cluster")) == 3, "all of them where nothing does"

    def test_a_cluster_without_nodes_has_no_capacity(self) -> None:
        """A live reading of a cluster without a ready node has no cores, no memory and no pods."""
        inputs = three(app("web", pods=100, scaled=True))
        outcome = simulate(*inputs, Scenario(), {B: Resources()})
        rows = table(as_text(outcome), "cluster")
        assert rows["prod/dc1/dc1-b"] == [
            "100% > 0%", "30 > 0 of 0", "8Gi > 0Gi of 0Gi", "30 > 0 of 0", "-", "-", "-", "P0: 30 cores, 8Gi, 30 pods",
        ]  # fmt: skip
        assert json.loads(as_json(outcome))["clusters"]["prod/dc1/dc1-b"]["capacity"]["cpu"] == 0

    def test_evicted_pods_without_cores_have_no_percentage(self) -> None:
        """A cluster may have too many pods although they request no cores."""
        inputs = three(app("web", pods=880, cpu=0.01, scaled=True), app("idle", "P2", cpu=0, pods=1200, scaled=True))
        text = as_text(simulate(*inputs, Scenario(frozenset({B})))).partition("Evicted pods")[2]
        assert table(text, "cluster")["prod/dc1/dc1-a"][:3] == ["P2", "0 cores", "0"]

    def test_evicted_teams_beyond_the_limit_are_counted(self) -> None:
        teams = {f"t{number}": {"dc1-a": 50, "dc1-b": 50} for number in range(10)}
        apps = {team: [app("web", "P2", pods=10, scaled=True)] for team in teams} | {
            "live": [app("live", pods=100, scaled=True)]
        }
        rows = {"dc1": {**teams, "live": {"dc1-a": 50, "dc1-b": 50}}}
        inputs = world({"dc1": {"dc1-a": 100, "dc1-b": 100}}, rows, {"dc1": apps})
        text = as_text(simulate(*inputs, Scenario(frozenset({B})))).partition("Evicted pods")[2]
        names = table(text, "cluster")["prod/dc1/dc1-a"][3]
        assert names == ", ".join(f"t{number} 5" for number in range(8)) + " and 2 more"

    def test_rows_beyond_the_limit_are_counted(self, lost) -> None:
        ((cell, center),) = lost.cells.items()
        first = center.stops[0]
        many = tuple(replace(first, app=f"app-{number:03}") for number in range(MAX_ROWS + 5))
        teams = tuple(replace(first, team=f"team-{number:03}") for number in range(MAX_ROWS + 7))
        text = as_text(replace(lost, cells={cell: replace(center, stops=many)})).partition("Apps that stop")[2]
        text = text.partition("P0 with load")[0]
        assert "shop/app-199" in text
        assert "shop/app-200" not in text
        assert "and 5 more\n" in text
        text = as_text(replace(lost, cells={cell: replace(center, stops=teams)})).partition("Apps that stop")[0]
        assert "team-198" in text
        assert "and 8 more\n" in text, "shop is one of the teams that are shown"


class TestJson:
    def test_json_has_every_number_of_the_tables(self, lost) -> None:
        value = json.loads(as_json(lost))
        assert (value["lost"], value["load"], value["teamLoads"]) == (["prod/dc1/dc1-b"], 1.3, {})
        first = value["clusters"]["prod/dc1/dc1-a"]
        assert (first["lost"], first["capacity"]["cpu"], first["preempted"]["P2"]["cpu"]) == (False, 110.0, 37.858)
        assert set(first) == {"lost", "capacity", "room", "before", "after", "preempted", "pending", "over", "fixed"}
        (team,) = value["teams"]
        assert set(team) == {"at", "team", "tier", "before", "asked", "running", "pods", "notCarried"}
        assert set(value["stops"][0]) == {"at", "app", "tier", "cluster", "pods", "claims"}
        assert (team["at"], team["team"], team["tier"], team["asked"]["cpu"]) == ("prod/dc1", "shop", "P0", 277.0)
        assert {stop["app"]: stop["claims"] for stop in value["stops"]} == {"shop/db": True, "shop/cron": False}
        (broken,) = value["breaks"]
        assert broken == {"at": "prod/dc1", "app": "shop/db", "pods": 1.0, "notCarried": {"stopped": 1.0}}


class TestEveryLoss:
    def test_each_loss_is_a_row_and_the_summary_names_those_that_break_a_p0(self) -> None:
        inputs = three(app("web", pods=100, scaled=True), cores=70)
        losses = list(
            every_loss(*inputs, Scenario(), single_losses(inputs.fleet) | single_losses(inputs.fleet, centers=True))
        )
        text = every_text(losses)
        assert table(text, "lost") == {
            "prod/dc1/dc1-a": ["dc1-b 86%", "-", "-", "-", "-", "-"],
            "prod/dc1/dc1-b": ["dc1-a 100%", "-", "P0 1.4 cores", "-", "-", "shop/web"],
            "prod/dc1/dc1-c": ["dc1-a 89%", "-", "-", "-", "-", "-"],
            "prod/dc1": ["nothing is left", "-", "-", "-", "1", "shop/web"],
        }
        assert text.endswith("\n\n2 of 4 losses break a P0: prod/dc1/dc1-b, prod/dc1.\n")

    def test_after_the_loss_of_a_data_center_the_fullest_cluster_is_one_that_takes_over(self) -> None:
        rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"shop": {"dc2-a": 100}}}
        apps = {center: {"shop": [app("web", pods=40, scaled=True)]} for center in rows}
        inputs = world({"dc1": {"dc1-a": 50}, "dc2": {"dc2-a": 50}}, rows, apps)
        losses = list(every_loss(*inputs, Scenario(), single_losses(inputs.fleet, centers=True)))
        assert table(every_text(losses), "lost")["prod/dc1"][0] == "dc2-a 80%"

    def test_the_summary_states_that_no_loss_breaks_a_p0(self) -> None:
        inputs = three(app("web", pods=100, scaled=True))
        text = every_text(list(every_loss(*inputs, Scenario(), single_losses(inputs.fleet))))
        assert text.endswith("\n\nNone of 3 losses breaks a P0.\n")

    def test_apps_that_are_broken_without_any_loss_are_listed_separately(self) -> None:
        inputs = three(app("web", pods=100, scaled=True), cores=70)
        load = Scenario(load=Fraction(2))
        losses = list(every_loss(*inputs, load, single_losses(inputs.fleet)))
        assert every_text(losses).endswith("P0 that is broken without any of them: shop/web.\n")
        value = json.loads(every_json(losses, loss_problems(losses, lambda _: None, load)))
        assert [loss["lost"] for loss in value["losses"]] == [f"prod/dc1/dc1-{x}" for x in "abc"]
        assert all(loss["breaks"][0]["app"] == "shop/web" and len(loss["clusters"]) == 3 for loss in value["losses"])
        assert value["brokenWithout"][0]["notCarried"] == {"pending": 30.0}
        assert [(d["code"], d["place"]) for d in value["diagnostics"]] == [("SF461", None), ("SF462", None)]
