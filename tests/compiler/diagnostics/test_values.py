"""Values of documents, and the paths to them."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import path_text, value_at

DOCUMENT = {"spec": {"env": [{"name": "A"}, {"name": "B"}]}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), DOCUMENT),
        (("spec", "env", 1, "name"), "B"),
        (("spec", "env", 2), None),
        (("spec", "env", 2, "name"), None),
        (("spec", "env", "name"), None),
        (("spec", 0), None),
        (("other",), None),
        (("spec", "env", 0, "name", "deeper"), None),
    ],
)
def test_a_path_leads_to_a_value_or_to_none(path, value) -> None:
    assert value_at(DOCUMENT, path) == value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("spec", "env", 0, "name"), "spec.env[0].name"),
        ((0, "name"), "[0].name"),
        (("spec", "a" * 500, "b"), f"spec.{'a' * 80}.b"),
    ],
)
def test_a_path_is_written_as_people_write_it(path, text) -> None:
    assert path_text(path) == text
