"""Count the places that mypy does not check: `Any`, `object`, bare collections, casts, ignored errors.

An alias of such a type counts wherever it is used, so that an alias of `dict[str, Any]` hides nothing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

from dev.layout import PACKAGES
from dev.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["count", "count_packages"]

OPEN = frozenset({"Any", "object"})
BARE = frozenset({"dict", "list", "Mapping", "Sequence", "tuple"})
IGNORED = re.compile(r"#\s*type:\s*ignore")


def count(files: Iterable[Path]) -> Counter[Path]:
    """Return the number of untyped places of each file, with aliases resolved over all of them."""
    trees = {path: ast.parse(path.read_text()) for path in files}
    aliases = open_aliases(trees.values())
    return Counter({path: sum(1 for _ in places(tree, path, aliases)) for path, tree in trees.items()})


def count_packages() -> Counter[Path]:
    """Return the number of untyped places of each file of both packages."""
    return count(sorted(path for folder in PACKAGES.values() for path in (ROOT / folder).rglob("*.py")))


def open_aliases(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the names of aliases of untyped types, including aliases of aliases."""
    values = {name: value for tree in trees for name, value in assigned(tree)}
    aliases: set[str] = set()
    while grown := {name for name, value in values.items() if name not in aliases and untyped(value, aliases)}:
        aliases |= grown
    return frozenset(aliases)


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name and value of each type alias: a CamelCase name of the module that is set to a type expression."""
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if not isinstance(target, ast.Name) or not re.fullmatch(r"_?[A-Z]\w*[a-z]\w*", target.id):
            continue
        if isinstance(value, ast.Name | ast.Subscript | ast.BinOp) and is_type(value):
            yield target.id, value


def is_type(value: ast.expr) -> bool:
    """Return whether an expression can be a type: a name, a subscript, or a union."""
    union = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    return union or isinstance(value, ast.Name | ast.Subscript)


def untyped(value: ast.expr, aliases: Iterable[str]) -> bool:
    """Return whether a type expression contains an untyped type."""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return bool(names & {*OPEN, *aliases}) or bare(value)


def bare(value: ast.expr) -> bool:
    """Return whether a type expression is a collection without parameters, such as `list`."""
    return isinstance(value, ast.Name) and value.id in BARE


def places(tree: ast.Module, path: Path, aliases: frozenset[str]) -> Iterator[int]:
    """Yield the line of each untyped place."""
    names = OPEN | aliases
    for annotation in annotated(tree):
        expressions = [annotation]
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            expressions = [ast.parse(annotation.value, mode="eval").body]
        for expression in expressions:
            yield from (n.lineno for n in ast.walk(expression) if isinstance(n, ast.Name) and n.id in names)
            if bare(expression):
                yield annotation.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cast":
            yield node.lineno
    for name, value in assigned(tree):
        if name in aliases:
            yield value.lineno
    yield from (number for number, line in enumerate(path.read_text().splitlines(), 1) if IGNORED.search(line))


def annotated(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield every annotation: of parameters, results and variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns


def report(counts: Mapping[Path, int], root: Path) -> Iterator[str]:
    """Yield the total, and the files with the largest counts."""
    yield f"untyped places: {sum(counts.values())}"
    for path, number in sorted(counts.items(), key=lambda item: -item[1])[:15]:
        yield f"{number:5}  {path.relative_to(root)}"


def main() -> int:
    """Print the number of untyped places in both packages."""
    print("\n".join(report(count_packages(), ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
