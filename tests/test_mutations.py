"""The mutations of `dev.py mutate`, and the tests that it runs for each."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from dev.mutate import jsonnet, python, trial
from dev.mutate.__main__ import sample, summary, without_line
from dev.mutate.mutation import Mutation, applied
from dev.mutate.nearest import Nearest
from dev.mutate.traces import Traces, digests, function_lines
from dev.mutate.tracing import FOLDER
from dev.mutate.trial import HANGS, PATIENCE, BrokenTestsError, Copy
from dev.process import ROOT


@pytest.fixture(scope="module")
def nearest():
    """Read the imports of all tests once."""
    return Nearest(ROOT)


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


def test_a_file_s_own_tests_come_first_and_no_test_twice(nearest):
    stages = nearest.stages("compiler/sixfold_compiler/yaml/emitter.py", deep=True)
    assert stages[0] == ["tests/compiler/yaml/test_emitter.py"]
    everything = [name for stage in stages for name in stage]
    assert len(everything) == len(set(everything))
    assert not [name for name in everything if name.startswith("tests/conformance/")]


def test_tests_that_run_a_command_are_its_own(nearest):
    assert (
        "tests/acceptance/cli/test_whatif.py" in nearest.stages("compiler/sixfold_compiler/cli/commands/whatif.py")[0]
    )


SOURCE = """\
A = [
    1,
]
def f(x):
    for a in x:
        g(
            a,
            2,
        )
    return 3
class C:
    b = 4
    def m(self): return 5
"""


@pytest.mark.parametrize(
    ("line", "lines"),
    [(2, None), (4, None), (5, range(5, 6)), (8, range(6, 10)), (10, range(10, 11)), (12, None), (13, range(13, 14))],
)
def test_a_line_in_a_function_belongs_to_the_lines_of_its_statement(line, lines):
    assert function_lines(SOURCE, line) == lines


TESTS = """\
import os, subprocess, sys
import pytest
from sixfold_compiler import here

@pytest.fixture(scope="module")
def shared():
    return here(3)

def test_first(): here(1)
def test_second(shared): pass
def test_third(shared): subprocess.run([sys.executable, "-c", "import sixfold_compiler as p; p.here(2)"], check=True)
"""
CODE = """\
def here(x):
    if x == 1:
        return 1
    if x == 2:
        return 2
    return 3
"""


@pytest.fixture
def traced(tmp_path):
    """A checkout with a package and three tests, and its traces."""
    root = tmp_path / "root"
    for name, text in {
        "compiler/sixfold_compiler/__init__.py": CODE,
        "tests/test_a.py": TESTS,
        "pyproject.toml": '[tool.coverage.run]\npatch = ["subprocess"]\nsource_pkgs = ["sixfold_compiler"]\nparallel = true\n',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    folder = tmp_path / "traces"
    folder.mkdir()
    environ = os.environ | {FOLDER: str(folder), "COVERAGE_FILE": str(root / ".cache" / "coverage" / "data")}
    environ["PYTHONPATH"] = f"{root / 'compiler'}{os.pathsep}{ROOT}"
    options = ("-q", "-p", "no:cacheprovider", "--cov", "--cov-report=", "-p", "dev.mutate.tracing")
    (root / ".cache" / "coverage").mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", *options, "tests"]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root, Traces.measured(root, folder)


def test_the_traces_have_the_tests_that_run_a_line_themselves_by_a_fixture_or_in_a_process(traced, tmp_path):
    root, traces = traced
    first, second, third = (f"tests/test_a.py::test_{name}" for name in ("first", "second", "third"))
    traces.write(tmp_path / "kept" / "traces.json")
    assert Traces.read(tmp_path / "kept" / "traces.json") == traces
    assert Traces.read(tmp_path / "none.json") is None

    def running(*lines):
        file = "compiler/sixfold_compiler/__init__.py"
        return {line: set(traces.running(file, range(line, line + 1), digests(root))) for line in lines}

    assert running(3, 5, 6) == {3: {first}, 5: {third}, 6: {second, third}}
    (root / "tests" / "test_a.py").write_text(TESTS + "\n")
    assert running(3) == {3: {"tests/test_a.py"}}
    (root / "tests" / "test_a.py").unlink()
    assert running(3) == {3: set()}


def test_a_changed_file_has_no_traces():
    traces = Traces(["tests/a.py::t"], [1.0], {"m.py": {"1": [0]}}, {"m.py": "old", "tests/a.py": "a"})
    assert traces.running("m.py", range(1, 2), {"m.py": "old", "tests/a.py": "a"}) == ["tests/a.py::t"]
    assert traces.running("m.py", range(1, 2), {"m.py": "new", "tests/a.py": "a"}) == []
    assert traces.running("n.py", range(1, 2), {}) == []


def test_tests_of_near_files_that_do_not_run_the_line_come_last_and_new_files_completely():
    traces = Traces(
        ["tests/a.py::s", "tests/a.py::t", "tests/b.py::u"], [1, 2, 3], {}, {"tests/a.py": "a", "tests/b.py": "b"}
    )
    current = {"tests/a.py": "a", "tests/b.py": "other", "tests/c.py": "c"}
    files = ["tests/a.py", "tests/b.py", "tests/c.py"]
    assert traces.others(files, ["tests/a.py::t"], current) == ["tests/a.py::s", "tests/b.py", "tests/c.py"]


def test_the_tests_of_a_line_are_its_own_then_the_quick_then_the_others_then_what_is_near(nearest):
    path = "compiler/sixfold_compiler/yaml/emitter.py"
    own = "tests/compiler/yaml/test_emitter.py"
    tests = [f"{own}::a", *(f"tests/x.py::{number}" for number in range(120)), f"{own}::b"]
    now = digests(ROOT) | {"tests/x.py": "x"}
    copy = object.__new__(Copy)
    copy.root, copy.deep, copy.nearest, copy.files = ROOT, False, nearest, now
    line = next(
        m.line for m in python.mutations(ROOT / path, ROOT) if function_lines((ROOT / path).read_text(), m.line)
    )
    copy.traces = Traces(tests, [0.0] * len(tests), {path: {str(line): list(range(121))}}, now)
    stages = copy.stages(Mutation(path, line, "", ""))
    assert stages[:3] == [[f"{own}::a"], tests[1:101], tests[101:121]]
    assert f"{own}::b" in stages[3]
    assert copy.stages(Mutation(path, 1, "", "")) == copy.nearest.stages(path)


class Outcomes(Copy):
    """A copy whose runs of tests end as listed: with the mutation and without it."""

    def __init__(self, root, mutated, plain=()):
        (root / "m.py").write_text("a\n")
        self.root, self.sound, self.ran = root, set(), []
        self.outcomes = {"b\n": list(mutated), "a\n": list(plain)}

    def run(self, tests, patience):
        self.ran.append((list(tests), patience))
        return self.outcomes[(self.root / "m.py").read_text()].pop(0)


CHANGE = Mutation("m.py", 1, "a", "b")
FAILED = "FAILED tests/a.py::test_b[c"


def test_a_failure_counts_when_the_test_passes_without_the_mutation(tmp_path):
    copy = Outcomes(tmp_path, [FAILED, FAILED, ""], [""])
    assert [copy.noticed(CHANGE, ["t"]) for _ in range(3)] == [FAILED, FAILED, ""]
    assert copy.ran[1] == (["tests/a.py::test_b"], None)  # once: the second time the test is known to pass


def test_a_test_that_fails_by_chance_is_no_verdict(tmp_path):
    assert Outcomes(tmp_path, [FAILED, ""], [FAILED, ""]).noticed(CHANGE, ["t"]) == ""
    with pytest.raises(BrokenTestsError):
        Outcomes(tmp_path, [FAILED], [FAILED, FAILED]).noticed(CHANGE, ["t"])
    with pytest.raises(BrokenTestsError):
        Outcomes(tmp_path, [FAILED] * 3, [FAILED, ""] * 3).noticed(CHANGE, ["t"])


@pytest.mark.parametrize(("needs", "outcomes", "verdict"), [(1, [HANGS], HANGS), (1000, [HANGS, ""], "")])
def test_a_list_that_takes_long_without_the_mutation_too_does_not_hang(tmp_path, monkeypatch, needs, outcomes, verdict):
    clock = iter([0.0, needs])
    monkeypatch.setattr(trial.time, "monotonic", lambda: next(clock))
    copy = Outcomes(tmp_path, outcomes, [""])
    assert copy.noticed(CHANGE, ["t"]) == verdict
    assert [patience for _, patience in copy.ran] == [PATIENCE, None, 3000][: 1 + len(outcomes)]
