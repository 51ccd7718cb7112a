"""The table of codes, the sources and the generated pages agree."""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING

import pytest

from docs.reference.commands import cli_page, codes_page, write
from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.yaml.loader import load_documents
from tests.support.cli import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ROOT / "compiler" / "sixfold_compiler" / "diagnostics" / "codes"
SOURCES = [
    path
    for package in ("compiler", "generator")
    for path in sorted((ROOT / package).rglob("*.py"))
    if TABLE not in path.parents
]


def test_codes_are_unique() -> None:
    tables = (ast.parse(path.read_text()) for path in TABLE.glob("*.py"))
    keys = [
        key.value
        for tree in tables
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Call)
    ]
    assert len(keys) == len(set(keys)) == len(CODES)


def raised(path: Path) -> set[str]:
    """Return the codes in a module's string literals, except for docstrings."""
    tree = ast.parse(path.read_text())
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in prose
    )
    # In the texts of a command (`sixfold code SF107`) a code is an example; other modules raise the codes of commands.
    return {code for text in texts for code in re.findall(r"(?<!code )\bSF[0-9]{3}\b", text)}


@functools.cache
def all_raised() -> set[str]:
    """Return the codes in the modules of both packages, but for the one that prints the table of them."""
    return set().union(*(raised(path) for path in SOURCES if path.name != "reference.py"))


def test_every_code_in_the_sources_is_in_the_table() -> None:
    assert all_raised() - set(CODES) == set()


def test_every_code_in_the_table_is_in_the_sources() -> None:
    assert set(CODES) - all_raised() == set()


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_meaning_and_a_fix(code) -> None:
    entry = CODES[code]
    assert re.fullmatch(r"SF[1-9][0-9]{2}", code)
    assert entry.title
    assert not entry.title.endswith(".")
    assert entry.explanation.endswith((".", "."))
    assert entry.fix.endswith(".")
    assert entry.example or code.startswith("SF9")


@pytest.mark.parametrize("code", [c for c, e in CODES.items() if c.startswith("SF1") and not e.example.startswith("#")])
def test_the_loader_fails_on_the_example_with_its_code(code) -> None:
    with pytest.raises(DiagnosticError) as failed:
        load_documents(CODES[code].example.encode(), "example.yaml")
    assert [d.code for d in failed.value.diagnostics] == [code]


@pytest.mark.parametrize(("page", "text"), [("cli.md", cli_page), ("codes.md", codes_page)])
def test_the_generated_page_is_current(page, text) -> None:
    """`python3 dev.py docs` writes it again."""
    assert (ROOT / "docs" / page).read_text() == text()


def test_the_pages_are_written_to_the_given_folder(tmp_path) -> None:
    assert write(tmp_path) == [tmp_path / "cli.md", tmp_path / "codes.md"]
    assert (tmp_path / "cli.md").read_text() == cli_page()
    assert (tmp_path / "codes.md").read_text() == codes_page()


def test_every_code_is_in_a_section_of_the_page_and_every_section_has_codes() -> None:
    sections = codes_page().split("\n## ")[1:]
    assert all("\n### SF" in section for section in sections)
    assert sum(section.count("\n### SF") for section in sections) == len(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_link_of_a_finding_leads_to_its_entry(code) -> None:
    assert f'<a id="{code.lower()}"></a>\n### {code}: ' in (ROOT / "docs" / "codes.md").read_text()
