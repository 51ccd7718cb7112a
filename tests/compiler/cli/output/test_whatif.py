"""What `whatif` tells: every figure of the simulation that people decide by, in tables, in a sentence, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from sixfold_compiler.cli.output.whatif import SAMPLE, as_json, as_text, every_json, every_text
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.whatif import Scenario, every_loss, loss_problems, simulate, single_losses
from tests.support.reading import table
from tests.support.worlds import app, world

A, B = (Target("prod", "dc1", f"dc1-{x}") for x in "ab")
WEIGHTS = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 30, "dc1-c": 20}}}
WHOLE = "Every P0 is carried whole.\n"


def three(*apps, cores=110, homes=None, **more):
    clusters = {"dc1": dict.fromkeys(("dc1-a", "dc1-b", "dc1-c"), cores)}
    return world(clusters, WEIGHTS, {"dc1": {"shop": list(apps)}}, homes=homes, **more)


@pytest.fixture(scope="module")
def lost():
    """dc1-b is lost, with 30 % more viewers: all that can happen to an app happens to one."""
    made = three(
        app("web", pods=100, scaled=True),
        app("batch", "P2", pods=100, scaled=True),
        app("db", spread="home", pods=1, claims=True),
        app("cron", "P1", spread="home", pods=3),
        app("fixed", "P1", pods=10),
        homes={"dc1": {"shop/db": "dc1-b", "shop/cron": "dc1-b"}},
    )
    return simulate(*made, Scenario(frozenset({B}), Fraction(13, 10)))


class TestOneScenario:
    def test_each_cluster_is_told_before_and_after_with_what_does_not_fit(self, lost) -> None:
        rows = table(as_text(lost), "cluster")
        assert rows["prod/dc1/dc1-a"][:7] == [
            "95% > 100%", "105 > 110 of 110", "26Gi > 27Gi of 440Gi", "105 > 111 of 880", "45% > 84%", "5%", "45% > 11%",
        ]  # fmt: skip
        assert rows["prod/dc1/dc1-a"][7].startswith("P2: 81 cores, 20Gi, 81"), "38 preempted, 43 that would be new"
        assert rows["prod/dc1/dc1-b"] == [
            "61% > lost", "67 > 0 of 110", "17Gi > 0Gi of 440Gi", "67 > 0 of 880", "28% > -", "5% > -", "27% > -", "-",
        ]  # fmt: skip
        assert rows["prod/dc1/dc1-c"][-1] == "-"

    def test_who_gives_way_is_told_by_cluster_and_tier_with_what_part_of_it(self, lost) -> None:
        text = as_text(lost).partition("Who gives way")[2]
        assert table(text, "cluster") == {"prod/dc1/dc1-a": ["P2", "38 cores (76%)", "50", "shop 38"]}

    def test_teams_over_what_their_pods_are_sized_for_are_told_with_the_reasons(self, lost) -> None:
        text = as_text(lost).partition("Teams that are asked for more")[2].partition("\n\n")[0]
        assert table(text, "where")["prod/dc1"][:4] == ["shop", "P0", "214 > 277", "186"]
        for part in ("6 over a fixed number of replicas", "37.9 preempted", "42.9 without room", "stopped"):
            assert part in text

    def test_apps_that_stop_are_told_with_what_it_takes(self, lost) -> None:
        text = as_text(lost).partition("Apps that stop:\n")[2].partition("\n\n")[0]
        stops = {line.split()[1]: line.rpartition("  ")[2] for line in text.splitlines()[1:]}
        assert stops == {
            "shop/db": "its data is there: restore it elsewhere, or wait",
            "shop/cron": "another home in the lock",
        }

    def test_at_its_end_it_says_which_p0_is_not_carried_whole(self, lost) -> None:
        assert as_text(lost).endswith(
            "P0 that is not carried whole:\n"
            "  prod/dc1 shop/db: 1 of 1 pods' worth: 1 stopped: the only place it ran is lost\n"
        )

    def test_where_all_is_carried_there_are_only_the_clusters_and_the_good_news(self) -> None:
        text = as_text(simulate(*three(app("web", pods=100, scaled=True)), Scenario(frozenset({B}))))
        assert text.endswith(WHOLE)
        assert len(text.partition("\n\n")[2].splitlines()) == 1

    def test_data_centers_where_nothing_changes_are_left_out_and_counted(self) -> None:
        rows = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 50}}, "dc2": {"ads": {"dc2-a": 100}}}
        apps = {"dc1": {"shop": [app("web", pods=10, scaled=True)]}, "dc2": {"ads": [app("ad", pods=10)]}}
        made = world({"dc1": {"dc1-a": 90, "dc1-b": 90}, "dc2": {"dc2-a": 90}}, rows, apps)
        text = as_text(simulate(*made, Scenario(frozenset({B}))))
        assert table(text, "cluster").keys() == {"prod/dc1/dc1-a", "prod/dc1/dc1-b"}
        assert "1 cluster of data centers where nothing changes left out.\n" in text
        assert len(table(as_text(simulate(*made, Scenario())), "cluster")) == 3, "all of them where nothing does"

    def test_a_cluster_whose_nodes_are_all_gone_is_told_like_any_other(self) -> None:
        """Read live, a cluster without a ready node has no cores, no memory and no pods."""
        made = three(app("web", pods=100, scaled=True))
        outcome = simulate(*made, Scenario(), {B: Resources()})
        rows = table(as_text(outcome), "cluster")
        assert rows["prod/dc1/dc1-b"] == [
            "100% > 0%", "30 > 0 of 0", "8Gi > 0Gi of 0Gi", "30 > 0 of 0", "-", "-", "-", "P0: 30 cores, 8Gi, 30 pods",
        ]  # fmt: skip
        assert json.loads(as_json(outcome))["clusters"]["prod/dc1/dc1-b"]["capacity"]["cpu"] == 0

    def test_pods_without_cores_give_way_without_a_share_of_them(self) -> None:
        """They may be too many for a cluster all the same."""
        made = three(app("web", pods=880, cpu=0.01, scaled=True), app("idle", "P2", cpu=0, pods=1200, scaled=True))
        text = as_text(simulate(*made, Scenario(frozenset({B})))).partition("Who gives way")[2]
        assert table(text, "cluster")["prod/dc1/dc1-a"][:3] == ["P2", "0 cores", "0"]

    def test_eight_teams_that_give_way_are_named_and_the_others_counted(self) -> None:
        teams = {f"t{number}": {"dc1-a": 50, "dc1-b": 50} for number in range(10)}
        apps = {team: [app("web", "P2", pods=10, scaled=True)] for team in teams} | {
            "live": [app("live", pods=100, scaled=True)]
        }
        rows = {"dc1": {**teams, "live": {"dc1-a": 50, "dc1-b": 50}}}
        made = world({"dc1": {"dc1-a": 100, "dc1-b": 100}}, rows, {"dc1": apps})
        text = as_text(simulate(*made, Scenario(frozenset({B})))).partition("Who gives way")[2]
        told = table(text, "cluster")["prod/dc1/dc1-a"][3]
        assert told == ", ".join(f"t{number} 5" for number in range(8)) + " and 2 more"

    def test_of_many_rows_the_first_are_shown_and_the_rest_counted(self, lost) -> None:
        ((cell, center),) = lost.cells.items()
        once = center.stops[0]
        many = tuple(replace(once, app=f"app-{number:03}") for number in range(SAMPLE + 5))
        teams = tuple(replace(once, team=f"team-{number:03}") for number in range(SAMPLE + 7))
        text = as_text(replace(lost, cells={cell: replace(center, stops=many)})).partition("Apps that stop")[2]
        text = text.partition("P0 that is not carried whole")[0]
        assert "shop/app-199" in text
        assert "shop/app-200" not in text
        assert "and 5 more\n" in text
        text = as_text(replace(lost, cells={cell: replace(center, stops=teams)})).partition("Apps that stop")[0]
        assert "team-198" in text
        assert "and 8 more\n" in text, "shop is one of those that are shown"


class TestJson:
    def test_it_has_every_number_of_the_tables(self, lost) -> None:
        value = json.loads(as_json(lost))
        assert (value["lost"], value["load"], value["teamLoads"]) == (["prod/dc1/dc1-b"], 1.3, {})
        first = value["clusters"]["prod/dc1/dc1-a"]
        assert (first["lost"], first["capacity"]["cpu"], first["preempted"]["P2"]["cpu"]) == (False, 110.0, 37.858)
        (team,) = value["teams"]
        assert (team["at"], team["team"], team["tier"], team["asked"]["cpu"]) == ("prod/dc1", "shop", "P0", 277.0)
        assert {stop["app"]: stop["claims"] for stop in value["stops"]} == {"shop/db": True, "shop/cron": False}
        (broken,) = value["breaks"]
        assert broken == {"at": "prod/dc1", "app": "shop/db", "pods": 1.0, "notCarried": {"stopped": 1.0}}


class TestEveryLoss:
    def test_each_loss_is_a_row_and_the_sentence_names_those_that_break_a_p0(self) -> None:
        made = three(app("web", pods=100, scaled=True), cores=70)
        losses = list(every_loss(*made, Scenario(), single_losses(made.fleet) | single_losses(made.fleet, centers=True)))
        text = every_text(losses)
        assert table(text, "lost") == {
            "prod/dc1/dc1-a": ["dc1-b 86%", "-", "-", "-", "-", "-"],
            "prod/dc1/dc1-b": ["dc1-a 100%", "-", "P0 1.4 cores", "-", "-", "shop/web"],
            "prod/dc1/dc1-c": ["dc1-a 89%", "-", "-", "-", "-", "-"],
            "prod/dc1": ["nothing is left", "-", "-", "-", "1", "shop/web"],
        }
        assert text.endswith("\n\n2 of 4 losses break a P0: prod/dc1/dc1-b, prod/dc1.\n")

    def test_the_fullest_after_a_whole_data_center_is_one_that_takes_over(self) -> None:
        rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"shop": {"dc2-a": 100}}}
        apps = {center: {"shop": [app("web", pods=40, scaled=True)]} for center in rows}
        made = world({"dc1": {"dc1-a": 50}, "dc2": {"dc2-a": 50}}, rows, apps)
        losses = list(every_loss(*made, Scenario(), single_losses(made.fleet, centers=True)))
        assert table(every_text(losses), "lost")["prod/dc1"][0] == "dc2-a 80%"

    def test_where_no_loss_breaks_anything_it_says_so(self) -> None:
        made = three(app("web", pods=100, scaled=True))
        text = every_text(list(every_loss(*made, Scenario(), single_losses(made.fleet))))
        assert text.endswith("\n\nNone of 3 losses breaks a P0.\n")

    def test_what_is_broken_without_any_loss_is_told_apart(self) -> None:
        made = three(app("web", pods=100, scaled=True), cores=70)
        load = Scenario(load=Fraction(2))
        losses = list(every_loss(*made, load, single_losses(made.fleet)))
        assert every_text(losses).endswith("P0 that is broken without any of them: shop/web.\n")
        value = json.loads(every_json(losses, loss_problems(losses, lambda _: None, load)))
        assert [one["lost"] for one in value["losses"]] == [f"prod/dc1/dc1-{x}" for x in "abc"]
        assert all(one["breaks"][0]["app"] == "shop/web" and len(one["clusters"]) == 3 for one in value["losses"])
        assert value["brokenWithout"][0]["notCarried"] == {"pending": 30.0}
        assert [(one["code"], one["at"]) for one in value["diagnostics"]] == [("SF461", ""), ("SF462", "")]
