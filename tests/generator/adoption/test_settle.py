"""Units that wait for a held team: as few as the tree permits, each by name, and a step of a move completely."""

from __future__ import annotations

from itertools import product

import pytest

from sixfold_generator.service.health import Observation, health_of
from sixfold_generator.state.snapshot import decode, encode
from tests.support.adopting import Desk
from tests.support.trees import Spec, placements

CLUSTERS = ["prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc1/dc1-c"]
A, B, C = CLUSTERS
FAR = "prod/dc2/dc2-a"
ROADS = "_platform/roads.yaml"


class Move(Desk):
    """Team match moves from cluster a to b; ads runs everywhere, and has a road for each app in every cluster."""

    STAGES = ({A: 100}, {A: 100, B: 0}, {A: 50, B: 50}, {A: 0, B: 100}, {B: 100})

    def __init__(self):
        super().__init__()
        names = {"dc1": ["dc1-a", "dc1-b", "dc1-c"], "dc2": ["dc2-a"]}
        self.spec = Spec(placements({"prod": names}, {"ads": ["banner", "spots"], "match": ["live"]}))
        self.weights = {}  # of team match, by commit
        for key in (*CLUSTERS, FAR):
            self.spec.platform[key][ROADS] = "# banner spots\n"
            self.spec.holds[f"{key}/{ROADS}"] = ["Service/banner", "Service/spots"]
        self.stage(0)

    def stage(self, number):
        row = self.STAGES[number]
        for key in CLUSTERS:
            self.spec.platform[key]["_platform/gateway.yaml"] = f"# match: {row}\n"
            self.spec.where[key].pop("match", None)
            if key in row:
                self.spec.where[key]["match"] = ("match", {"live": "# live\n"})
                self.spec.weights[key, "match"] = row[key]
        if number == 4:
            self.spec.bury(team="match", cluster="dc1-a")

    def drip(self, key):
        del self.spec.where[key]["ads"][1]["banner"]
        self.spec.platform[key][ROADS] = "# spots\n"
        self.spec.holds[f"{key}/{ROADS}"] = ["Service/spots"]

    def adopted(self):
        before = self.snapshot
        commit, result = self.commit()
        assert result.outcome == "adopted", result.problems
        self.weights[commit] = self.spec_weights()
        assert decode(encode(self.snapshot)) == self.snapshot
        return before, self.snapshot

    def spec_weights(self):
        return {key: self.spec.weights[key, "match"] for key in CLUSTERS if "match" in self.spec.where[key]}


def folders(snapshot):
    return {key: snapshot.clusters[key].revision for key in CLUSTERS}


def pods(snapshot):
    return {key for key in CLUSTERS if "match" in snapshot.clusters[key].namespaces}


def lost_traffic(move, before, after):
    """Return each state in which a gateway sends traffic to a cluster without pods, over all orders of taking over.

    Every folder and every namespace is taken over at a time of its own, so each may be old or new.
    """
    old, new = folders(before), folders(after)
    lost = []
    for taken in product([False, True], repeat=2 * len(CLUSTERS)):
        gateways, namespaces = taken[: len(CLUSTERS)], taken[len(CLUSTERS) :]
        run = {
            key for key, is_new in zip(CLUSTERS, namespaces, strict=True) if key in (pods(after if is_new else before))
        }
        for key, is_new in zip(CLUSTERS, gateways, strict=True):
            weights = move.weights[(new if is_new else old)[key]]
            lost += [(taken, key, other) for other, weight in weights.items() if weight and other not in run]
    return lost


@pytest.mark.parametrize("key", CLUSTERS)
@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("approved", [True, False])
def test_a_step_is_served_at_one_revision_everywhere_or_not_at_all_in_whatever_order_clusters_take_it_over(
    key, at, approved
) -> None:
    """A drip of ads goes past the compiler with any stage, on any cluster, and is approved before the next one or never."""
    move = Move()
    move.adopted()
    for stage in range(1, 5):
        move.stage(stage)
        if stage == at:
            move.drip(key)
        check_step(move, *move.adopted())
        if stage == at and approved:
            move.spec.bury(team="ads")
            check_step(move, *move.adopted())
            assert (move.snapshot.held, move.snapshot.pinned, move.snapshot.waiting) == ({}, (), {})
    assert (pods(move.snapshot) == {B}) == (approved or at == 4), "the last stage shifts no traffic"


def check_step(move, before, after) -> None:
    """Assert that no order loses traffic, and that all clusters have the weights of one step."""
    assert lost_traffic(move, before, after) == []
    served = [{k: w for k, w in move.weights[revision].items() if w} for revision in folders(after).values()]
    assert all(weights == served[0] for weights in served), served


def test_each_unit_that_waits_is_named_with_the_team_for_which_it_waits() -> None:
    move = Move()
    move.adopted()
    move.stage(1)
    move.adopted()
    move.stage(2)
    move.drip(C)
    move.spec.platform[FAR]["_platform/gateway.yaml"] = "# 2\n"
    move.adopted()
    snapshot = move.snapshot
    assert set(snapshot.held) == {"ads", "match"}
    assert snapshot.held["match"].reasons == (
        "its move in prod/dc1 waits, because prod/dc1/dc1-a stays as it is for team ads",
    ) or snapshot.held["match"].reasons == (
        "its move in prod/dc1 waits, because prod/dc1/dc1-c stays as it is for team ads",
    )
    assert snapshot.pinned == (A, B, C)
    assert snapshot.waiting == {
        **{f"cluster {key}": ("ads",) for key in CLUSTERS},
        f"namespace {C}/ads": ("ads",),
        **{f"namespace {key}/match": ("ads",) for key in (A, B)},
    }
    assert snapshot.clusters[FAR].revision == snapshot.commit, "another data center moves on"
    health = health_of(Observation(_catalog(snapshot)), 60)
    assert health.status == "degraded"
    assert health.reasons == (f"waiting for team ads: {', '.join(sorted(snapshot.waiting))}",)
    assert health.document().waiting == snapshot.waiting


def _catalog(snapshot):
    from sixfold_generator.plugin.catalog import Catalog

    return Catalog(snapshot)


def test_without_a_move_only_the_folder_that_would_lose_something_waits() -> None:
    move = Move()
    move.adopted()
    move.drip(C)
    for key in CLUSTERS:
        move.spec.platform[key]["_platform/gateway.yaml"] += "# 2\n"
    move.adopted()
    assert set(move.snapshot.held) == {"ads"}
    assert move.snapshot.pinned == (C,)
    assert move.snapshot.waiting == {f"cluster {C}": ("ads",), f"namespace {C}/ads": ("ads",)}


def test_a_held_team_that_moves_itself_holds_the_weights_of_its_move() -> None:
    """Its pods stay, so its traffic does."""
    move = Move()
    move.stage(1)
    move.adopted()
    move.stage(2)
    move.spec.where[FAR]["match"] = ("match", {"other": "# other\n"})
    move.adopted()
    assert set(move.snapshot.held) == {"match"}
    assert move.snapshot.pinned == (A, B, C)
    assert set(folders(move.snapshot).values()) == {f"{1:040}"}


def test_a_team_that_joins_a_cluster_whose_folder_waits_waits_as_well_and_a_new_team_does_not() -> None:
    move = Move()
    move.adopted()
    move.stage(1)
    move.drip(B)
    move.spec.where[B]["newcomer"] = ("newcomer", {"one": "# one\n"})
    move.adopted()
    assert set(move.snapshot.held) == {"ads", "match"}
    assert "match" not in move.snapshot.clusters[B].namespaces
    assert "newcomer" in move.snapshot.clusters[B].namespaces
    assert move.snapshot.waiting[f"namespace {B}/match"] == ("ads",)


def test_units_of_a_team_with_an_application_for_each_app_are_its_apps() -> None:
    move = Move()
    move.spec.units["ads"] = "app"
    move.adopted()
    move.drip(C)
    move.spec.where[A]["ads"][1]["spots"] = "# spots 2\n"
    move.spec.where[A]["ads"][1]["new"] = "# new\n"
    move.adopted()
    assert move.snapshot.waiting == {
        f"app {A}/ads/new": ("ads",),
        f"app {A}/ads/spots": ("ads",),
        f"app {C}/ads/banner": ("ads",),
        f"cluster {C}": ("ads",),
    }
