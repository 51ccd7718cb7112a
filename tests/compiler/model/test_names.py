"""Names that Sixfold makes, names that it keeps for itself, and where a field of that name stands."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.names import application_name
from sixfold_compiler.ownership import reserved_app
from sixfold_compiler.yaml.key_order import rank


def test_an_application_s_name_is_its_parts_joined_as_long_as_a_label_may_be() -> None:
    assert application_name("prod", "dc1-a", "shop") == "prod-dc1-a-shop"
    longest = application_name("prod", "x" * 58)
    assert len(longest) == 63
    assert longest.endswith("-" + "x" * 58)


def test_a_longer_one_is_cut_and_told_apart_by_a_digest() -> None:
    one, other = (application_name("prod", "x" * 70 + end) for end in "ab")
    assert len(one) == len(other) == 63
    assert one[:54] == other[:54]
    assert one != other
    assert application_name("prod", "x" * 49 + "-" * 30)[53:] != "-", "no name has two hyphens at the cut"
    assert application_name("a" * 30, "b" * 40) != application_name("a" * 30 + "-" + "b" * 40), "by its parts"


@pytest.mark.parametrize("name", ["sixfold-gateway", "con", "lpt9"])
def test_names_that_no_app_may_have_are_told_with_the_reason(name) -> None:
    assert reserved_app(name)


def test_other_names_are_anybody_s() -> None:
    assert [reserved_app(name) for name in ("sixfold", "console", "web")] == ["", "", ""]


def test_fields_stand_as_people_write_them_and_unknown_ones_by_the_alphabet_before_the_long_ones() -> None:
    fields = ["spec", "zone", "metadata", "kind", "containers", "apiVersion", "alias"]
    assert sorted(fields, key=rank) == ["apiVersion", "kind", "metadata", "alias", "zone", "containers", "spec"]
