"""The table of rules as CEL, the language of Kubernetes' ValidatingAdmissionPolicy: a second reading of each row.

The variables are `object` and `lists`. A list of patterns with stars is in `lists` as regular expressions too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

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
    Range,
    Same,
    pattern_text,
)

if TYPE_CHECKING:
    from sixfold_compiler.checks.policy.rules import Lists, Operand, Predicate, Rule, Where

__all__ = ["expression", "variables"]

AS_PATTERNS = " as patterns"


def expression(rule: Rule, where: Where) -> str:
    """Return the CEL text that is true for an object in which a rule holds at one of its places."""
    return _steps(rule, where, where.path, "object", 0)


def variables(value: Any, lists: Lists) -> dict[str, Any]:
    """Return the variables of an expression for an object and the lists of its team."""
    named = dict(lists.values or {})
    patterns = {
        f"{name}{AS_PATTERNS}": [_full(pattern_text(str(e))) for e in entries] for name, entries in named.items()
    }
    return {"object": value, "lists": {**{name: list(entries) for name, entries in named.items()}, **patterns}}


def _steps(rule: Rule, where: Where, path: tuple[str, ...], at: str, depth: int) -> str:
    if not path:
        return f"[{_judged(where, at)}].all(value, {_holds(rule.holds)})"
    step, tail = path[0], path[1:]
    inner = f"x{depth}"
    if step == KEY:
        return f"(type({at}) != map || {at}.all({inner}, [{inner}].all(value, {_holds(rule.holds)})))"
    if step == EACH:
        below = _steps(rule, where, tail, inner, depth + 1)
        return f"(type({at}) != list || {at}.all({inner}, {inner} == null || {below}))"
    if step == VALUE:
        below = _steps(rule, where, tail, f"{at}[{inner}]", depth + 1)
        return f"(type({at}) != map || {at}.all({inner}, {at}[{inner}] == null || {below}))"
    field = f"{at}[{_quoted(step)}]"
    present = f"({_quoted(step)} in {at} && {field} != null)"
    below = _steps(rule, where, tail, field, depth + 1)
    if rule.required and not tail:
        return f"(type({at}) != map || ({present} && {below}))"
    return f"(type({at}) != map || !{present} || {below})"


def _judged(where: Where, at: str) -> str:
    """Return the text that a rule judges: fields of a mapping, joined."""
    if not where.parts:
        return at
    parts = [_quoted(default) if name is None else _part(at, name, default) for name, default in where.parts]
    texts = " && ".join(f"type({part}) == string" for part in parts)
    joined = f" + {_quoted(where.joint)} + ".join(parts)
    return f"(type({at}) != map ? {at} : (({texts}) ? {joined} : {at}))"


def _part(at: str, name: str, default: str) -> str:
    return f"({_quoted(name)} in {at} && {at}[{_quoted(name)}] != null ? {at}[{_quoted(name)}] : {_quoted(default)})"


def _holds(predicate: Predicate) -> str:
    match predicate:
        case In(operand):
            return f"{_list(operand)}.exists(x, type(x) == type(value) && x == value)"
        case Like(operand):
            return f"(type(value) == string && {_patterns(operand)}.exists(p, value.matches(p)))"
        case Matches(pattern, _, others):
            text = f"value.matches({_quoted(_full(pattern))})"
            return f"(type(value) != string || {text})" if others else f"(type(value) == string && {text})"
        case Range(least, most):
            return f"(type(value) == int && value >= {least} && value <= {most})"
        case Same(path):
            return _same(path)
        case Absent():
            return "false"
        case Not(other):
            return f"!({_holds(other)})"
        case All(parts):
            return "(" + " && ".join(_holds(part) for part in parts) + ")"
        case Either(parts):
            return "(" + " || ".join(_holds(part) for part in parts) + ")"


def _same(path: tuple[str, ...]) -> str:
    """Return that the value equals the one at a path of two fields, or if the object has none."""
    first, second = map(_quoted, path)
    other = f"object[{first}][{second}]"
    present = f"{first} in object && type(object[{first}]) == map && {second} in object[{first}] && {other} != null"
    return f"(!({present}) || (type({other}) == type(value) && {other} == value))"


def _list(operand: Operand) -> str:
    return f"lists[{_quoted(operand.name)}]" if isinstance(operand, Listed) else json.dumps(list(operand))


def _patterns(operand: Operand) -> str:
    if isinstance(operand, Listed):
        return f"lists[{_quoted(operand.name + AS_PATTERNS)}]"
    return "[" + ", ".join(_quoted(_full(pattern_text(str(entry)))) for entry in operand) + "]"


def _full(pattern: str) -> str:
    return re.sub(r"\\(?=[-/ ])", "", rf"^(?:{pattern})\z")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
