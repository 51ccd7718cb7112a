"""The deletion guard as properties, over random pairs of trees and random tombstones."""

from __future__ import annotations

from datetime import date

from hypothesis import event, example, given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.model.tombstone import Deletions
from sixfold_generator.adoption.decide import adopt
from tests.profiles import examples
from tests.support.trees import Spec, read

TODAY = date(2026, 11, 24)
NONE = Deletions(applications=0, overlays=0, objects=0, minimum=0)  # every removal requires a tombstone
CLUSTERS = ["prod/dc1/dc1-a", "prod/dc1/dc1-b", "prod/dc2/dc2-a", "dev/dc1/dev-a"]
TEAMS = ["ads", "auth", "play"]
APPS = ["one", "two"]

overlays = st.dictionaries(st.sampled_from(APPS), st.sampled_from(["# 1\n", "# 2\n"]), min_size=1)
namespaces = st.dictionaries(st.sampled_from(TEAMS), overlays)
placed = st.dictionaries(st.sampled_from(CLUSTERS), namespaces, min_size=1)


@st.composite
def pairs(draw):
    """Draw an adopted placement and the next one: the same with parts dropped, or another one."""
    old = draw(placed)
    if draw(st.integers(0, 9)) == 0:
        return old, draw(placed)
    new = {}
    for key, teams in old.items():
        if draw(st.integers(0, 12)) == 0:
            continue
        new[key] = {}
        for team, apps in teams.items():
            if draw(st.integers(0, 5)) == 0:
                continue
            kept = {app: text for app, text in apps.items() if draw(st.integers(0, 5))}
            if kept:
                new[key][team] = kept
    return old, new or draw(placed)


def specific(scope):
    """Return whether a tombstone with these fields is narrow enough to be valid."""
    return "team" in scope or ("app" not in scope and {"environment", "cluster"} <= set(scope))


@st.composite
def tombstones(draw):
    approvals = []
    for _ in range(draw(st.integers(0, 4))):
        environment, center, cluster = draw(st.sampled_from(CLUSTERS)).split("/")
        fields = {
            "environment": environment,
            "dataCenter": center,
            "cluster": cluster,
            "team": draw(st.sampled_from(TEAMS)),
            "app": draw(st.sampled_from(APPS)),
        }
        scope = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, unique=True).filter(specific))
        until = draw(st.sampled_from(["2026-11-23", "2026-11-24", "2999-01-01"]))
        approvals.append({**{key: fields[key] for key in scope}, "until": until})
    return approvals


def spec_of(placement, approvals=()):
    spec = Spec({key: {team: (team, apps) for team, apps in teams.items()} for key, teams in placement.items()})
    for tombstone in approvals:
        spec.bury(**tombstone)
    return spec


def things(snapshot):
    """Return everything that may be deleted, as (what, environment, dataCenter, cluster, team, namespace, app)."""
    result = set()
    for cluster in snapshot.clusters.values():
        where = (cluster.environment, cluster.data_center, cluster.name)
        result.add(("cluster", *where, "", "", ""))
        for path in cluster.files:
            folder, _, file = path.partition("/")
            team = file.removesuffix(".yaml") if folder == "_tenancy" else ""
            result.add((path, *where, team, team, ""))
        for name, namespace in cluster.namespaces.items():
            result.add(("application", *where, namespace.team, name, ""))
            result |= {("overlay", *where, namespace.team, name, app) for app in namespace.apps}
    return result


def allowed(thing, before, approvals):
    """Return whether tombstones cover a thing; the rest of a namespace is covered with all of its overlays."""
    what, environment, center, cluster, team, namespace, app = thing
    fields = {"environment": environment, "dataCenter": center, "cluster": cluster, "team": team, "app": app}
    for tombstone in approvals:
        if tombstone["until"] >= "2026-11-24" and all(
            fields[key] == value for key, value in tombstone.items() if key != "until"
        ):
            return True
    if what == "overlay" or not team:
        return False
    its = [item for item in before if item[0] == "overlay" and item[1:4] == thing[1:4] and item[5] == namespace]
    return bool(its) and all(allowed(item, before, approvals) for item in its)


@examples(150)
@given(pairs(), tombstones())
def test_nothing_is_deleted_without_approval_and_nothing_approved_is_blocked(pair, approvals):
    """An adoption deletes only what tombstones cover; if they cover every deletion, no team is held."""
    old = read(spec_of(pair[0]), "1" * 40)[0]
    tree, declared, _ = read(spec_of(pair[1], approvals), "2" * 40)
    before = adopt(None, old, (), NONE, TODAY).snapshot
    missing = things(before) - things(tree)
    # A deleted cluster covers everything on it, or the commit is rejected: only the cluster itself counts.
    gone = {thing[1:4] for thing in missing if thing[0] == "cluster"}
    missing = {thing for thing in missing if thing[0] == "cluster" or thing[1:4] not in gone}
    try:
        after = adopt(before, tree, declared, NONE, TODAY).snapshot
        event("adopted, held" if after.held else "adopted")
    except DiagnosticError:
        after = None
        event("refused")
    served = before if after is None else after
    lost = {t for t in things(before) - things(served) if t[0] == "cluster" or t[1:4] not in gone}
    unapproved = {thing for thing in lost if not allowed(thing, things(before), approvals)}
    assert not unapproved
    if all(allowed(thing, things(before), approvals) for thing in missing):
        assert after is not None
        assert not after.held
        assert things(after) == things(tree)
    # A held team holds back no other: all others get everything that the new tree has for them.
    if after is not None:
        theirs = {t for t in things(tree) if t[0] in {"application", "overlay"} and t[4] not in after.held}
        assert theirs <= things(after)
        for team, counts in after.teams.items():
            for cell, count in counts.applications.items():
                assert count == sum(
                    namespace.team == team for cluster, _, namespace in after.namespaces() if cluster.cell == cell
                )


ONE = {"one": "# 1\n"}
TWO = {"two": "# 1\n"}
LEAVING = {"prod/dc1/dc1-a": {}, "prod/dc2/dc2-a": {"play": ONE}}


# A regression: a cluster that is pinned for one team required a second approval to remove another team's tenancy.
@example(
    ({"prod/dc1/dc1-a": {"ads": ONE, "play": TWO}, "prod/dc2/dc2-a": {"play": {**ONE, **TWO}, "ads": ONE}}, LEAVING),
    [{"team": team, "app": "two", "until": "2026-11-24"} for team in ("ads", "play")],
)
@example(
    ({"prod/dc1/dc1-a": {"ads": ONE, "auth": TWO}}, {"prod/dc1/dc1-a": {}}),
    [{"team": "ads", "app": "one", "until": "2026-11-24"}],
)
@example(
    (
        {"prod/dc1/dc1-a": {"ads": {"one": "# 1\n"}}},
        {"prod/dc1/dc1-a": {}, "prod/dc1/dc1-b": {"ads": {"one": "# 1\n"}}},
    ),
    [],
)
@examples(50)
@given(pairs(), tombstones())
def test_the_same_tree_again_changes_nothing(pair, approvals):
    """Adoption is idempotent: revisions, holds and pins stay when the same commit is adopted again."""
    first = adopt(None, *read(spec_of(pair[0]), "1" * 40), TODAY).snapshot
    tree, buried, _ = read(spec_of(pair[1], approvals), "2" * 40)
    try:
        second = adopt(first, tree, buried, NONE, TODAY).snapshot
    except DiagnosticError:
        return
    third = adopt(second, tree, buried, NONE, TODAY).snapshot
    assert third.clusters == second.clusters
    assert third.held.keys() == second.held.keys()
    assert (third.teams, third.pinned) == (second.teams, second.pinned)
