"""Label selectors against labels."""

from __future__ import annotations

import pytest

from sixfold_compiler.checks.selectors import matches


def by(operator, *values):
    rule = {"key": "tier", "operator": operator, **({"values": list(values)} if values else {})}
    return {"matchExpressions": [rule]}


@pytest.mark.parametrize(
    ("selector", "web", "unlabeled"),
    [
        ({}, True, True),
        ({"matchLabels": {"tier": "web"}}, True, False),
        ({"matchLabels": {"tier": "db"}}, False, False),
        (by("In", "web", "api"), True, False),
        (by("In", "db"), False, False),
        (by("NotIn", "web"), False, True),
        (by("NotIn", "db"), True, True),
        (by("Exists"), True, False),
        (by("DoesNotExist"), False, True),
    ],
    ids=str,
)
def test_selectors_match_labels_like_kubernetes(selector, web, unlabeled) -> None:
    assert matches(selector, {"tier": "web"}) is web
    assert matches(selector, {}) is unlabeled


def test_a_selector_matches_only_when_every_rule_holds() -> None:
    assert matches({"matchExpressions": [by("Exists")["matchExpressions"][0], "no rule"]}, {"tier": "web"})
    both = [*by("Exists")["matchExpressions"], *by("In", "db")["matchExpressions"]]
    assert not matches({"matchExpressions": both}, {"tier": "web"})
