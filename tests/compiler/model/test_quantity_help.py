"""Suggestions for texts that are not quantities."""

from __future__ import annotations

import re

import pytest

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.diagnostics.render import SourceLines, render
from sixfold_compiler.model.patterns import QUANTITY
from sixfold_compiler.model.quantities import quantity_help
from sixfold_compiler.yaml.loader import load_documents


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("50mm", "50m"), ("64MB", "64M or 64Mi"), ("64 MiB", "64Mi"), ("1,5", "1.5"), (".5", "0.5"), ("2 cores", "2"),
        ("250 m", "250m"), ("1K", "1k or 1Ki"), ("1KB", "1k or 1Ki"), ("5 pb", "5P or 5Pi"), ("3 gib", "3Gi"), ("2gi", "2Gi"), ("100 millicores", "100m"),
        ("2 corse", "2"), ("64 Mibs", "64Mi"), ("100 milicores", "100m"),
    ],
)  # fmt: skip
def test_the_nearest_quantity_is_suggested_and_is_valid(text, meant) -> None:
    assert quantity_help(text) == f"did you mean {meant}?"
    assert all(re.match(QUANTITY, form) for form in meant.split(" or "))
    assert not re.match(QUANTITY, text)


@pytest.mark.parametrize("text", ["lots", "", "-5", "64 Qx", "1e3Mi"])
def test_without_a_near_quantity_examples_are_suggested(text) -> None:
    assert "such as 250m" in quantity_help(text)


def test_the_carets_cover_the_complete_value(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("memory: 64 MiB\n")
    (document,) = load_documents((tmp_path / "a.yaml").read_bytes(), "a.yaml")
    span = document.value_span(("memory",))
    assert (span.line, span.column, span.length) == (1, 9, 6)
    assert document.value_span(("memory", 0, "x")) == document.span(("memory",))
    text = render([Diagnostic("SF204", "wrong", span)], "full", sources=SourceLines((tmp_path,)))
    assert "memory: 64 MiB\n" in text
    assert " ^^^^^^\n" in text
    assert "^^^^^^^" not in text
