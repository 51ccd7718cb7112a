"""One step: the lock after it, the tombstones that it needs, and its commit message."""

from __future__ import annotations

import pytest

from sixfold_compiler.inputs.tombstones import TombstoneScope
from sixfold_compiler.migration.commit_message import commit_message
from sixfold_compiler.migration.stages import NamespaceMove
from sixfold_compiler.migration.step import Step, lock_with, moves_between, namespaces_of
from sixfold_compiler.migration.tombstones import overlay_clusters, tombstone_scopes
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Demand, Host, Lock
from tests.support.moves import DC1, OLD, app, joined

FULL = NamespaceMove((Host("a", 60), Host("b", 40)), {"one": "a"}, {"one": "b"})


@pytest.mark.parametrize(
    ("asked", "clusters"),
    [
        (app("one", spread="home"), {"a", "b"}),
        (app("two", spread="home"), set()),
        (app("each", spread="every"), {"a", "b"}),
        (app("node", spread="node"), {"a", "b"}),
        (app("web", pods=2), {"a", "b"}),
        (app("web", pods=1), {"a"}),
        (app("auto", pods=9, scaled=True, least=1), {"a"}),
        (app("auto", pods=9, scaled=True, least=2), {"a", "b"}),
    ],
)
def test_an_app_has_an_overlay_where_the_compiler_gives_it_pods(asked, clusters) -> None:
    """With fewer pods than hosts, or an autoscaler's minimum below their number, the lighter hosts have none."""
    assert overlay_clusters(asked, FULL) == clusters


def test_apps_of_a_team_on_one_cluster_have_their_home_there_without_an_entry() -> None:
    """A move needs the home of every app. For a team on several clusters the lock has all homes."""
    demand = Demand("shop", (app("web"), app("one", spread="home"), app("job", spread="home")))
    single = Lock({DC1: {"shop": (Host("a", 100),)}}, {DC1: {"shop/job": ""}})
    assert namespaces_of(single, DC1, {"shop": demand})["shop"].homes == {"one": "a", "job": ""}
    assert namespaces_of(single, DC1, {})["shop"].homes == {"job": ""}
    both = Lock({DC1: {"shop": FULL.row}}, {DC1: {"shop/job": "b"}})
    assert namespaces_of(both, DC1, {"shop": demand})["shop"].homes == {"job": "b"}


def test_tombstones_cover_namespaces_that_leave_and_single_apps_elsewhere() -> None:
    demand = Demand("shop", (app("web", pods=1), app("one", spread="home")))
    after = NamespaceMove((Host("b", 60), Host("c", 40)), {"one": "c"})
    assert [scope.to_record() for scope in tombstone_scopes(DC1, FULL, after, demand)] == [
        {"environment": "prod", "dataCenter": "dc1", "cluster": "a", "team": "shop"},
        {"environment": "prod", "dataCenter": "dc1", "cluster": "b", "team": "shop", "app": "one"},
    ]


def test_a_new_lock_keeps_hosts_homes_and_copies_of_the_other_namespaces() -> None:
    other = Cell("prod", "dc2")
    lock = Lock(
        {DC1: {"shop": OLD.row, "pay": FULL.row, "gone": FULL.row}, other: {"shop": (Host("x", 100),)}},
        {DC1: {"shop/one": "a", "pay/one": "a", "gone/one": "a"}, other: {"shop/one": "x"}},
        {DC1: {"pay/one": "b", "gone/one": "b"}, other: {"pay/one": "x"}},
    )
    new = lock_with(lock, DC1, {"shop": joined(), "gone": NamespaceMove(())})
    assert new.hosts == {DC1: {"shop": joined().row, "pay": FULL.row}, other: lock.hosts[other]}
    assert new.homes == {DC1: {"pay/one": "a", "shop/one": "a", "shop/job": "a"}, other: {"shop/one": "x"}}
    assert new.copies == {DC1: {"pay/one": "b", "shop/one": "c"}, other: {"pay/one": "x"}}
    assert lock_with(lock, DC1, {"pay": NamespaceMove(()), "gone": NamespaceMove(())}).copies == {
        other: {"pay/one": "x"}
    }
    assert namespaces_of(new, DC1, {})["shop"] == joined()


def test_a_commit_message_names_the_moves_and_the_file_with_the_approvals() -> None:
    before, after = (
        {"shop": OLD},
        {"shop": NamespaceMove((Host("b", 100),), {"one": "b", "job": ""}), "new": NamespaceMove(())},
    )
    moves = moves_between(DC1, before, after, "no traffic any more")
    step = Step("leave", Lock(), moves, (TombstoneScope(team="shop"),))
    assert commit_message(step, "Drain a", "environments/tombstones.yaml").splitlines() == [
        "Drain a: leave new and shop",
        "",
        "prod/dc1 new: - > - (no traffic any more)",
        "prod/dc1 shop: a:55 b:45 > b:100 (no traffic any more)",
        "  shop/job: a > stopped",
        "  shop/one: a > b",
        "",
        "environments/tombstones.yaml approves the deletions of this step.",
    ]
    many = Step("join", Lock(), moves_between(DC1, {}, dict.fromkeys("abcde", after["shop"]), "starts"))
    message = commit_message(many, "Drain a", "x")
    assert message.splitlines()[0] == "Drain a: join a, b, c and 2 more"
    assert "  a/one: nowhere > b" in message
    assert "approves" not in message
