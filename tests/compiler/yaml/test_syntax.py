"""Text that is not YAML: each error of the parser has a sentence of Sixfold's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.yaml.loader import load_documents
from sixfold_compiler.yaml.syntax import syntax_diagnostic
from tests.profiles import examples
from tests.support.snapshots import check_snapshot

# One text for each error of libyaml.
INVALID = [
    "image: app: 1\n",
    "one: 1\nimage\ntwo: 2\n",
    "one: 1\n}\n",
    "one: 'a' b\n",
    "{one: 1}\ntwo: 2\n",
    "list:\n - a\n b: c\n",
    "list: [a, b\ntwo: 2\n",
    "map: {a: 1\n b: 2\n",
    "list: [,]\n",
    "one: ,\n",
    "one: 'a\n",
    "one: 'a\n---\ntwo: 2\n",
    'one: "\\q"\n',
    'one: "\\xzz"\n',
    'one: "\\ud800"\n',
    "one: - a\n",
    "one: ? a\n",
    "one: &\n",
    "one: *\n",
    "one: |0\n a\n",
    "one: |a\n",
    "one: |\n\ta\n",
    "one: a\n\ttwo: b\n",
    "one: @a\n",
    "one: `a`\n",
    "one: %a\n",
    "\tone: a\n",
    "one: !a!b c\n",
    "one: !<a b>\n",
    "%FOO\n---\none: 1\n",
    "%YAML 3.0\n---\none: 1\n",
    "%YAML 1.2\n%YAML 1.2\n---\none: 1\n",
    "%TAG a\n---\none: 1\n",
    "one: a\x07b\n",
]
PARSER_WORDS = ("scann", "pars", "token", "node", "expected", "stream", "context", "block", "flow", "indicator")


def rejected(text: str):
    with pytest.raises(DiagnosticError) as caught:
        load_documents(text.encode(), "web.yaml")
    (problem,) = caught.value.diagnostics
    return problem


def test_invalid_texts_and_their_sentences() -> None:
    lines = []
    for text in INVALID:
        problem = rejected(text)
        assert problem.code == "SF100"
        lines.append(f"{text!r}\n{problem.span}: {problem.message}\n  help: {problem.help}\n")
    check_snapshot("\n".join(lines), Path(__file__).parent / "snapshots" / "syntax.txt")


@given(st.text("{}[]:,-?!&*|>'\"%#@`\\ \n\tab01", max_size=40))
@examples(300)
def test_no_text_gets_words_of_the_parser(text) -> None:
    try:
        load_documents(text.encode(), "web.yaml")
    except DiagnosticError as error:
        (problem,) = error.diagnostics
        assert not [word for word in PARSER_WORDS if word in f"{problem.message} {problem.help}".lower()]


def test_an_unknown_error_of_the_parser_gets_a_general_sentence() -> None:
    error = yaml.MarkedYAMLError(context="while frobbing", problem="did not find expected frob")
    problem = syntax_diagnostic(error, "a: b\n", "web.yaml")
    assert "frob" not in problem.message
    assert (problem.code, problem.span.line, problem.span.column) == ("SF100", 1, 5)
