"""The strict reader of JSON files: each problem has its code, its place and the words of the file's form."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.yaml.json_file import Form, read_json

FORM = Form("the list", "a list of things", "SF421", "SF424", "restore it", "mend it")


def reported(data: bytes) -> list[tuple[str, str, str, str]]:
    with pytest.raises(DiagnosticError) as error:
        read_json(data, "a.json", FORM, lambda _value, problems: problems.append(("SF423", "b is wrong", ("a", "b"))))
    return [(d.code, str(d.span), d.message, d.help) for d in error.value.diagnostics]


def test_a_file_without_problems_is_what_the_reader_returns() -> None:
    assert read_json(b'{"a": [1]}', "a.json", FORM, lambda value, _: value) == {"a": [1]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{\n"a\xff": 1}', ("SF421", "a.json:2:1", "the list is not UTF-8 text", "restore it")),
        (b'{\n "a": 1,}', ("SF421", "a.json:2:9", "the list is not valid JSON at this place", "mend it")),
        (b"", ("SF421", "a.json:1:1", "the list is not valid JSON at this place", "mend it")),
        (b'{"a": NaN}', ("SF421", "a.json:1:1", "the list is not a list of things", "restore it")),
        (b"[" * 100_000, ("SF421", "a.json:1:1", "the list is not a list of things", "restore it")),
        (b'{\n "a": {\n  "b": 1}}', ("SF423", "a.json:3:3", "b is wrong", "restore it")),
        (b'{\n "a": 1}', ("SF423", "a.json:2:2", "b is wrong", "restore it")),
    ],
)
def test_a_problem_has_its_place(data, expected) -> None:
    assert reported(data) == [expected]


def test_repeated_keys_and_problems_are_reported_together_in_the_order_of_the_file() -> None:
    assert reported(b'{\n "a": {\n  "b": 1,\n  "c": 1,\n  "c": 2}}') == [
        ("SF423", "a.json:3:3", "b is wrong", "restore it"),
        ("SF424", "a.json:5:3", "the key 'c' appears twice", "remove one of the two"),
    ]
