"""The benchmarks still measure the work of the compiler: a small round of each, without a limit on its time."""

import filecmp
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def repo(tmp_path):
    """A made-up deploy repo of 40 apps on one cluster, and its tree."""
    code = "import sys; from pathlib import Path; from synthetic import Size, write_repo; write_repo(Path(sys.argv[1]), Size('x', 40, 1))"
    python("-c", code, tmp_path / "repo", cwd=BENCHMARKS)
    python("-m", "sixfold_compiler", "compile", "--fleet", tmp_path / "repo" / "environments", cwd=ROOT)
    return tmp_path / "repo"


def python(*arguments, cwd=ROOT):
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_floor_does_the_work_of_a_compile_to_the_byte(repo, tmp_path):
    python(BENCHMARKS / "prepare.py", repo, tmp_path / "inputs")
    python(BENCHMARKS / "floor.py", tmp_path / "inputs", tmp_path / "floor")
    tree = repo / "overlays"
    names = [str(path.relative_to(tree)) for path in tree.rglob("*.yaml")]
    assert len(names) > 40
    _, different, missing = filecmp.cmpfiles(tree, tmp_path / "floor", names, shallow=False)
    assert (different, missing) == ([], [])
