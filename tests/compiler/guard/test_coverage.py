"""Counts of the things that wide tombstones cover, in the tree before a change and after it."""

from __future__ import annotations

import pytest

from sixfold_compiler.guard import coverages
from sixfold_compiler.guard.coverage import Count
from sixfold_compiler.model.tombstone import Tombstone
from tests.support.guard_cases import read_holdings

A, B = "prod/dc1/dc1-a", "prod/dc1/dc1-b"
FILES = {"_platform/gateway.yaml": "Service/gateway", "_tenancy/shop.yaml": "Namespace/shop"}
BEFORE = read_holdings(
    {
        A: {
            "shop": {"web": "Deployment Service", "stock": "Deployment"},
            "pay": {"cards": "Deployment"},
            "files": FILES,
        },
        B: {"shop": {"web": "Deployment Service"}, "files": FILES},
        "teams": ["shop", "pay"],
        "units": {"pay": "app"},
        "argocd": {"main": {"team-shop.yaml": "AppProject/shop ApplicationSet/shop"}},
    }
)
AFTER = read_holdings({A: {"shop": {"web": "Deployment"}, "files": {}}, "teams": ["shop", "pay"]})


def tombstone(**scope) -> Tombstone:
    return Tombstone.model_validate({"approvedBy": "ada", "reason": "as agreed", "until": "2027-01-01", **scope})


@pytest.mark.parametrize(
    ("scope", "before", "after"),
    [
        ({"team": "shop"}, Count(2, 3, 5, 4), Count(1, 1, 1)),
        ({"team": "pay"}, Count(1, 1, 1), Count()),
        ({"team": "shop", "cluster": "dc1-b", "environment": "prod"}, Count(1, 1, 2, 1), Count()),
        ({"environment": "prod", "cluster": "dc1-a"}, Count(2, 3, 4, 2), Count(1, 1, 1)),
        ({"instance": "main"}, Count(others=2), Count()),
        ({"team": "shop", "environment": "dev"}, Count(), Count()),
    ],
)
def test_a_wide_tombstone_is_counted_in_both_trees(scope, before, after) -> None:
    (coverage,) = coverages([tombstone(**scope)], BEFORE, AFTER)
    assert (coverage.before, coverage.after) == (before, after)


@pytest.mark.parametrize(
    "scope",
    [
        {"team": "shop", "app": "web"},
        {"team": "shop", "kind": "Service"},
        {"team": "shop", "name": "web"},
        {"environment": "prod", "cluster": "dc1-a", "from": {"server": "https://a"}, "to": {"server": "https://b"}},
    ],
)
def test_a_tombstone_for_a_single_thing_is_not_counted(scope) -> None:
    assert coverages([tombstone(**scope)], BEFORE, AFTER) == ()
    assert len(coverages([tombstone(**scope), tombstone(team="shop")], BEFORE, AFTER)) == 1
