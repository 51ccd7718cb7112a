"""Errors of Jsonnet programs: each is one plain sentence, whichever words the engine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.engine import EvaluationError, Library, evaluate, library_folder
from tests.support.snapshots import check_snapshot

# One program for each error that people make.
WRONG = [
    "{ a: 1 b: 2 }",
    "{ a: [1 2] }",
    "{ a: nothing }",
    "{ a: 'x }",
    "{ a: /* x }",
    "{ a: |||\n  x",
    "{ a: 1, a: 2 }",
    "local x = 1, x = 2; x",
    "self",
    "{ a: import 'a' + 'b' }",
    '{ a: "\\q" }',
    "{ a: @ }",
    "{ a: }",
    "{ a: 1",
    "",
    "{ a: import 'missing.libsonnet' }",
    "{ a: importstr '/etc/hostname' }",
    "local f(x) = f(x + 1) + 1; f(0)",
    "{ a: {}.b }",
    "{ a: 1 + {} }",
    "{ a: [1][5] }",
    "{ a: [1]['x'] }",
    "{ a: 5, b: self.a.c }",
    "local f(x) = x; f()",
    "local f(x) = x; f(1, 2)",
    "local f(x) = x; f(y=1)",
    "{ assert false }",
    "{ a: super.b }",
    "{ a: function(x) x }",
    "{ a: std.parseJson('{') }",
    "{ a: 1 / 0 }",
    "{ a: error 'must have a name' }",
]


def test_errors_have_plain_sentences(tmp_path) -> None:
    lines = []
    for program in WRONG:
        (tmp_path / "fleet.jsonnet").write_text(program)
        with pytest.raises(EvaluationError) as caught:
            evaluate(Library(library_folder(), tmp_path), "import 'fleet:'")
        assert str(tmp_path) not in caught.value.message
        assert caught.value.trace
        lines.append(f"{program!r}\n  {caught.value.message}\n")
    text = "".join(lines)
    check_snapshot(text, Path(__file__).parent / "snapshots" / "messages.txt")
