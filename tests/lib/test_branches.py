"""Every branch of every `if` of the library is taken by a test of this folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import rjsonnet

from tests.lib.branches import taken, trace, trace_folder
from tests.lib.library import LIBRARY

ROOT = Path(__file__).resolve().parents[2]
# Tests of the sources' text, of the reference engine and of schemas take no branch that the other tests do not take.
IGNORED = ("test_branches.py", "test_sources.py")
LEFT_OUT = (
    "test_engines.py",
    "test_errors.py::test_the_reference_engine",
    "test_platform_objects.py::test_both_engines",
    "test_platform_objects.py::test_every_object_is_valid",
)
SOURCE = """\
// if a then b else c
local word = 'if then else', other = @'then''else', block = |||
  if x then y
|||;
function(n)
  local found = [if n > 1 then 'many'];  # no else
  { [if n == 0 then 'none']: word, many: if n == 0 then [] else if n == 1 then [1] else found }
"""


@pytest.mark.slow
def test_every_branch_is_taken_by_a_test(tmp_path):
    branches = trace_folder(LIBRARY, tmp_path)
    command = [sys.executable, "-m", "pytest", "tests/lib", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-p", "tests.lib.traced", "--library", tmp_path, *(f"--ignore=tests/lib/{name}" for name in IGNORED)]
    command += [f"--deselect=tests/lib/{name}" for name in LEFT_OUT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len(branches) > 300
    assert [branch for branch in branches if branch not in taken(done.stderr)] == []


def test_a_traced_source_has_the_same_result_and_prints_each_branch_it_takes(capfd):
    text, branches = trace(SOURCE, "x")
    assert [branch.partition(":")[2] for branch in branches] == [
        "6:27 then", "6:27 (no else)", "7:16 then", "7:16 (no else)", "7:52 then", "7:60 else", "7:75 then", "7:84 else",
    ]  # fmt: skip

    def branches_of(number):
        code = {"n": str(number)}
        plain = rjsonnet.evaluate_snippet("plain", SOURCE, tla_codes=code)
        capfd.readouterr()
        assert rjsonnet.evaluate_snippet("traced", text, tla_codes=code) == plain
        return {branch.partition(":")[2] for branch in taken(capfd.readouterr().err)}

    assert branches_of(0) == {"7:16 then", "7:52 then"}
    assert branches_of(1) == {"7:16 (no else)", "7:60 else", "7:75 then"}
    assert branches_of(2) == {"7:16 (no else)", "7:60 else", "7:84 else", "6:27 then"}
