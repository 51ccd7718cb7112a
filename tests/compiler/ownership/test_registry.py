"""Who has which name: claims by owner, and who stands against one. (tests/isolation has the same as properties.)"""

from __future__ import annotations

import pytest

from sixfold_compiler.ownership.hosts import Edge
from sixfold_compiler.ownership.registry import Register

HOST = "own.example.org"


def edge(where: str, *shared: str, environment: str = "prod") -> Edge:
    """`host/path/`; a host alone is all of it."""
    host, slash, path = where.partition("/")
    return Edge(environment, host, slash + path, shared)


def entered(*claims) -> Register:
    register = Register()
    for claim, owner in claims:
        register.add(claim, owner)
    return register


def test_a_name_has_one_owner_and_whoever_enters_it_last_has_it() -> None:
    name = ("service", "prod/dc1", "web")
    register = entered((name, "shop/web"))
    assert (register.owner(name), register.rival(name, "pay/web"), register.rival(name, "shop/web")) == (
        "shop/web", "shop/web", None
    )  # fmt: skip
    register.add(name, "pay/web")
    assert register.owner(name) == "pay/web"
    register.drop(name)
    register.drop(name)
    assert (register.owner(name), register.rival(name, "shop/web")) == (None, None)


@pytest.mark.parametrize(
    ("there", "wanted", "stands"),
    [
        # The very same, within a team too.
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/"), True),
        (edge(f"{HOST}/api/"), edge(f"{HOST}/apis/"), False),
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/", environment="dev"), False),
        # A path below another team's, unless that one shares it; and one above.
        (edge(f"{HOST}/api/"), edge(f"{HOST}/api/match/"), True),
        (edge(f"{HOST}/api/", "pay"), edge(f"{HOST}/api/match/"), False),
        (edge(f"{HOST}/api/", "pay/other"), edge(f"{HOST}/api/match/"), True),
        (edge(f"{HOST}/api/match/"), edge(f"{HOST}/api/"), True),
        (edge(f"{HOST}/api/match/"), edge(f"{HOST}/api/", "shop/web"), False),
        # All of a host, whoever shares what.
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
def test_another_team_s_claim_stands_against_one_that_has_a_part_of_it_without_agreement(there, wanted, stands) -> None:
    register = entered((there, "shop/web"))
    assert register.rival(wanted, "pay/cards") == ("shop/web" if stands else None)
    assert register.rival(wanted, "shop/web") is None
    register.drop(there)
    assert register.rival(wanted, "pay/cards") is None, "what is dropped leaves no trace"


def test_apps_of_one_team_may_have_paths_below_each_other_and_never_the_same_or_all_of_a_host() -> None:
    register = entered((edge(f"{HOST}/api/"), "shop/web"), (edge("*.example.org/"), "shop/web"))
    assert register.rival(edge(f"{HOST}/api/match/"), "shop/other") is None
    assert register.rival(edge(f"{HOST}/"), "shop/other") is None
    assert register.rival(edge(f"{HOST}/api/"), "shop/other") == "shop/web"
    assert register.rival(edge(HOST), "shop/other") == "shop/web"


def test_of_several_that_stand_against_it_the_first_by_path_is_named_whatever_came_first() -> None:
    register = entered((edge(f"{HOST}/a/z/"), "pay/z"), (edge(f"{HOST}/a/b/"), "search/b"), (edge(f"{HOST}/a/"), "shop/web"))
    assert register.rival(edge(f"{HOST}/a/"), "shop/web") == "search/b"


def test_a_host_is_below_its_suffixes_for_as_long_as_anyone_has_a_path_of_it() -> None:
    register = entered((edge(f"{HOST}/a/"), "shop/web"), (edge(f"{HOST}/b/"), "shop/other"))
    register.drop(edge(f"{HOST}/a/"))
    register.drop(edge(f"{HOST}/never/"))
    assert register.rival(edge("*.example.org/"), "pay/cards") == "shop/other"
    register.drop(edge(f"{HOST}/b/"))
    assert register.rival(edge("*.example.org/"), "pay/cards") is None


def test_the_owner_of_an_edge_is_asked_by_its_place_whatever_is_said_about_it() -> None:
    register = entered((edge(f"{HOST}/a/", "pay"), "shop/web"))
    assert register.owner(edge(f"{HOST}/a/")) == "shop/web"
    assert register.owner(edge(f"{HOST}/b/")) is None
    assert register.owner(edge("other.example.org/")) is None
