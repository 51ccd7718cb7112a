"""The deletion guard as properties, over random pairs of holdings, tombstones, budgets and pasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from sixfold_compiler.guard import KINDS, judge
from sixfold_compiler.kubernetes.identity import holds, lost
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.profiles import examples
from tests.support.guarding import APPS, CLUSTERS, OBJECTS, TEAMS, TODAY, cells, holdings, overdrawn, things

overlay = st.sets(st.sampled_from(OBJECTS), min_size=1).map(frozenset)
# By team, cluster and app: its objects.
worlds = st.fixed_dictionaries(
    {},
    optional={
        team: st.dictionaries(
            st.sampled_from(CLUSTERS), st.dictionaries(st.sampled_from(APPS), overlay, min_size=1), min_size=1
        )
        for team in TEAMS
    },
)


def shrink(draw, world):
    """The world with some of it gone; how much differs from draw to draw."""
    chance = draw(st.sampled_from([1, 3, 8, 20]))
    gone = st.integers(0, chance).map(lambda n: n == 0)
    after = {}
    for team, clusters in world.items():
        for key, apps in clusters.items():
            for app, objects in apps.items():
                if draw(gone):
                    continue
                left = frozenset(one for one in objects if not draw(gone)) or objects
                after.setdefault(team, {}).setdefault(key, {})[app] = left
    return after


def without_one(draw, world):
    """The world without one overlay, or without one object of it."""
    places = [(t, k, a) for t, clusters in world.items() for k, apps in clusters.items() for a in apps]
    if not places:
        return world
    team, key, app = draw(st.sampled_from(places))
    apps = dict(world[team][key])
    objects = sorted(apps.pop(app))
    if len(objects) > 1 and draw(st.booleans()):
        apps[app] = frozenset(objects[1:])
    where = {**world[team], key: apps} if apps else {k: v for k, v in world[team].items() if k != key}
    return {**world, team: where} if where else {t: v for t, v in world.items() if t != team}


@st.composite
def pairs(draw):
    before = draw(worlds)
    if draw(st.integers(0, 5)) == 0:
        return before, draw(worlds)
    return before, shrink(draw, before)


@st.composite
def tombstones(draw):
    stones = []
    for _ in range(draw(st.integers(0, 3))):
        environment, _, cluster = draw(st.sampled_from(CLUSTERS)).split("/")
        team = {"team": draw(st.sampled_from(TEAMS))}
        scope = draw(
            st.sampled_from(
                [
                    team,
                    {**team, "environment": environment},
                    {**team, "app": draw(st.sampled_from(APPS))},
                    {**team, "kind": "ConfigMap"},
                    {**team, "name": "one"},
                    {"environment": environment, "cluster": cluster},
                ]
            )
        )
        until = draw(st.sampled_from(["2026-11-23", "2026-11-24", "2999-01-01"]))
        stones.append(Tombstone.model_validate({**scope, "approvedBy": "a", "reason": "for the test", "until": until}))
    return stones


amounts = st.one_of(st.integers(0, 6), st.sampled_from(["0%", "10%", "34%", "50%", "100%"]))
budgets = st.builds(
    lambda a, o, b, m: Deletions(applications=a, overlays=o, objects=b, minimum=m),
    amounts, amounts, amounts, st.integers(0, 2),
)  # fmt: skip


@examples(100)
@given(pairs(), tombstones(), budgets, st.sets(st.sampled_from(TEAMS)))
def test_only_what_is_approved_or_within_every_budget_goes_and_that_always_does(pair, stones, allowed, units):
    """Held against a count of its own: a team goes on exactly when what it loses unapproved fits, kind by kind."""
    before, after = pair
    verdict = judge(holdings(before, units), holdings(after, units), stones, allowed, TODAY)
    for team in TEAMS:
        excess, left, open_ = overdrawn(team, before, after, stones, units, allowed)
        assert (team in verdict.held) == bool(excess or left), (team, excess, left)
        event("held" if excess or left else "goes" if open_ else "nothing or approved")
    assert not verdict.platform


@examples(100)
@given(pairs(), tombstones(), budgets, budgets)
def test_budgets_and_tombstones_are_monotone(pair, stones, one, other):
    """A larger budget, or one more tombstone, holds nobody back who went on before."""
    before, after = holdings(pair[0]), holdings(pair[1])
    least = {kind: (getattr(one, kind), getattr(other, kind)) for kind in KINDS}
    assume(all(type(a) is type(b) for a, b in least.values()))
    number = lambda value: int(str(value).rstrip("%"))  # noqa: E731
    small = Deletions(**{k: min(v, key=number) for k, v in least.items()}, minimum=min(one.minimum, other.minimum))
    large = Deletions(**{k: max(v, key=number) for k, v in least.items()}, minimum=max(one.minimum, other.minimum))
    strict = judge(before, after, stones, small, TODAY).held.keys()
    assert judge(before, after, stones, large, TODAY).held.keys() <= strict
    assert strict <= judge(before, after, stones[1:], small, TODAY).held.keys()


@examples(100)
@given(pairs(), tombstones(), budgets, st.sampled_from(TEAMS))
def test_one_team_never_changes_what_another_is_told(pair, stones, allowed, team):
    """The same answer for a team, whatever the others do in the same commit."""
    before, after = pair
    alone = {**before, **({team: after[team]} if team in after else {})}
    if team not in after:
        alone.pop(team, None)
    together = judge(holdings(before), holdings(after), stones, allowed, TODAY)
    single = judge(holdings(before), holdings(alone), stones, allowed, TODAY)
    assert together.held.get(team) == single.held.get(team)
    assert [r for r in together.rows if r.team == team] == [r for r in single.rows if r.team == team]
    assert [s for s in together.spent if s.drop.team == team] == [s for s in single.spent if s.drop.team == team]


@examples(33)
@given(st.data(), worlds, budgets)
def test_many_small_removals_never_add_up_to_more_than_the_budget(data, world, allowed):
    """Commit after commit within the days of the budget, some of them bringing things back: what is gone would have
    fitted into one commit."""
    adopted, spent = world, ()
    for step in range(7):
        day = TODAY + timedelta(days=data.draw(st.integers(0, step)))
        wanted = without_one(data.draw, world if data.draw(st.integers(0, 5)) == 0 else adopted)
        verdict = judge(holdings(adopted), holdings(wanted), (), allowed, day, spent)
        spent = verdict.spent
        adopted = {
            team: clusters
            for team in TEAMS
            if (clusters := (adopted if team in verdict.held else wanted).get(team)) is not None
        }
    gone = things(world) - things(adopted)
    for team in TEAMS:
        assert cells(adopted, team) == cells(world, team)
        for environment in ("prod", "dev"):
            for kind in KINDS:
                had = sum(t[0] == kind and t[1] == team and t[2].startswith(environment) for t in things(world))
                lost_ = sum(t[0] == kind and t[1] == team and t[2].startswith(environment) for t in gone)
                assert lost_ <= allowed.allowed(kind, had), (team, environment, kind)


class TestDays:
    """Twenty overlays on one cluster, of which a tenth may go within seven days."""

    def without(self, *numbers):
        apps = {f"app-{n:02}": frozenset({"Service"}) for n in range(20)}
        gone = {f"app-{n:02}" for n in numbers}
        return {"ads": {"prod/dc1/dc1-a": {app: one for app, one in apps.items() if app not in gone}}}

    def judge(self, before, after, spent=(), days=0, stones=()):
        return judge(holdings(before), holdings(after), stones, Deletions(), TODAY + timedelta(days=days), spent)

    def test_what_went_counts_until_its_days_are_over(self):
        first = self.judge(self.without(), self.without(0, 1))
        assert first.passes
        assert len(first.spent) == 2
        third = self.judge(self.without(0, 1), self.without(0, 1, 2), first.spent, days=6)
        assert set(third.held) == {"ads"}
        assert "1 of 20 overlays go after 2 earlier, and the budget is 2" in third.held["ads"].reasons[0]
        later = self.judge(self.without(0, 1), self.without(0, 1, 2), first.spent, days=7)
        assert later.passes

    def test_a_clock_that_goes_back_forgives_nothing(self):
        first = self.judge(self.without(), self.without(0, 1))
        assert not self.judge(self.without(0, 1), self.without(0, 1, 2), first.spent, days=-400).passes

    def test_what_comes_back_is_given_back(self):
        first = self.judge(self.without(), self.without(0, 1))
        second = self.judge(self.without(0, 1), self.without(0), first.spent, days=1)
        assert [one.drop.app for one in second.spent] == ["app-00"]
        assert self.judge(self.without(0), self.without(0, 5), second.spent, days=2).passes

    def test_an_object_that_comes_back_into_its_overlay_is_given_back_and_an_application_likewise(self):
        """By its name: what came into the overlay meanwhile is something else."""
        whole = {"ads": {CLUSTERS[0]: {"app-0": frozenset({"Service", "ConfigMap/one"})}}}
        half = {"ads": {CLUSTERS[0]: {"app-0": frozenset({"Service", "ConfigMap/two"})}}}
        first = self.judge(whole, half)
        assert [one.drop.object for one in first.spent] == ["ConfigMap/one"]
        assert self.judge(half, half, first.spent, days=1).spent == first.spent
        assert self.judge(half, whole, first.spent, days=1).spent[0].drop.object == "ConfigMap/two"
        assert self.judge(half, {}, first.spent, days=1).spent == first.spent, "a held team is given nothing back"
        both, one = ({"ads": {key: {"app-0": frozenset({"Service"})} for key in CLUSTERS[:n]}} for n in (2, 1))
        gone = self.judge(both, one).spent
        assert {spent.drop.kind for spent in gone} == {"application", "overlay"}
        assert self.judge(one, both, gone, days=1).spent == ()

    def test_what_one_team_has_spent_is_nothing_to_another(self):
        alone = self.judge(self.without(), self.without(0, 1)).spent
        others = {"play": self.without()["ads"]}
        after = {"play": self.without(5, 6)["ads"]}
        assert self.judge(others, after).rows == self.judge(others, after, alone, days=1).rows
        assert len(self.judge(others, after, alone, days=1).spent) == 4, "what went before is remembered all the same"

    def test_what_is_approved_afterwards_is_given_back(self):
        first = self.judge(self.without(), self.without(0, 1))
        how = {"approvedBy": "a", "reason": "as agreed", "until": "2027-01-01"}
        stones = [Tombstone.model_validate({"team": "ads", "app": f"app-0{n}", **how}) for n in range(2)]
        assert self.judge(self.without(0, 1), self.without(0, 1, 2), first.spent, days=1, stones=stones).passes
        assert not self.judge(self.without(0, 1), self.without(0, 1, 2), first.spent, days=1).passes

    def test_a_tombstone_spends_nothing(self):
        stone = Tombstone.model_validate(
            {"team": "ads", "approvedBy": "a", "reason": "as agreed", "until": "2027-01-01"}
        )
        verdict = self.judge(self.without(), self.without(*range(15)), stones=[stone])
        assert (verdict.passes, verdict.spent) == (True, ())

    def test_a_held_team_spends_nothing(self):
        verdict = self.judge(self.without(), self.without(0, 1, 2))
        assert not verdict.passes
        assert verdict.spent == ()


def test_a_handed_over_namespace_and_another_unit_are_in_no_budget():
    everything = Deletions(applications="100%", overlays="100%", objects="100%")
    before = {"ads": {key: {"one": frozenset({"Service"})} for key in CLUSTERS[:2]}}
    flipped = judge(holdings(before), holdings(before, ["ads"]), (), everything, TODAY)
    assert "which no budget covers" in flipped.held["ads"].reasons[0]
    taken = holdings(before)
    cluster = taken.clusters[CLUSTERS[0]]
    other = {"ads": replace(cluster.namespaces["ads"], team="play")}
    after = replace(taken, clusters={**taken.clusters, CLUSTERS[0]: replace(cluster, namespaces=other)})
    handed = judge(taken, after, (), everything, TODAY)
    assert set(handed.held) == {"ads"}


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}, "Deployment"),
        ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web-2"}}, "Service/web-2"),
        ({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"}}, "NetworkPolicy/x"),
        ({"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": {"name": "web"}},
         "PodMonitor.monitoring.coreos.com"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-main-0123456789"}}, "ConfigMap/web-main"),
        ({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-main-0123456789"}},
         "Secret/web-main-0123456789"),
        ({"apiVersion": "v1", "kind": "Service", "metadata": None}, "Service/"),
    ],
)  # fmt: skip
def test_an_object_is_told_by_kind_and_name_not_by_version(item, line):
    assert holds([item, item], "web") == line


def test_another_version_of_an_object_is_no_loss():
    old, new = ({"apiVersion": f"autoscaling/{v}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}}
                for v in ("v1", "v2"))  # fmt: skip
    assert lost(holds([old], "web"), holds([new], "web")) == ()


def test_a_project_that_goes_while_its_team_stays_follows_from_nothing():
    """Whatever is approved of the team's apps: Argo CD would drop the Applications of those that are left."""
    clusters = holdings({"ads": {CLUSTERS[0]: {app: frozenset({"Service"}) for app in APPS[:2]}}})
    before = replace(clusters, argocd={"main": {"team-ads.yaml": "AppProject/ads ApplicationSet/ads"}})
    left = holdings({"ads": {CLUSTERS[0]: {APPS[0]: frozenset({"Service"})}}})
    after = replace(left, argocd={"main": {"team-ads.yaml": "AppProject/ads"}})
    stone = {"team": "ads", "app": APPS[1], "approvedBy": "a", "reason": "as agreed", "until": "2027-01-01"}
    verdict = judge(before, after, [Tombstone.model_validate(stone)], Deletions(), TODAY)
    assert [drop.object for drop in verdict.held["ads"].drops] == ["ApplicationSet/ads"]
    assert {drop.app for drop in verdict.approved} == {APPS[1]}


def test_nothing_follows_from_the_end_of_a_cluster_that_nobody_approved():
    """Its team's project and set are no more approved than the cluster is: they are refused with it."""
    clusters = holdings({"ads": {CLUSTERS[0]: {"one": frozenset({"Service"})}}})
    before = replace(clusters, argocd={"main": {"team-ads.yaml": "AppProject/ads ApplicationSet/ads"}})
    left = {key: one for key, one in before.clusters.items() if key != CLUSTERS[0]}
    after = replace(before, clusters=left, argocd={"main": {}})
    verdict = judge(before, after, (), Deletions(), TODAY)
    assert (len(verdict.platform), verdict.approved, dict(verdict.held)) == (3, frozenset(), {})
    stone = {"environment": "prod", "cluster": "dc1-a", "approvedBy": "a", "reason": "as agreed", "until": "2027-01-01"}
    assert judge(before, after, [Tombstone.model_validate(stone)], Deletions(), TODAY).passes
