"""The registry of names: owners, and rivals of a claim. `tests/properties/isolation` tests the same as properties."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.ownership.hosts import Edge
from sixfold_compiler.ownership.registry import Registry

HOST = "own.example.org"


def edge(where: str, *shared: str, environment: str = "prod") -> Edge:
    """Return the edge of a `host/path/`; a host alone is the complete host."""
    host, slash, path = where.partition("/")
    return Edge(environment, host, slash + path, shared)


def registry_of(*claims) -> Registry:
    registry = Registry()
    for claim, owner in claims:
        registry.add(claim, AppKey.parse(owner))
    return registry


def test_a_name_belongs_to_the_app_that_was_added_last() -> None:
    name = ("service", "prod/dc1", "web")
    registry = registry_of((name, "shop/web"))
    assert (registry.owner(name), registry.rival(name, AppKey("pay", "web")), registry.rival(name, AppKey("shop", "web"))) == (
        AppKey("shop", "web"), AppKey("shop", "web"), None
    )  # fmt: skip
    registry.add(name, AppKey("pay", "web"))
    assert registry.owner(name) == AppKey("pay", "web")
    registry.drop(name)
    registry.drop(name)
    assert (registry.owner(name), registry.rival(name, AppKey("shop", "web"))) == (None, None)


def test_a_reserved_name_belongs_to_nobody_else() -> None:
    name = ("application", "prod-dc1-a")
    registry = registry_of((name, "shop/web"))
    registry.reserve(name, "the platform")
    assert registry.owner(name) == registry.rival(name, AppKey("shop", "web")) == "the platform"


@pytest.mark.parametrize(
    ("existing", "wanted", "conflict"),
    [
        # Equal claims, also within a team.
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/"), True),
        (edge(f"{HOST}/api/"), edge(f"{HOST}/apis/"), False),
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/", environment="dev"), False),
        # A path below or above that of another team, unless that team shares it.
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/match/"), True),
        (edge(f"{HOST}/api/", "pay"), edge(f"{HOST}/api/match/"), False),
        (edge(f"{HOST}/api/", "pay/other"), edge(f"{HOST}/api/match/"), True),
        (edge(f"{HOST}/api/match/"), edge(f"{HOST}/api/"), True),
        (edge(f"{HOST}/api/match/"), edge(f"{HOST}/api/", "shop/web"), False),
        # A complete host, with any sharing.
        (edge(HOST), edge(f"{HOST}/api/"), True),
        (edge(HOST, "pay"), edge(f"{HOST}/api/"), True),
        (edge(f"{HOST}/api/", "pay"), edge(HOST, "shop"), True),
        # Wildcards over a host and below one, and of one suffix below another.
        (edge("*.example.org/"), edge(f"{HOST}/"), True),
        (edge("*.example.org/", "*"), edge(f"{HOST}/"), False),
        (edge(f"{HOST}/"), edge("*.example.org/"), True),
        (edge(f"{HOST}/"), edge("*.example.org/", "shop"), False),
        (edge("*.own.example.org/"), edge("*.example.org/"), True),
        (edge("*.example.org/"), edge("*.own.example.org/"), True),
        (edge("*.example.org/"), edge("example.org/"), False),
        (edge("*.example.org/"), edge("*.example.org/x/"), True),
        (edge("*.example.org/x/"), edge("*.example.org/y/"), False),
    ],
    ids=str,
)  # fmt: skip
def test_overlapping_claims_of_two_teams_conflict_unless_the_outer_one_admits_the_inner(
    existing, wanted, conflict
) -> None:
    registry = registry_of((existing, "shop/web"))
    assert registry.rival(wanted, AppKey("pay", "cards")) == (AppKey("shop", "web") if conflict else None)
    assert registry.rival(wanted, AppKey("shop", "web")) is None
    registry.drop(existing)
    assert registry.rival(wanted, AppKey("pay", "cards")) is None, "what is dropped leaves no trace"


def test_apps_of_one_team_may_nest_paths_but_not_share_one() -> None:
    registry = registry_of((edge(f"{HOST}/api/"), "shop/web"), (edge("*.example.org/"), "shop/web"))
    assert registry.rival(edge(f"{HOST}/api/match/"), AppKey("shop", "other")) is None
    assert registry.rival(edge(f"{HOST}/"), AppKey("shop", "other")) is None
    assert registry.rival(edge(f"{HOST}/api/"), AppKey("shop", "other")) == AppKey("shop", "web")
    assert registry.rival(edge(HOST), AppKey("shop", "other")) == AppKey("shop", "web")


def test_the_first_rival_by_path_is_named() -> None:
    registry = registry_of(
        (edge(f"{HOST}/a/z/"), "pay/z"), (edge(f"{HOST}/a/b/"), "search/b"), (edge(f"{HOST}/a/"), "shop/web")
    )
    assert registry.rival(edge(f"{HOST}/a/"), AppKey("shop", "web")) == AppKey("search", "b")


def test_a_wildcard_conflicts_with_a_host_until_its_last_path_is_dropped() -> None:
    registry = registry_of((edge(f"{HOST}/a/"), "shop/web"), (edge(f"{HOST}/b/"), "shop/other"))
    registry.drop(edge(f"{HOST}/a/"))
    registry.drop(edge(f"{HOST}/never/"))
    assert registry.rival(edge("*.example.org/"), AppKey("pay", "cards")) == AppKey("shop", "other")
    registry.drop(edge(f"{HOST}/b/"))
    assert registry.rival(edge("*.example.org/"), AppKey("pay", "cards")) is None


def test_a_path_that_is_dropped_is_below_no_other() -> None:
    registry = registry_of((edge(f"{HOST}/a/b/"), "shop/web"), (edge(f"{HOST}/x/"), "shop/web"))
    registry.drop(edge(f"{HOST}/a/b/"))
    assert registry.rival(edge(f"{HOST}/a/"), AppKey("pay", "cards")) is None
    assert registry.rival(edge(f"{HOST}/"), AppKey("pay", "cards")) == AppKey("shop", "web")


def test_an_edge_that_changes_its_owner_is_not_owned_by_the_first() -> None:
    registry = registry_of((edge(f"{HOST}/a/"), "shop/web"), (edge(f"{HOST}/a/", "search"), "pay/cards"))
    assert registry.rival(edge(f"{HOST}/a/b/"), AppKey("shop", "web")) == AppKey("pay", "cards")
    assert registry.rival(edge(f"{HOST}/a/b/"), AppKey("pay", "other")) is None
    assert registry.rival(edge(f"{HOST}/a/b/"), AppKey("search", "x")) is None


def test_the_owner_of_an_edge_does_not_depend_on_who_shares_it() -> None:
    registry = registry_of((edge(f"{HOST}/a/", "pay"), "shop/web"))
    assert registry.owner(edge(f"{HOST}/a/")) == AppKey("shop", "web")
    assert registry.owner(edge(f"{HOST}/b/")) is None
    assert registry.owner(edge("other.example.org/")) is None
