"""Record the files that this version writes: `python -m tests.faults.record`, once for each release, before its tag.

Later versions are tested with them (F14): they read them or reject them with a reason, and never give an empty answer.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from sixfold_compiler import __version__
from sixfold_generator.adoption.run import run
from tests.support.repos import Repo

RECORDED = Path(__file__).parent / "recorded"


def record(place: Path) -> None:
    """Write a compiled tree and its adopted state into a folder."""
    shutil.rmtree(place, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(folder) / "repo")
        repo.compile(jobs=1)
        shutil.copytree(repo.out, place / "tree")
        run(repo.out, Path(folder) / "state", today=date(2026, 11, 24))
        shutil.copytree(
            Path(folder) / "state", place / "state", ignore=shutil.ignore_patterns("lock", "turn", "attempt.json")
        )


if __name__ == "__main__":
    record(RECORDED / (sys.argv[1] if len(sys.argv) > 1 else __version__))
