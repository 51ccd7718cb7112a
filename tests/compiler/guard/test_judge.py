"""Properties of the deletion guard, over random pairs of holdings, tombstones, budgets and histories."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, event, given
from hypothesis import strategies as st

from sixfold_compiler.guard import KINDS, judge
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.profiles import examples
from tests.support.guarding import APPS, CLUSTERS, OBJECTS, TEAMS, TODAY, cells, holdings, overdrawn, things

overlay = st.sets(st.sampled_from(OBJECTS), min_size=1).map(frozenset)
# The objects of each app, by team, cluster and app.
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
    """Return the world with a part of it deleted; its size differs from draw to draw."""
    chance = draw(st.sampled_from([1, 3, 8, 20]))
    gone = st.integers(0, chance).map(lambda n: n == 0)
    after = {}
    for team, clusters in world.items():
        for key, apps in clusters.items():
            for app, objects in apps.items():
                if draw(gone):
                    continue
                left = frozenset(item for item in objects if not draw(gone)) or objects
                after.setdefault(team, {}).setdefault(key, {})[app] = left
    return after


def without_one(draw, world):
    """Return the world without one overlay, or without one object of an overlay."""
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
    approvals = []
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
        approvals.append(
            Tombstone.model_validate({**scope, "approvedBy": "a", "reason": "for the test", "until": until})
        )
    return approvals


amounts = st.one_of(st.integers(0, 6), st.sampled_from(["0%", "10%", "34%", "50%", "100%"]))
budgets = st.builds(
    lambda a, o, b, m: Deletions(applications=a, overlays=o, objects=b, minimum=m),
    amounts, amounts, amounts, st.integers(0, 2),
)  # fmt: skip


@examples(100)
@given(pairs(), tombstones(), budgets, st.sets(st.sampled_from(TEAMS)))
def test_a_team_is_held_exactly_when_its_unapproved_deletions_exceed_a_budget(pair, approvals, allowed, units):
    """The verdict agrees with an independent count of the unapproved deletions of each kind."""
    before, after = pair
    verdict = judge(holdings(before, units), holdings(after, units), approvals, allowed, TODAY)
    for team in TEAMS:
        excess, left, open_ = overdrawn(team, before, after, approvals, units, allowed)
        assert (team in verdict.held) == bool(excess or left), (team, excess, left)
        event("held" if excess or left else "goes" if open_ else "nothing or approved")
    assert not verdict.platform


@examples(100)
@given(pairs(), tombstones(), budgets, budgets)
def test_budgets_and_tombstones_are_monotone(pair, approvals, budget, other):
    """A larger budget, or an additional tombstone, never holds back another team."""
    before, after = holdings(pair[0]), holdings(pair[1])
    least = {kind: (getattr(budget, kind), getattr(other, kind)) for kind in KINDS}
    assume(all(type(a) is type(b) for a, b in least.values()))
    number = lambda value: int(str(value).rstrip("%"))  # noqa: E731
    small = Deletions(**{k: min(v, key=number) for k, v in least.items()}, minimum=min(budget.minimum, other.minimum))
    large = Deletions(**{k: max(v, key=number) for k, v in least.items()}, minimum=max(budget.minimum, other.minimum))
    strict = judge(before, after, approvals, small, TODAY).held.keys()
    assert judge(before, after, approvals, large, TODAY).held.keys() <= strict
    assert strict <= judge(before, after, approvals[1:], small, TODAY).held.keys()


@examples(100)
@given(pairs(), tombstones(), budgets, st.sampled_from(TEAMS))
def test_one_team_never_changes_the_verdict_of_another(pair, approvals, allowed, team):
    """The verdict of a team does not depend on the changes of other teams in the same commit."""
    before, after = pair
    alone = {**before, **({team: after[team]} if team in after else {})}
    if team not in after:
        alone.pop(team, None)
    together = judge(holdings(before), holdings(after), approvals, allowed, TODAY)
    single = judge(holdings(before), holdings(alone), approvals, allowed, TODAY)
    assert together.held.get(team) == single.held.get(team)
    assert [r for r in together.budgets if r.team == team] == [r for r in single.budgets if r.team == team]
    assert [s for s in together.spent if s.drop.team == team] == [s for s in single.spent if s.drop.team == team]


def test_an_overlay_that_returns_without_an_object_stays_charged_for_it():
    """Otherwise a budget would be complete again after each overlay that is deleted and restored with less in it."""
    both = frozenset({"Deployment", "Service"})
    key, allowed = CLUSTERS[0], Deletions(applications=0, overlays=1, objects=2)
    world = {"ads": {key: {"app-0": both, "app-1": both}}}
    gone = {"ads": {key: {"app-1": both}}}
    partly = {"ads": {key: {"app-0": frozenset({"Service"}), "app-1": both}}}
    deleted = judge(holdings(world), holdings(gone), (), allowed, TODAY)
    returned = judge(holdings(gone), holdings(partly), (), allowed, TODAY, deleted.spent)
    assert [(s.drop.kind, s.drop.object, s.drop.objects, s.drop.overlays) for s in returned.spent] == [
        ("object", "Deployment/app-0", 1, 0)
    ]
    again = judge(
        holdings(partly),
        holdings({"ads": {key: {"app-0": frozenset({"Service"})}}}),
        (),
        allowed,
        TODAY,
        returned.spent,
    )
    assert again.held["ads"].reasons == ("prod: 2 of 4 objects would be deleted after 1 earlier, and the budget is 2",)
    complete = judge(holdings(partly), holdings(world), (), allowed, TODAY, returned.spent)
    assert complete.spent == ()


@examples(33)
@given(st.data(), worlds, budgets)
def test_many_small_removals_never_add_up_to_more_than_the_budget(data, world, allowed):
    """All deletions of several commits within the days of the budget would also fit into one commit.

    Some of the commits restore earlier deletions.
    """
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
