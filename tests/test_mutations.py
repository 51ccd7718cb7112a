"""The mutations of `dev.py mutate`, and the tests that it runs for each."""

from __future__ import annotations

import ast

import pytest

from dev.mutate import jsonnet, python
from dev.mutate.__main__ import sample, summary, without_line
from dev.mutate.mutation import Mutation, applied
from dev.mutate.nearest import Nearest
from dev.process import ROOT


def of(module, folder, text, name="m.py"):
    (folder / name).write_text(text)
    return [(mutation.line, mutation.after) for mutation in module.mutations(folder / name, folder)]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("if a < b: c()", ["if (a <= b): c()", "if a < b: pass"]),
        ("x = a and not b", ["x = ((a) or (not b))", "x = (a)", "x = a and (b)"]),
        ("x = d['key'] + 1", ["x = (d['key'] - 1)", "x = d['keyx'] + 1", "x = d['key'] + 2"]),
        ("x = d.get('é', True)", ["x = d.get('éx', True)", "x = d.get('é', False)"]),
        ("self.a = 'text'", ["pass"]),
    ],
)
def test_conditions_lines_constants_and_keys_of_python_change(text, after, tmp_path):
    assert of(python, tmp_path, f"{text}\n") == [(1, line) for line in after]


def test_code_without_an_effect_at_run_time_is_not_mutated(tmp_path):
    text = (
        '"""A text with 1."""\n'
        "if TYPE_CHECKING:\n    x: int = 1\n"
        "__all__ = ['a']\n"
        "@dataclass(frozen=True)\nclass C:\n    a: Literal[1]\n"
        "print_ = f'{a[1]}'\n"
    )
    assert of(python, tmp_path, text) == []


def test_mutations_of_the_packages_are_python():
    paths = sorted((ROOT / "compiler").rglob("*.py"))[::20]
    for path in paths:
        lines = path.read_text().splitlines()
        for mutation in python.mutations(path, ROOT):
            ast.parse("\n".join([*lines[: mutation.line - 1], mutation.after, *lines[mutation.line :]]))


def test_strings_numbers_conditions_and_fields_of_jsonnet_change(tmp_path):
    text = "local a = import 'x';\n// 'no'\n{\n  name: 'web',\n  if: a == 1 && true,\n  nested: {\n  },\n}\n"
    assert of(jsonnet, tmp_path, text, "m.libsonnet") == [
        (4, ""),
        (4, "  name: 'webx',"),
        (5, ""),
        (5, "  if: a != 1 && true,"),
        (5, "  if: a == 2 && true,"),
        (5, "  if: a == 1 || true,"),
        (5, "  if: a == 1 && false,"),
    ]


def test_a_mutation_is_in_the_file_and_out_of_it_again(tmp_path):
    file = tmp_path / "m.py"
    file.write_text("a = 1\nb = 2\n")
    times = {file.stat().st_mtime}
    with applied(Mutation("m.py", 2, "b = 2", "b = 3"), tmp_path):
        assert file.read_text() == "a = 1\nb = 3\n"
        times.add(file.stat().st_mtime)
    assert file.read_text() == "a = 1\nb = 2\n"
    assert len(times | {file.stat().st_mtime}) == 3  # so that Python does not reuse the bytecode of another version
    with pytest.raises(LookupError), applied(Mutation("m.py", 2, "c", "d"), tmp_path):
        pass


def test_a_seed_gives_the_same_mutations_and_another_gives_others():
    kinds = {"jsonnet": 1}
    assert sample(1, 20, kinds) == sample(1, 20, kinds)
    assert sample(1, 20, kinds) != sample(2, 20, kinds)


def test_the_summary_counts_what_did_not_run_apart_from_what_was_killed():
    a, b, c, d = (("python", Mutation("a.py", line, "x", "y")) for line in range(4))
    text = summary([a, b, c, d], [a, b, c], [a, b], [b], 10.0)
    assert "4 drawn: 1 killed, 1 survived, 1 equivalent, 1 not run" in text
    assert "50.0 percent of those run survived (python 1 of 2)" in text
    assert "5.0 s for each mutation" in text


def test_equivalent_mutations_are_named_without_their_line():
    assert without_line(Mutation("a.py", 3, "  a | b", "")) == r"| `a.py` | `a \| b` | `(dropped)`"


def test_a_file_s_own_tests_come_first_and_no_test_twice():
    stages = Nearest(ROOT).stages("compiler/sixfold_compiler/yaml/emitter.py", deep=True)
    assert stages[0] == ["tests/compiler/yaml/test_emitter.py"]
    everything = [name for stage in stages for name in stage]
    assert len(everything) == len(set(everything))
    assert not [name for name in everything if name.startswith("tests/conformance/")]


def test_tests_that_run_a_command_are_its_own():
    assert (
        "tests/acceptance/cli/test_whatif.py"
        in Nearest(ROOT).stages("compiler/sixfold_compiler/cli/commands/whatif.py")[0]
    )
