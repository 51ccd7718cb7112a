"""Health of the service: ready, degraded or unready, with its reasons and its gauges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import orjson
import pytest
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter

from sixfold_compiler.guard import BudgetUse, Drop, Spent
from sixfold_generator.adoption.decide import adopt
from sixfold_generator.live.record import Live, Registration
from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.service.gauges import HealthGauges
from sixfold_generator.service.health import HealthDocument, Observation, health_of
from sixfold_generator.state.attempt import Attempt, Problem
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.snapshot import Hold
from tests.support.healths import EMPTY, FULL, ROW
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


def recent(team, name):
    """Return an overlay that was deleted within a budget."""
    return Spent("2026-11-24", Drop("prod", "dc1", "dc1-a", team, team, name, "overlay", name))


def gauges(health):
    """Return all gauges as {(name without its prefix, labels): value}."""
    registry = CollectorRegistry()
    registry.register(HealthGauges(health))
    return {
        (sample.name.removeprefix("sixfold_generator_"), *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


class TestReady:
    def test_an_adopted_snapshot_is_ready_without_reasons(self, catalog):
        health = health_of(Observation(catalog, attempt=attempt("adopted"), age=5.0, looked=1.0), STALE)
        assert (health.status, health.reasons, health.refused) == ("ready", (), False)
        assert (health.revision, health.sequence, health.fleet) == ("a" * 40, 1, "example")
        assert (health.age, health.looked) == (5.0, 1.0)
        assert health.sets == {"cluster": 8, "namespace": 20, "app": 36, "argocd": 1}
        assert health.clusters == tuple(catalog.snapshot.clusters)

    def test_a_tree_within_the_stale_limit_or_not_yet_checked_is_not_stale(self, catalog):
        for looked in (None, 0.0, float(STALE)):
            assert health_of(Observation(catalog, looked=looked), STALE).status == "ready"

    def test_the_revision_of_a_tree_outside_git_is_its_branch(self):
        outside = Catalog(adopt(None, *read(Spec()), date(2026, 11, 24)).snapshot)
        assert health_of(Observation(outside), STALE).revision == "main"

    def test_deletions_within_budgets_are_counted_by_team(self, catalog):
        spent = tuple(recent("ads", name) for name in ("x", "y"))
        health = health_of(Observation(with_snapshot(catalog, spent=spent)), STALE)
        assert health.spent == {"ads": 2}
        assert gauges(health)["spent_drops", "ads"] == 2


class TestDegraded:
    """The adopted snapshot is served, and the status lists everything that needs attention."""

    @pytest.mark.parametrize("outcome", ["refused", "failed"])
    def test_a_refused_commit_is_a_reason_with_its_code(self, catalog, outcome):
        health = health_of(
            Observation(catalog, attempt=attempt(outcome, ("SF803", "x is torn"), ("SF801", "y"))), STALE
        )
        assert (health.status, health.refused) == ("degraded", True)
        assert health.reasons == ("SF803: x is torn", "SF801: y")

    def test_a_held_team_degrades_an_adopted_commit(self, catalog):
        health = health_of(Observation(catalog, attempt=attempt("adopted", ("SF811", "team ads stays"))), STALE)
        assert (health.status, health.refused, health.reasons) == ("degraded", False, ("SF811: team ads stays",))

    def test_reasons_are_in_order_damage_adoption_configmaps_watch_tree_clusters(self, catalog):
        seen = Observation(
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
            "the tree was not read for too long",
            f"SF843: cluster {KEY} is not registered in Argo CD",
        )


TRUSTED = ("SHA256:abc",)


class TestSignature:
    """The trusted keys, and the state of the newest tree's signature."""

    def test_without_keys_readiness_and_the_document_say_who_may_deploy(self, catalog):
        health = health_of(Observation(catalog, attempt=attempt("adopted")), STALE)
        notes = ("no trusted keys are set: whoever may push to the branch of the deploy repository may deploy",)
        assert (health.status, health.readiness().notes, health.document().notes) == ("ready", notes, notes)
        assert (health.document().trustedKeys, health.document().signature) == ((), "not checked")
        assert gauges(health)["trusted_keys",] == 0

    @pytest.mark.parametrize(
        ("tried", "expected"),
        [
            (None, "unknown"), (attempt("adopted"), "valid"), (attempt("unchanged"), "valid"),
            (attempt("adopted", ("SF811", "x")), "valid"), (attempt("refused", ("SF810", "x")), "unknown"),
            (attempt("failed", ("SF821", "x")), "unknown"), (attempt("refused", ("SF813", "x")), "awaited"),
            (attempt("refused", ("SF814", "x")), "refused"), (attempt("refused", ("SF815", "x")), "refused"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("served", [True, False])
    def test_with_keys_the_state_of_the_newest_signature_is_shown(self, catalog, tried, expected, served):
        health = health_of(Observation(catalog if served else None, trusted=TRUSTED, attempt=tried), STALE)
        document = health.document()
        assert (document.trustedKeys, document.signature, document.notes) == (TRUSTED, expected, ())
        assert health.readiness().notes == ()
        assert gauges(health)["trusted_keys",] == 1
        assert gauges(health)["signature_awaited",] == (expected == "awaited")

    def test_a_signature_that_is_awaited_is_a_reason(self, catalog):
        seen = Observation(catalog, trusted=TRUSTED, attempt=attempt("refused", ("SF813", "x has no signature")))
        health = health_of(seen, STALE)
        assert (health.status, health.reasons) == ("degraded", ("SF813: x has no signature",))


class TestUnready:
    def test_with_nothing_adopted_the_health_has_no_fleet(self):
        health = health_of(Observation(looked=2.0, age=9.0), STALE)
        assert (health.status, health.reasons) == ("unready", ("nothing is adopted yet",))
        assert (health.revision, health.sequence, health.fleet, health.age, health.looked) == ("", 0, "", None, 2.0)
        assert (health.sets, health.held, health.clusters, health.live) == ({}, {}, (), None)

    def test_reasons_replace_the_sentence_that_nothing_is_adopted(self):
        health = health_of(
            Observation(damage="the adopted state is damaged: x", attempt=attempt("refused", ("SF802", "y"))), STALE
        )
        assert (health.status, health.refused) == ("unready", True)
        assert health.reasons == ("the adopted state is damaged: x", "SF802: y")


class TestDocument:
    """The status page as JSON."""

    @pytest.mark.parametrize("health", [EMPTY, FULL], ids=["empty", "full"])
    def test_it_is_read_back_by_its_own_schema(self, health):
        document = health.document()
        assert TypeAdapter(HealthDocument).validate_json(orjson.dumps(document)) == document

    def test_ages_are_in_full_seconds_and_null_if_unknown(self):
        assert (FULL.document().ageSeconds, FULL.document().lookedSecondsAgo) == (3725, 4)
        assert (EMPTY.document().ageSeconds, EMPTY.document().lookedSecondsAgo) == (None, None)

    def test_it_has_the_reasons_and_the_budgets_of_held_teams(self):
        document = FULL.document()
        assert (document.status, document.reasons) == ("degraded", FULL.reasons)
        assert document.held == {"ads": ("prod lost 4 applications", "these vanish: x")}
        assert document.heldBudgets == (ROW,)
        assert document.spentDrops == {"playback": 1, "identity": 2}
        assert (document.pinnedClusters, document.parameterSets) == (("prod/dc1/dc1-a",), {"namespace": 21})
        assert document.retiredTeams == ("gone", "left")
        assert document.waiting == FULL.waiting


class TestGauges:
    def test_each_waiting_unit_has_a_series_for_each_team_that_it_waits_for(self):
        values = gauges(FULL)
        assert values["waiting",] == 2
        waiting = {key[1:] for key in values if key[0] == "waiting_unit"}
        assert waiting == {
            ("cluster prod/dc1/dc1-a", "ads"),
            ("namespace prod/dc1/dc1-a/match", "ads"),
            ("namespace prod/dc1/dc1-a/match", "shop"),
        }

    def test_the_three_states_differ_in_two_gauges(self, catalog):
        values = {
            health.status: (gauges(health)["ready",], gauges(health)["degraded",])
            for health in (
                health_of(seen, STALE)
                for seen in (Observation(catalog), Observation(catalog, damage="x"), Observation())
            )
        }
        assert values == {"ready": (1, 0), "degraded": (1, 1), "unready": (0, 0)}

    def test_an_unknown_age_has_no_gauge(self, catalog):
        values = gauges(health_of(Observation(catalog), STALE))
        assert not {name for name, *_ in values} & {"snapshot_age_seconds", "tree_looked_seconds", "state_persisted"}
        values = gauges(health_of(Observation(catalog, age=7.5, looked=2.5), STALE))
        assert (values["snapshot_age_seconds",], values["tree_looked_seconds",]) == (7.5, 2.5)

    @pytest.mark.parametrize(("outcome", "value"), [("persisted", 1), ("failed", 0)])
    def test_reaching_the_configmaps_is_a_gauge_where_they_keep_the_state(self, catalog, outcome, value):
        assert gauges(health_of(Observation(catalog, persisted=attempt(outcome)), STALE))["state_persisted",] == value

    def test_gauges_have_the_adopted_revision_and_its_number(self, catalog):
        values = gauges(health_of(Observation(catalog, attempt=attempt("refused")), STALE))
        assert values["snapshot_info", "a" * 40, "example"] == 1
        assert (values["snapshot_sequence",], values["commit_refused",]) == (1, 1)
        assert [values["adopted_sets", unit] for unit in ("cluster", "namespace", "app")] == [8, 20, 36]

    def test_gauges_have_exceeded_budgets_and_the_removals_that_exceed_them(self, catalog):
        row = BudgetUse("ads", "prod", "applications", removed=3, earlier=1, had=10, budget=2, approved=0)
        held = {"ads": Hold(("x",), drops=3, rows=(row,)), "idle": Hold(("y",), drops=1)}
        values = gauges(health_of(Observation(with_snapshot(catalog, held=held)), STALE))
        assert (values["held_teams",], values["held_drops", "ads"], values["held_drops", "idle"]) == (2, 3, 1)
        assert values["held_budget", "ads", "prod", "applications"] == 2
        assert values["held_removals", "ads", "prod", "applications"] == 4

    def test_series_of_held_teams_are_limited_but_their_count_is_not(self, catalog):
        row = BudgetUse("", "prod", "overlays", removed=1, earlier=0, had=1, budget=0, approved=0)
        teams = [f"team-{number:03}" for number in range(209)]
        held = {team: Hold(("x",), drops=1, rows=(replace(row, team=team),)) for team in teams}
        spent = tuple(recent(team, "x") for team in held)
        values = gauges(health_of(Observation(with_snapshot(catalog, held=held, spent=spent)), STALE))
        assert values["held_teams",] == 209
        for name in ("held_drops", "held_budget", "held_removals", "spent_drops"):
            assert sum(key[0] == name for key in values) == 200

    def test_gauges_of_live_clusters_are_limited_to_adopted_clusters(self, catalog):
        live = Live(NOW, {}, Registration({KEY: "no", "prod/dc1/of-another-fleet": "yes"}))
        values = gauges(health_of(Observation(catalog, live=live), STALE))
        assert {key: value for key, value in values.items() if key[0] == "cluster_registered"} == {
            ("cluster_registered", KEY): 0
        }
