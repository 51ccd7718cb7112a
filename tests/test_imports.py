"""No test module imports another one: what several of them use is a module of `tests/support/`, or one beside them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dev.process import ROOT
from dev.shape import python_files


def imported(node: ast.AST) -> list[str]:
    """Return the dotted names that an import names: of `from a import b` both `a` and `a.b`, since `b` may be a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{alias.name}" for alias in node.names]
    return []


def code_in(node: ast.AST) -> ast.Module | None:
    """Return a string as the module that it is; tests start processes with `python -c`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "import " in node.value:
        try:
            return ast.parse(node.value)
        except SyntaxError:
            return None
    return None


def imports_of_tests(tree: ast.AST) -> list[str]:
    """Return each import of a test module, or of a name from one, with its line."""
    names = []
    for node in ast.walk(tree):
        for name in imported(node):
            if any(part.startswith("test_") for part in name.split(".")):
                names.append(f"{node.lineno}: {name}")
        if code := code_in(node):
            names += [f"{node.lineno}: {name.partition(': ')[2]}" for name in imports_of_tests(code)]
    return names


def test_no_module_imports_a_test_module():
    imports = {
        path.relative_to(ROOT).as_posix(): names
        for path in python_files()
        if path != Path(__file__).resolve()  # its examples are code
        # Most files name test modules and their functions only where they are defined: those need no parsing.
        and (text := path.read_text()).count("test_") > text.count("def test_")
        and (names := imports_of_tests(ast.parse(text)))
    }
    assert imports == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from tests.support.worlds import world", []),
        ("import tests.a.test_b", ["1: tests.a.test_b"]),
        ("from tests.a.test_b import c as d", ["1: tests.a.test_b.c"]),
        ("def f():\n    from tests.a import test_b", ["2: tests.a.test_b"]),
        ("from . import test_b", ["1: .test_b"]),
        ("from .test_b import c", ["1: test_b.c"]),
        ("x = 'import sys; from a.test_b import c'", ["1: a.test_b.c"]),
        ("x = 'the import of test_b fails'", []),
    ],
)
def test_every_form_of_an_import_is_found(text, expected):
    assert imports_of_tests(ast.parse(text)) == expected
