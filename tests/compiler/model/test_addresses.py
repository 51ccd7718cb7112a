"""Addresses: their text, their order, and the texts that are no address."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.addresses import AppKey, Cell, Target, is_within


def test_addresses_read_back_from_their_text() -> None:
    for address in (AppKey("shop", "api"), Cell("prod", "dc1"), Target("prod", "dc1", "dc1-a")):
        assert type(address).parse(str(address)) == address


@pytest.mark.parametrize("text", ["", "shop", "shop/", "/api", "shop/api/x"])
def test_an_app_key_has_exactly_two_parts(text: str) -> None:
    with pytest.raises(ValueError, match="team/app"):
        AppKey.parse(text)


@pytest.mark.parametrize("text", ["", "prod", "prod/", "prod/dc1/x"])
def test_a_cell_has_exactly_two_parts(text: str) -> None:
    with pytest.raises(ValueError, match="environment/dataCenter"):
        Cell.parse(text)


@pytest.mark.parametrize("text", ["", "prod/dc1", "prod//a", "prod/dc1/a/b"])
def test_a_target_has_exactly_three_parts(text: str) -> None:
    with pytest.raises(ValueError, match="cluster"):
        Target.parse(text)


def test_app_keys_sort_as_their_text() -> None:
    keys = [AppKey("a", "x"), AppKey("a-b", "x"), AppKey("a", "w")]
    assert [str(key) for key in sorted(keys)] == ["a-b/x", "a/w", "a/x"]


def test_a_caller_pattern_matches_everybody_a_team_or_an_app() -> None:
    key = AppKey("shop", "api")
    assert [p for p in ("*", "shop", "shop/api", "shop/web", "sho", "api") if key.matches(p)] == [
        "*",
        "shop",
        "shop/api",
    ]


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        ("", ["prod", "prod/dc1", "prod/dc1/a", "prod2/dc1"]),
        ("prod", ["prod", "prod/dc1", "prod/dc1/a"]),
        ("prod/", ["prod", "prod/dc1", "prod/dc1/a"]),
        ("prod/dc1", ["prod/dc1", "prod/dc1/a"]),
        ("prod/dc1/a", ["prod/dc1/a"]),
        ("dc1", []),
    ],
)
def test_an_address_is_within_itself_and_the_places_above_it(place, inside) -> None:
    addresses = ["prod", Cell("prod", "dc1"), Target("prod", "dc1", "a"), Cell("prod2", "dc1")]
    assert [str(address) for address in addresses if is_within(address, place)] == inside
