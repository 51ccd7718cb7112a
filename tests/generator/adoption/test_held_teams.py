"""Held teams from commit to commit: which are held, until when, and the changes of the other teams."""

from __future__ import annotations

from tests.support.adopting import codes
from tests.support.trees import REPOSITORY


class TestTheGuard:
    def test_a_team_that_drops_an_app_is_held_back_alone(self, desk):
        first, _ = desk.commit()
        del desk.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"]
        desk.spec.where["prod/dc1/dc1-b"]["playback"][1]["player"] = "# player 2\n"
        desk.spec.where["prod/dc1/dc1-b"]["identity"][1]["auth"] = "# auth 2\n"
        second, result = desk.commit()
        assert (result.outcome, codes(result)) == ("adopted", ["SF811"])
        assert set(desk.snapshot.held) == {"playback"}
        assert "prod/dc1/dc1-a/playback/player.yaml" in desk.snapshot.held["playback"].reasons[-1]
        assert "player" in desk.namespace("prod/dc1/dc1-a", "playback").apps
        assert desk.namespace("prod/dc1/dc1-b", "playback").revision == first, "its other changes wait too"
        assert desk.namespace("prod/dc1/dc1-b", "identity").revision == second

    def test_a_held_team_is_released_when_the_deletion_is_reverted(self, desk):
        desk.commit()
        app = desk.spec.where["prod/dc1/dc1-a"]["playback"][1].pop("player")
        desk.commit()
        desk.spec.where["prod/dc1/dc1-a"]["playback"][1]["player"] = app
        _, result = desk.commit()
        assert result.problems == ()
        assert desk.snapshot.held == {}

    def test_a_held_team_stays_held_commit_after_commit(self, desk):
        first, _ = desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        for _ in range(3):
            _, result = desk.commit()
            assert codes(result) == ["SF811"]
            assert desk.namespace("prod/dc1/dc1-a", "ads").revision == first
            assert desk.snapshot.teams["ads"].applications["prod/dc1"] == 3

    def test_the_tenancy_of_a_held_team_stays_with_it(self, desk):
        """The cluster's Application would prune the namespace of a team whose Application is held back."""
        first, _ = desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.platform["prod/dc1/dc1-a"]["_platform/gateway.yaml"] = "# gateway 2\n"
        desk.spec.platform["prod/dc1/dc1-b"]["_platform/gateway.yaml"] = "# gateway 2\n"
        second, _ = desk.commit()
        assert desk.snapshot.pinned == ("prod/dc1/dc1-a",)
        assert "_tenancy/ads.yaml" in desk.snapshot.clusters["prod/dc1/dc1-a"].files
        assert desk.snapshot.clusters["prod/dc1/dc1-a"].revision == first
        assert desk.snapshot.clusters["prod/dc1/dc1-b"].revision == second

    def test_a_deleted_cluster_rejects_the_commit(self, desk):
        first, _ = desk.commit()
        desk.spec.remove_cluster("prod/dc1/dc1-a")
        _, result = desk.commit()
        assert codes(result) == ["SF810"]
        assert "cluster prod/dc1/dc1-a" in result.problems[0].message
        assert desk.snapshot.commit == first

    def test_a_cluster_needs_a_tombstone_of_its_own(self, desk):
        desk.commit()
        desk.spec.remove_cluster("prod/dc1/dc1-a")
        desk.spec.bury(team="playback", cluster="dc1-a")
        assert codes(desk.commit()[1]) == ["SF810"]
        desk.spec.bury(environment="prod", dataCenter="dc1", cluster="dc1-a")
        assert desk.commit()[1].problems == ()
        assert desk.snapshot.teams["ads"].applications["prod/dc1"] == 2

    def test_a_namespace_that_changes_its_team_holds_both_teams(self, desk):
        desk.commit()
        apps = desk.spec.where["prod/dc1/dc1-a"]["ads"][1]
        desk.spec.where["prod/dc1/dc1-a"]["ads"] = ("newcomer", apps)
        desk.commit()
        assert set(desk.snapshot.held) == {"ads", "newcomer"}
        assert desk.namespace("prod/dc1/dc1-a", "ads").team == "ads"
        assert "newcomer" not in desk.snapshot.teams

    def test_an_application_of_a_held_team_is_given_to_no_other_team(self, desk):
        """dc1-a/ads and dc1/a-ads have the same name when joined with hyphens; its first owner keeps it while held."""
        desk.spec.where["prod/dc1/dc1"], desk.spec.platform["prod/dc1/dc1"] = {}, {}
        first, _ = desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.where["prod/dc1/dc1"]["a-ads"] = ("newcomer", {"one": "# one\n"})
        _, result = desk.commit()
        assert codes(result) == ["SF811", "SF811"]
        assert desk.snapshot.held["newcomer"].reasons == ("the Application prod-dc1-a-ads still belongs to team ads",)
        assert desk.snapshot.clusters["prod/dc1/dc1"].namespaces == {}
        assert desk.namespace("prod/dc1/dc1-a", "ads").revision == first
        desk.spec.bury(team="ads", environment="prod", cluster="dc1-a")
        last, result = desk.commit()
        assert result.problems == ()
        assert desk.namespace("prod/dc1/dc1", "a-ads").revision == last

    def test_another_unit_deletes_every_application(self, desk):
        desk.commit()
        desk.spec.units["ads"] = "app"
        desk.commit()
        assert desk.snapshot.held["ads"].unit == "app"
        assert desk.snapshot.teams["ads"].unit == "namespace"

    def test_weights_labels_and_additions_delete_nothing(self, desk):
        desk.commit()
        desk.spec.labels = {"tier": "silver"}
        desk.spec.where["prod/dc1/dc1-a"]["fresh"] = ("fresh", {"one": "# one\n"})
        _, result = desk.commit()
        assert result.problems == ()
        assert "fresh" in desk.snapshot.clusters["prod/dc1/dc1-a"].namespaces

    def test_a_moved_repository_is_rejected_while_a_team_is_held(self, desk):
        desk.commit()
        desk.spec.remove_team("ads", "prod/dc1/dc1-a")
        desk.spec.repository["url"] = "https://git.example.com/other.git"
        assert codes(desk.commit()[1]) == ["SF810"]
        assert desk.snapshot.repository.url == REPOSITORY["url"]

    def test_a_retired_team_is_remembered_until_it_returns(self, desk):
        desk.commit()
        ads = {key: names["ads"] for key, names in desk.spec.where.items() if "ads" in names}
        desk.spec.remove_team("ads")
        desk.spec.bury(team="ads")
        desk.commit()
        assert "ads" in desk.snapshot.retired
        desk.spec.tombstones.clear()
        desk.commit()
        assert "ads" in desk.snapshot.retired, "after its tombstone is gone as well"
        for key, namespace in ads.items():
            desk.spec.where[key]["ads"] = namespace
        desk.commit()
        assert desk.snapshot.retired == {}
