"""How the repository is cut into files."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 400  # lines: what can be read as one subject


def test_every_python_file_is_short_enough_to_be_one_subject():
    found = [path for top in ROOT.iterdir() if not top.name.startswith(".") for path in [top, *top.rglob("*.py")]]
    lengths = {
        path.relative_to(ROOT).as_posix(): path.read_text().count("\n")
        for path in found
        if path.suffix == ".py" and path.is_file()
    }
    assert {"dev.py", "compiler/sixfold_compiler/pipeline/plan.py", "generator/sixfold_generator/web/app.py", "tests/test_files.py"} <= lengths.keys()
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}
