"""Judge objects by the table. It is compiled into one tree of paths for each kind, so that an object meets its rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.checks.context import Finding, quote
from sixfold_compiler.checks.policy.lists import FLEET_LISTS, entry_for, record_prefix
from sixfold_compiler.checks.policy.rules import EACH, KEY, VALUE, Lists, Rule, Where, holds, operands, text_of
from sixfold_compiler.checks.policy.table import TABLE
from sixfold_compiler.diagnostics import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sixfold_compiler.checks.policy.rules import Scope
    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod

__all__ = ["Breach", "Node", "breaches", "breaches_of_manifest", "judge", "judge_manifest", "trees_of", "visit"]

_LONGEST = 200  # characters of a value in a line of the fleet


class Breach(NamedTuple):
    """A value that breaks a rule. `value` is what the rule judged."""

    rule: Rule
    path: ValuePath
    value: Json


class Node:
    """A step of the paths of a kind: the rules of the value here and of its keys, and the steps below it."""

    __slots__ = ("each", "fields", "keys", "required", "rules", "values")

    def __init__(self) -> None:
        self.fields: dict[str, Node] = {}
        self.each: Node | None = None
        self.values: Node | None = None
        self.rules: list[tuple[Rule, Where]] = []
        self.keys: list[Rule] = []
        self.required: list[tuple[str, Rule]] = []  # of fields below

    def add(self, rule: Rule, where: Where) -> None:
        """Add a rule at the end of its path."""
        node, path = self, where.path
        for index, step in enumerate(path):
            if step == KEY:
                node.keys.append(rule)
                return
            if rule.required and index == len(path) - 1:
                node.required.append((step, rule))
            node = node.below(step)
        node.rules.append((rule, where))

    def below(self, step: str) -> Node:
        """Return the node of the next step, which is created if it is new."""
        if step == EACH:
            self.each = self.each or Node()
            return self.each
        if step == VALUE:
            self.values = self.values or Node()
            return self.values
        return self.fields.setdefault(step, Node())


def trees_of(rules: Iterable[Rule]) -> dict[Scope, Node]:
    """Return the trees of rules by scope."""
    trees: dict[Scope, Node] = {}
    for rule in rules:
        for where in rule.where:
            trees.setdefault(where.scope, Node()).add(rule, where)
    return trees


@cache
def _all_trees() -> dict[Scope, Node]:
    """Return the trees of the table."""
    return trees_of(TABLE)


@cache
def _wordless_trees() -> dict[Scope, Node]:
    """Return the trees of the table without the rules of labels and annotations."""
    return trees_of(rule for rule in TABLE if not rule.words)


def breaches(item: KubernetesObject, pods: Iterable[Pod], lists: Lists, *, words: bool) -> list[Breach]:
    """Return what breaks the rules in an object.

    Args:
        item: The object.
        pods: Its pods.
        lists: The lists of its team.
        words: True to judge labels and annotations too: the library has not added its own yet.
    """
    trees = _all_trees() if words else _wordless_trees()
    result: list[Breach] = []
    tree = trees.get((item.group, item.kind))
    if words:
        visit(item.value, trees["object"], (), result, item.value, lists)
    if tree is not None:
        visit(item.value, tree, (), result, item.value, lists)
    for pod in pods:
        if pod.path:
            template = {"metadata": {"labels": pod.labels, "annotations": pod.annotations}, "spec": pod.spec}
        else:  # the object itself, whose metadata is judged already
            template = {"spec": pod.spec}
        visit(template, trees["pod"], pod.path, result, item.value, lists)
    return result


def breaches_of_manifest(parts: JsonObject, lists: Lists) -> list[Breach]:
    """Return what breaks the rules in the `metadata` and the merged `spec` of a manifest, or in one of the two."""
    result: list[Breach] = []
    visit(parts, _all_trees()["manifest"], (), result, parts, lists)
    return result


def judge(item: KubernetesObject, pods: Sequence[Pod], lists: Lists, *, words: bool) -> list[Finding]:
    """Return the findings of an object. The arguments are those of `breaches`."""
    return [_finding(breach, lists) for breach in breaches(item, pods, lists, words=words)]


def judge_manifest(parts: JsonObject, lists: Lists) -> list[Finding]:
    """Return the findings of the `metadata` and the merged `spec` of a manifest, or of one of the two."""
    return [_finding(breach, lists) for breach in breaches_of_manifest(parts, lists)]


def visit(value: Json, node: Node, path: ValuePath, result: list[Breach], root: JsonObject, lists: Lists) -> None:
    """Add what breaks the rules of a tree in a value at a path of the object `root`."""
    for rule, where in node.rules:
        text = text_of(where, value)
        if not holds(rule.holds, text, root, lists):
            result.append(Breach(rule, path, text))
            break
    if type(value) is list:
        if node.each is not None:
            for index, entry in enumerate(value):
                if entry is not None:
                    visit(entry, node.each, (*path, index), result, root, lists)
        return
    if type(value) is not dict:
        return
    for name, child in node.fields.items():
        below = value.get(name)
        if below is not None:
            visit(below, child, (*path, name), result, root, lists)
    for name, rule in node.required:
        if value.get(name) is None:
            result.append(Breach(rule, (*path, name), None))
    if node.keys or node.values is not None:
        _visit_map(value, node, path, result, root, lists)


def _visit_map(
    value: JsonObject, node: Node, path: ValuePath, result: list[Breach], root: JsonObject, lists: Lists
) -> None:
    for key, below in value.items():
        for rule in node.keys:
            if not holds(rule.holds, key, root, lists):
                result.append(Breach(rule, (*path, key), key))
                break
        if node.values is not None and below is not None:
            visit(below, node.values, (*path, key), result, root, lists)


def _finding(breach: Breach, lists: Lists) -> Finding:
    rule = breach.rule
    names = {"{team}": lists.team, "{prefix}": record_prefix(lists.team)}
    return Finding(
        rule.code,
        breach.path,
        _filled(rule.message, {**names, "{value}": quote(breach.value)}),
        _filled(rule.write, names) + _line(breach, lists),
    )


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _line(breach: Breach, lists: Lists) -> str:
    """Return the end of a help: the line of the fleet that would allow the value."""
    listed = next((operand.name for operand in operands(breach.rule.holds) if operand.name in FLEET_LISTS), "")
    if not listed or type(breach.value) is not str or not breach.value:
        return ""
    if not holds(breach.rule.holds, breach.value, {}, Lists(lists.team, {listed: ("*",)})):
        return ""  # no entry would allow it
    entry = printable(entry_for(listed, breach.value)[:_LONGEST]).replace("'", "\\'")
    return f", or ask the platform team to add '{entry}' to allow.{listed} of teams.{lists.team}"
