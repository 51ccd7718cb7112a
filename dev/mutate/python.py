"""Mutations of Python code: conditions flipped, lines dropped, constants moved, keys misspelled.

Left alone is what no run can tell: annotations, docstrings, `__all__`, imports for types, options of a dataclass, and
the texts of findings and errors, which are words for people.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dev.mutate.mutation import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["mutations"]

OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
LOOKUPS = frozenset({"get", "pop", "setdefault"})  # methods whose first argument is a key


def mutations(path: Path, root: Path) -> Iterator[Mutation]:
    """Yield every mutation of one file, in the order of its lines."""
    source = path.read_text()
    lines = source.splitlines()
    name = path.relative_to(root).as_posix()
    in_order = sorted(changes(ast.parse(source), source), key=lambda change: (change[0].lineno, change[0].col_offset))
    for node, text in in_order:
        before = lines[node.lineno - 1]
        data = before.encode()
        after = (data[: node.col_offset] + text.encode() + data[node.end_col_offset :]).decode()
        if after != before:
            yield Mutation(name, node.lineno, before, after)


def changes(tree: ast.Module, source: str) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield the nodes of one line that can be written otherwise, each with what takes its place."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        todo += children(node)
        if isinstance(node, ast.expr | ast.stmt) and node.lineno == node.end_lineno:
            for text in (*expressions(node, source), *statements(node), *constants(node)):
                yield node, text
        for key in keys(node):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.lineno == key.end_lineno:
                yield key, repr(f"{key.value}x")


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a node, without what no run can tell and what has no place of its own."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
        return
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params", "format_spec"}:
            continue
        yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST))


def expressions(node: ast.AST, source: str) -> Iterator[str]:
    """Yield a condition or a sum the other way round."""

    def text(part: ast.expr) -> str:
        return ast.get_source_segment(source, part) or ""

    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            yield f"({text(left)} {OPERATORS[type(operator)]} {text(right)})"
        case ast.BoolOp(op=operator, values=values):
            word = " and " if isinstance(operator, ast.Or) else " or "
            yield f"({word.join(f'({text(value)})' for value in values)})"
            yield f"({text(values[0])})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({text(operand)})"
        case ast.IfExp(test=test, body=body, orelse=other):
            yield f"({text(other)} if {text(test)} else {text(body)})"
        case ast.BinOp(left=left, op=(ast.Add() | ast.Sub()) as operator, right=right):
            if not (is_sequence(left) or is_sequence(right)):
                yield f"({text(left)} {'-' if isinstance(operator, ast.Add) else '+'} {text(right)})"


def statements(node: ast.AST) -> Iterator[str]:
    """Yield `pass` for a statement that can be left out."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Raise() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"


def constants(node: ast.AST) -> Iterator[str]:
    """Yield a number or a truth value that is another."""
    match node:
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() | float() as value):
            yield repr(value + 1)


def keys(node: ast.AST) -> Iterator[ast.expr | None]:
    """Yield what a node looks up or names by a text: keys of dicts, and what something is compared with."""
    match node:
        case ast.Dict(keys=names):
            yield from names
        case ast.Subscript(slice=name):
            yield name
        case ast.Call(func=ast.Attribute(attr=method), args=[name, *_]) if method in LOOKUPS:
            yield name
        case ast.Compare(left=left, comparators=[*others]):
            yield from (left, *others)


def is_sequence(node: ast.expr) -> bool:
    """Return whether a node is a text or a list as it stands: to subtract from one never works."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)
