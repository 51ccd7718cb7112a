"""Lookup of apps by name."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.operations.find_app import find_app

KEYS = [AppKey("shop", "web"), AppKey("pay", "web"), AppKey("shop", "cart")]
MISSING = Diagnostic("SF720", "no such app", Span("releases/dev.yaml"))


def test_an_app_is_found_by_its_key_or_by_a_unique_name() -> None:
    assert find_app("pay/web", KEYS, MISSING) == KEYS[1]
    assert find_app("cart", KEYS, MISSING) == KEYS[2]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", ("pay/web", "shop/web")),
        ("cartt", ("no such app", "'cart'")),
        ("shop/carts", ("no such app", "'shop/cart'")),
    ],
)
def test_an_ambiguous_or_unknown_name_is_refused_with_the_candidates(name, words) -> None:
    with pytest.raises(DiagnosticError) as error:
        find_app(name, KEYS, MISSING)
    (problem,) = error.value.diagnostics
    assert (problem.code, problem.span) == (MISSING.code, MISSING.span)
    assert all(word in f"{problem.message}; {problem.help}" for word in words)
