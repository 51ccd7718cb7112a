"""When the service is ready, degraded or unready, what it says why, and the gauges that say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from prometheus_client import CollectorRegistry

from sixfold_compiler.guard import BudgetUse, Drop, Spent
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.live.record import Live, Registration
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.service.gauges import MAX_TEAMS, Readings
from sixfold_generator.service.health import Seen, health_of
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.snapshot import Hold
from tests.support.trees import Spec, read

STALE = 300  # seconds
NOW = Instant("boot", 1.0)
KEY = "prod/dc1/dc1-a"


@pytest.fixture(scope="module")
def catalog():
    return Catalog(adopt(None, *read(Spec(), "a" * 40), date(2026, 11, 24)).snapshot)


def attempt(outcome, *problems):
    return Attempt("tree", outcome, "a" * 40, tuple(Problem(code, text, "do this") for code, text in problems), NOW)


def with_snapshot(catalog, **changed):
    return Catalog(replace(catalog.snapshot, **changed))


def lately(team, name):
    """An overlay that a budget let go."""
    return Spent("2026-11-24", Drop("prod", "dc1", "dc1-a", team, team, name, "overlay", name))


def gauges(health):
    """{(name without its prefix, labels): value} of everything that is measured."""
    registry = CollectorRegistry()
    registry.register(Readings(health))
    return {
        (sample.name.removeprefix("sixfold_generator_"), *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


class TestReady:
    def test_what_is_adopted_is_ready_and_says_nothing_more(self, catalog):
        health = health_of(Seen(catalog, attempt=attempt("adopted"), age=5.0, looked=1.0), STALE)
        assert (health.status, health.reasons, health.refused) == ("ready", (), False)
        assert (health.revision, health.sequence, health.fleet) == ("a" * 40, 1, "example")
        assert (health.age, health.looked) == (5.0, 1.0)
        assert health.sets == {"cluster": 8, "namespace": 20, "app": 36}
        assert health.clusters == tuple(catalog.snapshot.clusters)

    def test_a_tree_that_was_never_looked_at_yet_or_just_now_is_not_stale(self, catalog):
        for looked in (None, 0.0, float(STALE)):
            assert health_of(Seen(catalog, looked=looked), STALE).status == "ready"

    def test_an_outside_tree_is_known_by_its_branch(self):
        outside = Catalog(adopt(None, *read(Spec()), date(2026, 11, 24)).snapshot)
        assert health_of(Seen(outside), STALE).revision == "main"

    def test_what_budgets_let_go_is_counted_by_team(self, catalog):
        spent = tuple(lately("ads", name) for name in ("x", "y"))
        health = health_of(Seen(with_snapshot(catalog, spent=spent)), STALE)
        assert health.spent == {"ads": 2}
        assert gauges(health)["spent_drops", "ads"] == 2


class TestDegraded:
    """Answers go on: what was adopted is served, and people are told what to look at."""

    @pytest.mark.parametrize("outcome", ["refused", "failed"])
    def test_a_commit_that_is_not_adopted_is_told_with_its_code(self, catalog, outcome):
        health = health_of(Seen(catalog, attempt=attempt(outcome, ("SF803", "x is torn"), ("SF801", "y"))), STALE)
        assert (health.status, health.refused) == ("degraded", True)
        assert health.reasons == ("SF803: x is torn", "SF801: y")

    def test_a_held_team_degrades_a_commit_that_is_adopted(self, catalog):
        health = health_of(Seen(catalog, attempt=attempt("adopted", ("SF811", "team ads stays"))), STALE)
        assert (health.status, health.refused, health.reasons) == ("degraded", False, ("SF811: team ads stays",))

    def test_damage_comes_first_then_the_adoption_the_configmaps_the_watch_the_tree_and_the_clusters(self, catalog):
        seen = Seen(
            catalog,
            damage="the adopted state is out of reach",
            attempt=attempt("refused", ("SF803", "torn")),
            persisted=attempt("failed", ("SF845", "the API server is away")),
            problems=(Problem("SF823", "the adopter died", ""), Problem("SF803", "torn", "")),
            looked=STALE + 1.0,
            live=Live(NOW, {}, Registration({KEY: "no"})),
        )
        assert health_of(seen, STALE).reasons == (
            "the adopted state is out of reach",
            "SF803: torn",
            "SF845: the API server is away",
            "SF823: the adopter died",
            "the tree was not looked at for too long",
            f"SF843: cluster {KEY} is not registered in Argo CD",
        )


class TestUnready:
    def test_with_nothing_adopted_it_says_so_and_nothing_of_a_fleet(self):
        health = health_of(Seen(looked=2.0, age=9.0), STALE)
        assert (health.status, health.reasons) == ("unready", ("nothing is adopted yet",))
        assert (health.revision, health.sequence, health.fleet, health.age, health.looked) == ("", 0, "", None, 2.0)
        assert (health.sets, health.held, health.clusters, health.live) == ({}, {}, (), None)

    def test_why_nothing_could_be_adopted_takes_the_place_of_that(self):
        health = health_of(
            Seen(damage="the adopted state is damaged: x", attempt=attempt("refused", ("SF802", "y"))), STALE
        )
        assert (health.status, health.refused) == ("unready", True)
        assert health.reasons == ("the adopted state is damaged: x", "SF802: y")


class TestGauges:
    def test_the_three_states_differ_in_two_gauges(self, catalog):
        told = {
            health.status: (gauges(health)["ready",], gauges(health)["degraded",])
            for health in (health_of(seen, STALE) for seen in (Seen(catalog), Seen(catalog, damage="x"), Seen()))
        }
        assert told == {"ready": (1, 0), "degraded": (1, 1), "unready": (0, 0)}

    def test_an_age_that_nobody_knows_is_no_number(self, catalog):
        told = gauges(health_of(Seen(catalog), STALE))
        assert not {name for name, *_ in told} & {"snapshot_age_seconds", "tree_looked_seconds", "state_persisted"}
        told = gauges(health_of(Seen(catalog, age=7.5, looked=2.5), STALE))
        assert (told["snapshot_age_seconds",], told["tree_looked_seconds",]) == (7.5, 2.5)

    @pytest.mark.parametrize(("outcome", "value"), [("persisted", 1), ("failed", 0)])
    def test_whether_the_configmaps_were_reached_is_told_where_they_are_used(self, catalog, outcome, value):
        assert gauges(health_of(Seen(catalog, persisted=attempt(outcome)), STALE))["state_persisted",] == value

    def test_what_is_adopted_is_told_by_name_and_by_number(self, catalog):
        told = gauges(health_of(Seen(catalog, attempt=attempt("refused")), STALE))
        assert told["snapshot_info", "a" * 40, "example"] == 1
        assert (told["snapshot_sequence",], told["commit_refused",]) == (1, 1)
        assert [told["adopted_sets", unit] for unit in ("cluster", "namespace", "app")] == [8, 20, 36]

    def test_the_budgets_that_hold_a_team_are_told_with_what_would_go_and_what_went(self, catalog):
        row = BudgetUse("ads", "prod", "applications", removed=3, earlier=1, had=10, budget=2, approved=0)
        held = {"ads": Hold(("x",), drops=3, rows=(row,)), "idle": Hold(("y",), drops=1)}
        told = gauges(health_of(Seen(with_snapshot(catalog, held=held)), STALE))
        assert (told["held_teams",], told["held_drops", "ads"], told["held_drops", "idle"]) == (2, 3, 1)
        assert told["held_budget", "ads", "prod", "applications"] == 2
        assert told["held_removals", "ads", "prod", "applications"] == 4

    def test_so_many_held_teams_have_series_of_their_own_and_all_of_them_are_counted(self, catalog):
        row = BudgetUse("", "prod", "overlays", removed=1, earlier=0, had=1, budget=0, approved=0)
        teams = [f"team-{number:03}" for number in range(MAX_TEAMS + 9)]
        held = {team: Hold(("x",), drops=1, rows=(replace(row, team=team),)) for team in teams}
        spent = tuple(lately(team, "x") for team in held)
        told = gauges(health_of(Seen(with_snapshot(catalog, held=held, spent=spent)), STALE))
        assert told["held_teams",] == MAX_TEAMS + 9
        for name in ("held_drops", "held_budget", "held_removals", "spent_drops"):
            assert sum(key[0] == name for key in told) == MAX_TEAMS

    def test_live_clusters_are_told_where_they_are_adopted(self, catalog):
        live = Live(NOW, {}, Registration({KEY: "no", "prod/dc1/of-another-fleet": "yes"}))
        told = gauges(health_of(Seen(catalog, live=live), STALE))
        assert {key: value for key, value in told.items() if key[0] == "cluster_registered"} == {
            ("cluster_registered", KEY): 0
        }
