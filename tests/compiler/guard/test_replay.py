"""A compile that reads the history and a generator that skipped some of it come to the same verdict."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from sixfold_compiler.guard import Past, held_back, judge, remembered, replayed
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.profiles import examples, is_long, times
from tests.support.guarding import APPS, CLUSTERS, TEAMS, TODAY, holdings

NUMBER = 10_000 if is_long() else times(200)
OBJECTS = [frozenset({"Deployment"}), frozenset({"Deployment", "Service"}), frozenset({"Deployment", "ConfigMap/one"})]
PLACES = [(team, key, app) for team in TEAMS for key in CLUSTERS for app in APPS[:4]]


def built(rows):
    """Return the world with these rows: objects by team, cluster and app."""
    world = {}
    for (team, key, app), objects in rows.items():
        world.setdefault(team, {}).setdefault(key, {})[app] = objects
    return world


@st.composite
def commits(draw):
    """Draw commits: days that run forward, a few changed rows each, tombstones and budgets that come and go."""
    rows = dict.fromkeys(PLACES, OBJECTS[1])
    budgets = Deletions(applications=1, overlays=draw(st.integers(1, 4)), objects=draw(st.integers(1, 9)))
    day, result = 0, [(0, dict(rows), (), budgets)]
    for _ in range(draw(st.integers(2, 9))):
        day += draw(st.sampled_from([0, 0, 1, 2, 3, 5]))
        for place in draw(st.lists(st.sampled_from(PLACES), max_size=4)):
            change = draw(st.sampled_from([None, None, *OBJECTS]))
            if change is None:
                rows.pop(place, None)
            else:
                rows[place] = change
        tombstones = []
        for team, _, app in draw(st.lists(st.sampled_from(PLACES), max_size=2)):
            until = (TODAY + timedelta(days=day + draw(st.integers(-1, 4)))).isoformat()
            fields = {"team": team, "app": app, "approvedBy": "a", "reason": "for the test", "until": until}
            tombstones.append(Tombstone.model_validate(fields))
        budgets = budgets.model_copy(update={"days": draw(st.sampled_from([budgets.days, budgets.days, 3, 7]))})
        result.append((day, dict(rows), tuple(tombstones), budgets))
    return result


def memory(history, day, days):
    """Return what a compile remembers: it reads the commits within the days, and the one before them."""
    first = max((n for n, tree in enumerate(history) if tree.day <= day - timedelta(days=days)), default=0)
    return remembered(history[first:])


def row(verdict, team):
    """Return everything that a verdict says about one team; of a held one, the memory is not changed."""
    held = verdict.held.get(team)
    spent = [item for item in verdict.spent if item.drop.team == team] if held is None else []
    return held, [use for use in verdict.budgets if use.team == team], spent


@examples(NUMBER, max_examples=NUMBER)
@given(commits(), st.data())
def test_compile_and_generator_come_to_the_same_verdict_whichever_commits_the_generator_skips(history, data):
    """The compile writes the tree with the teams that it holds as they were. Sometimes a tree goes past it."""
    (start, rows, _, budgets), *others = history
    world = holdings(built(rows))
    committed = [Past(TODAY + timedelta(days=start), world, (), budgets)]
    adopted, spent, skipped = world, (), []
    past_compiler: set[str] = set()
    for offset, rows, tombstones, budgets in others:
        day, candidate = TODAY + timedelta(days=offset), holdings(built(rows))
        previous = committed[-1].holdings
        compiled = judge(previous, candidate, tombstones, budgets, day, memory(committed, day, budgets.days))
        before, known = replayed(adopted, spent, skipped)
        generated = judge(before, candidate, tombstones, budgets, day, known)
        for team in TEAMS:
            if team not in past_compiler:
                assert row(compiled, team) == row(generated, team), (team, day)
                event("held" if team in compiled.held else "free")
        if forced := data.draw(st.integers(0, 9), label="past the compiler") == 0:
            past_compiler |= compiled.held.keys()
        written = candidate if forced else held_back(previous, candidate, compiled.held.keys())
        committed.append(Past(day, written, tombstones, budgets))
        if data.draw(st.booleans(), label="skipped"):
            skipped.append(committed[-1])
            continue
        verdict = judge(before, written, tombstones, budgets, day, known)
        assert verdict.held.keys() <= past_compiler, "what the compiler wrote is adopted in full"
        adopted, spent, skipped = held_back(before, written, verdict.held.keys()), verdict.spent, []
