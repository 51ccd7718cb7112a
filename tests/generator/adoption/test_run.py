"""The adopter as the service starts it: a process whose reader may be gone."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.generator import ROOT
from tests.support.trees import GitTree, Spec


def test_an_adopter_whose_reader_is_gone_adopts_and_says_nothing(tmp_path):
    """A worker is killed while its adopter runs: the state is written, and no traceback stands in the log."""
    git = GitTree(tmp_path / "git")
    git.commit(Spec())
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "sixfold_generator.adoption.run", "--tree", git.link, "--state", tmp_path / "state"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 0
    assert any((tmp_path / "state").iterdir())
