"""Names of Applications, reserved names, and the order of fields."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.names import application_name
from sixfold_compiler.ownership import reserved_app
from sixfold_compiler.yaml.key_order import rank


def test_application_name_joins_its_parts_up_to_63_characters() -> None:
    assert application_name("prod", "dc1-a", "shop") == "prod-dc1-a-shop"
    longest = application_name("prod", "x" * 58)
    assert len(longest) == 63
    assert longest.endswith("-" + "x" * 58)


def test_long_application_names_are_truncated_with_a_digest() -> None:
    first, second = (application_name("prod", "x" * 70 + end) for end in "ab")
    assert len(first) == len(second) == 63
    assert first[:54] == second[:54]
    assert first != second
    assert application_name("prod", "x" * 49 + "-" * 30)[53:] != "-", "no name has two hyphens at the cut"
    assert application_name("a" * 30, "b" * 40) != application_name("a" * 30 + "-" + "b" * 40), "by its parts"


@pytest.mark.parametrize("name", ["sixfold-gateway", "con", "lpt9"])
def test_reserved_app_names_are_rejected_with_a_reason(name) -> None:
    assert reserved_app(name)


def test_unreserved_app_names_are_accepted() -> None:
    assert [reserved_app(name) for name in ("sixfold", "console", "web")] == ["", "", ""]


def test_unknown_fields_are_sorted_alphabetically_before_the_long_ones() -> None:
    fields = ["spec", "zone", "metadata", "kind", "containers", "apiVersion", "alias"]
    assert sorted(fields, key=rank) == ["apiVersion", "kind", "metadata", "alias", "zone", "containers", "spec"]
