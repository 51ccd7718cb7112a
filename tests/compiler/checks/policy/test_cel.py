"""Each row of the table is data: a second evaluator, CEL, comes to the same verdict on generated objects."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.checks.policy.evaluate import Breach, trees_of, visit
from sixfold_compiler.checks.policy.rules import (
    EACH,
    KEY,
    VALUE,
    Absent,
    All,
    Either,
    In,
    Like,
    Listed,
    Matches,
    Not,
    Predicate,
    Range,
    Rule,
    Same,
    Where,
)
from sixfold_compiler.checks.policy.table import TABLE
from tests.profiles import examples
from tests.support.cel import expression, variables
from tests.support.policy import lists

LISTS = lists(
    images=["registry.example.com/*", "docker.io/valkey/valkey:*"],
    iamRoles=["arn:aws:iam::111111111111:role/shop-*"],
    secretStores=["ClusterSecretStore/aws", "SecretProviderClass/aws"],
    secretKeys=["shop/*"],
    tolerations=["pool=media", "zone=*"],
    storageClasses=["gp3"],
    csiDrivers=["efs.csi.aws.com"],
    tokenAudiences=["vault"],
    runtimeClasses=["gvisor"],
    schedulers=["batch"],
    deviceClasses=["gpu"],
    probers=["blackbox.monitoring:9115"],
    probeTargets=["https://shop.example.com/*"],
    labels=["example.com/*"],
    annotations=["example.com/*"],
)
# Texts at the border of a rule, beside those that the rule itself names.
ODD = [
    "",
    "a",
    "a b",
    "shop/../pay/key",
    "shop//key",
    "shop/a\nb",
    "/",
    "-",
    "x" * 64,
    "é",
    "registry.example.com/a b:1",
]
OTHERS = [0, 1, -1, 2**31, True, False, 1.5, [], ["a"], {}, {"kind": "ClusterSecretStore", "name": "aws"},
          {"kind": 3, "name": "aws"}, {"name": "aws"}, {"key": "pool", "value": "media"}, {"key": "pool"}, {"key": "zone"},
          {"operator": "Exists"}, {"provider": "aws"}, {"key": None, "value": "media"}]  # fmt: skip


def named(predicate: Predicate) -> list[Any]:
    """Return values that a predicate names, and others like them."""
    match predicate:
        case In(operand) | Like(operand):
            result = LISTS.get(operand.name) if isinstance(operand, Listed) else operand
            texts = [str(entry).replace("*", "x") for entry in result if isinstance(entry, str)]
            return [*result, *texts, *(f"{text}y" for text in texts), *(f"y{text}" for text in texts)]
        case Matches():
            return ["web", "example.com/web", "registry.example.com/shop/web:1.0.0@sha256:" + "0" * 64, "web:1:2"]
        case Range(least, most):
            return [least, most, least - 1, most + 1]
        case Same():
            return ["shop", "pay"]
        case Not(other):
            return named(other)
        case All(parts) | Either(parts):
            return [value for part in parts for value in named(part)]
    return []


def built(path: tuple[str, ...], leaf: Any) -> Any:
    """Return a value in which a leaf is at a path."""
    if not path:
        return leaf
    step, tail = path[0], path[1:]
    if step == KEY:
        return {leaf: "x"} if isinstance(leaf, str) else leaf
    below = built(tail, leaf)
    return [None, below] if step == EACH else {"a": below, "b": None} if step == VALUE else {step: below}


@st.composite
def objects(draw: st.DrawFn, rule: Rule, where: Where) -> Any:
    """Draw an object that has a value at the place of a rule, or at a place above it."""
    leaf = draw(st.sampled_from([*named(rule.holds), *ODD, *OTHERS, None]))
    depth = draw(st.sampled_from([len(where.path)] * 5 + list(range(1, len(where.path)))))
    value = built(where.path[:depth], leaf)
    if draw(st.booleans()) and where.path[0] != "metadata":
        value["metadata"] = draw(st.sampled_from([{"namespace": "shop"}, {"namespace": None}, {}, "text"]))
    return value


@pytest.mark.parametrize("rule", TABLE, ids=[rule.name for rule in TABLE])
@examples(30)
@given(st.data())
def test_cel_comes_to_the_same_verdict(rule: Rule, data: st.DataObject) -> None:
    where = data.draw(st.sampled_from(rule.where))
    value = data.draw(objects(rule, where))
    result = breaches_at(rule, where, value)
    assert program(rule, where).execute(variables(value, LISTS)) is not bool(result)


@pytest.mark.parametrize("rule", TABLE, ids=[rule.name for rule in TABLE])
def test_each_place_of_a_rule_can_break_it(rule: Rule) -> None:
    """A predicate that always holds would protect nothing, and neither would a place that no value reaches."""
    for where in rule.where:
        values = [built(where.path, leaf) for leaf in (*named(rule.holds), *ODD, *OTHERS)]
        for value in values:
            if isinstance(value, dict) and where.path[0] != "metadata":
                value["metadata"] = {"namespace": "shop"}
        assert any(breaches_at(rule, where, value) for value in values), where
        assert (
            rule.required or rule.holds == Absent() or not all(breaches_at(rule, where, value) for value in values)
        ), where


def breaches_at(rule: Rule, where: Where, value: Any) -> list[Breach]:
    """Return the breaches of one rule at one of its places."""
    result: list[Breach] = []
    visit(value, trees_of([replace(rule, where=(where,))])[where.scope], (), result, value, LISTS)
    return result


@cache
def program(rule: Rule, where: Where) -> Any:
    """Return the compiled CEL of a rule at one of its places."""
    return cel.compile(expression(rule, where))
