"""The page of the rules is generated, and names each rule and each list."""

from __future__ import annotations

from pathlib import Path

from docs.reference.policy import policy_page
from sixfold_compiler.checks.policy.lists import FLEET_LISTS
from sixfold_compiler.checks.policy.table import PROGRAMMED, TABLE
from sixfold_compiler.model.policy import Allow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"


def test_the_page_is_what_the_table_gives() -> None:
    assert PAGE.read_text() == policy_page(), "run: python3 dev.py docs"


def test_the_page_has_each_rule_and_each_list() -> None:
    text = policy_page()
    assert [rule.name for rule in TABLE if f"| {rule.name} [" not in text] == []
    assert [rule.code for rule in PROGRAMMED if f"| [{rule.code}]" not in text] == []
    assert [name for name in FLEET_LISTS if f"| `{name}` |" not in text] == []


def test_the_lists_are_the_fields_of_the_model() -> None:
    fields = {name: field.alias for name, field in Allow.model_fields.items()}
    assert {field: name for name, field in FLEET_LISTS.items()} == fields
