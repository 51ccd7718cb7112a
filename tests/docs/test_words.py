"""The retired words of docs/words.toml do not come back."""

import tomllib

import pytest

from tests.support.words import LIST, ROOT, in_page, in_python, uses

DATA = tomllib.loads(LIST.read_text())
CASES = [(rule, text) for rule in DATA["phrase"] for text in rule["refused"]]
FINE = [text for rule in DATA["phrase"] for text in rule["fine"]]


def kinds(text, path="sixfold/x.py"):
    return [use.kind for use in in_python(text, path)]


def test_the_tree_uses_no_retired_words():
    assert [str(use) for use in uses(ROOT)] == []


@pytest.mark.parametrize(("rule", "text"), CASES, ids=[text for _, text in CASES])
def test_each_phrase_refuses_its_examples(rule, text):
    assert rule["write"] in [use.write for use in in_page(text, "page.md")]


@pytest.mark.parametrize("text", FINE)
def test_plain_english_is_accepted(text):
    assert list(in_page(text, "page.md")) == []


def test_each_rule_has_a_replacement_and_a_reason():
    for rules in DATA.values():
        assert all(rule["write"] and rule["reason"] for rule in rules)


def test_definitions_are_checked_and_uses_of_other_libraries_names_are_not():
    assert kinds("told = 1") == ["identifier"]
    assert kinds("def f(made, *, not_found): ...") == ["identifier"]
    assert kinds("class OldStone: ...") == ["identifier"]
    assert kinds("for _one in x: y.whole = _one") == ["identifier", "identifier"]
    assert kinds("known: Callable[[], int]\nknown: int") == ["identifier"]
    assert kinds("x = fleet.fleet.teams") == ["identifier"]
    assert kinds("told(x, made=1)\nonce = one_version = gateway = None") == []
    assert kinds("", "compiler/sixfold_compiler/appset.py") == ["identifier"]


@pytest.mark.parametrize("word", DATA["opening"][0]["word"])
def test_docstrings_and_help_do_not_open_with_a_relative_clause(word):
    assert kinds(f'"""{word} it is."""') == ["docstring"]
    assert kinds(f'def f():\n    """\n    {word} it is."""') == ["docstring"]
    assert kinds(f'option("--x", help="{word} it is.")') == ["text"]
    assert kinds(f'def f():\n    """Return {word.lower()} it is."""') == []


def test_prose_is_checked_wherever_it_is_written():
    assert kinds('x = f"{app} is told"') == ["text"]
    assert kinds('x = "told"') == []
    assert kinds("# what is told") == ["comment"]
    assert kinds("def test_it_is_told(): ...", "tests/test_x.py") == ["test name"]
    assert kinds('def test_one_more():\n    x = "is told"', "tests/test_x.py") == []


def test_the_place_is_the_line_of_the_word():
    assert [use.line for use in in_python('\n"""One.\n\nIt is told.\n"""', "sixfold/x.py")] == [4]
    assert [use.line for use in in_page("# Page\n\nIt is told.\n", "page.md")] == [3]


def test_the_word_table_and_inline_code_are_exempt():
    page = "# Concepts\n\n## Words\n\n| told | printed |\n\n## Data\n\nIt is `told`.\nIt is told.\n"
    assert [use.line for use in in_page(page, "docs/concepts.md")] == [10]
    assert [use.line for use in in_page(page, "docs/other.md")] == [5, 10]


@pytest.mark.parametrize(
    "word",
    ["cell", "road", "home", "hold", "guard", "lock", "overlay", "tombstone", "adopted", "inventory", "facts"],
)
def test_the_word_table_defines_each_word_of_sixfold_once(word):
    table = (ROOT / "docs" / "concepts.md").read_text().partition("\n## Words\n")[2].partition("\n## ")[0]
    assert table.count(f"\n| {word} | ") == 1
